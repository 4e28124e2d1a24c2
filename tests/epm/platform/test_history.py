"""What is noted of a change, whatever made it, and who may read it."""

import re
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from epm.access.models import Role, User
from epm.platform.actor import acting_as
from epm.platform.models import Change
from inventory.models import Product
from sales.models import TaxClass
from tests.factories import chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def last(subject):
    return Change.objects.filter(subject=subject).latest("pk")


def page_of(client, address):
    text = client.get(address).content.decode()
    main = text[text.index('id="content"') :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main))


class TestAChange:
    def test_keeps_what_changed_before_and_after(self):
        bread = chain.product(name="Bread", sale_price=Decimal("2.49"))

        with acting_as("ann", door="admin"):
            Product.objects.filter(pk=bread.pk).update(name="Rye", sale_price=Decimal("2.50"))

        noted = last("inventory_product")
        assert (noted.verb, noted.object_id, noted.whole_id) == ("changed", bread.pk, bread.pk)
        assert noted.before == {"name": "Bread", "sale_price": Decimal("2.490000")}
        assert noted.after == {"name": "Rye", "sale_price": Decimal("2.500000")}
        assert (noted.actor, noted.door) == ("ann", "admin")

    def test_of_many_rows_at_once_is_noted_for_each_that_changed(self):
        chain.product(brand="A")
        other = chain.product(brand="B")
        before = Change.objects.count()

        with connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_product SET brand = 'A'")

        assert Change.objects.count() == before + 1
        assert (last("inventory_product").object_id, last("inventory_product").actor) == (
            other.pk,
            "",
        )

    def test_that_changes_nothing_is_none(self):
        bread = chain.product()
        before = Change.objects.count()

        bread.save()

        assert Change.objects.count() == before

    def test_of_a_part_belongs_to_the_whole(self):
        bread = chain.product()
        code = bread.barcodes.create(code="3017620422003")
        number = code.pk
        code.delete()

        kept = last("inventory_barcode")
        assert (kept.verb, kept.object_id, kept.whole_id) == ("deleted", number, bread.pk)
        assert kept.before == {
            "id": number,
            "product_id": bread.pk,
            "code": "3017620422003",
            "kind": "internal",
            "pack_size": 1,
        }

    def test_never_holds_a_password_or_a_key(self, director):
        director.set_password("a new and secret one")
        director.first_name = "Ann"
        director.save()
        key, _text = chain.api_key()
        key.delete()

        assert last("access_user").after == {"password": "***", "first_name": "Ann"}
        assert "key_hash" not in last("access_apikey").before
        assert last("access_apikey").before["name"] == "till"

    @pytest.mark.parametrize(
        "statement", ["UPDATE platform_change SET actor = 'x'", "DELETE FROM platform_change"]
    )
    def test_is_never_edited(self, statement):
        chain.product()
        before = list(Change.objects.values())

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

        assert list(Change.objects.values()) == before


class TestThePage:
    def test_says_who_what_and_by_which_door(self, director):
        food = chain.category(name="Food")
        with acting_as("import 12"):
            bread = chain.product(name="Bread", sale_price=Decimal("2.49"), category=food)
        with acting_as("ann", door="admin"):
            bread.barcodes.create(code="3017620422003")
            Product.objects.update(sale_price=Decimal("2.5"), category=None)

        text = page_of(chain.signed_in(director), f"/admin/inventory/product/{bread.pk}/history/")

        assert "Changed" in text
        assert "by ann Back office" in text
        assert "Category Food –" in text
        assert "Sale price incl. tax 2.49 2.5" in text
        assert "Created · barcode" in text
        assert "Code – 3017620422003" in text
        assert "Import #12" in text
        assert "Name – Bread" in text

    def test_hides_costs_and_staff_from_who_may_not_see_them(self):
        bread = chain.product(purchase_price=Decimal("7.77"))
        with acting_as("ann", door="admin"):
            Product.objects.update(purchase_price=Decimal("8.88"))
        store = chain.store()
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))
        analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[store]))
        address = f"/admin/inventory/product/{bread.pk}/history/"

        to_cashier, to_analyst = page_of(cashier, address), page_of(analyst, address)

        assert "7.77" not in to_cashier
        assert "8.88" not in to_cashier
        assert "Purchase price" not in to_cashier
        assert "Changed" not in to_cashier
        assert "Purchase price" in to_analyst
        assert "Changed" in to_analyst
        assert "8.88" in to_analyst
        assert "ann" not in to_analyst

    def test_a_price_without_costs_shows_no_row_for_them_either(self):
        bread = chain.product(purchase_price=None)
        with acting_as("ann", door="admin"):
            Product.objects.update(purchase_price=Decimal("8.88"), sale_price=Decimal("9.99"))
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[chain.store()]))

        text = page_of(cashier, f"/admin/inventory/product/{bread.pk}/history/")

        assert "9.99" in text
        assert "Purchase price" not in text

    def test_of_a_foreign_store_is_that_of_an_absent_one(self):
        mine, foreign = chain.store(), chain.store(name="Foreign")
        client = chain.signed_in(chain.person(Role.MANAGER, stores=[mine]))

        answers = [
            client.get(f"/admin/organization/store/{pk}/history/") for pk in (foreign.pk, 987654)
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert "Foreign" not in client.get("/admin/").content.decode()

    def test_takes_few_queries(self, director, django_assert_max_num_queries):
        tax = TaxClass.objects.create(code="books", name="Books")
        for day in range(1, 9):
            tax.rates.create(regime="fr", rate=Decimal("0.055"), valid_from=f"2025-01-0{day}")
        client = chain.signed_in(director)

        with django_assert_max_num_queries(15):
            answer = client.get(f"/admin/sales/taxclass/{tax.pk}/history/")

        assert answer.status_code == 200

    def test_of_a_user_tells_her_role_and_places(self, director):
        person = chain.person(Role.CASHIER, stores=[chain.store(code="PAR", name="Paris")])
        User.objects.filter(pk=person.pk).update(role=Role.MANAGER)

        text = page_of(chain.signed_in(director), f"/admin/access/user/{person.pk}/history/")

        assert "Role Cashier Store manager" in text
        assert "Store – PAR · Paris" in text

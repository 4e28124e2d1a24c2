"""Products, their prices and the tree they hang in."""

from decimal import Decimal

import pytest

from epm.access.models import Role
from epm.platform.actor import acting_as
from inventory.models import PriceChange, Product
from tests.factories import chain

pytestmark = pytest.mark.django_db

INLINES = {
    "barcodes-TOTAL_FORMS": 0,
    "barcodes-INITIAL_FORMS": 0,
    "stock_levels-TOTAL_FORMS": 0,
    "stock_levels-INITIAL_FORMS": 0,
    "price_changes-TOTAL_FORMS": 0,
    "price_changes-INITIAL_FORMS": 0,
}


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def bread():
    with acting_as("import"):
        return chain.product(sku="BREAD", name="Bread", purchase_price=Decimal("7.77"))


def form_of(product, **changed):
    return {
        "sku": product.sku,
        "name": product.name,
        "unit": product.unit,
        "tax_class_code": product.tax_class_code,
        "sale_price": product.sale_price,
        "purchase_price": product.purchase_price,
        "is_active": "on",
        "attributes": "{}",
        **INLINES,
        **changed,
    }


class TestAPrice:
    def test_changed_here_is_put_down_to_the_user(self, director, bread):
        client = chain.signed_in(director)

        client.post(
            f"/admin/inventory/product/{bread.pk}/change/", form_of(bread, sale_price="13.50")
        )

        last = PriceChange.objects.filter(kind="sale").latest("pk")
        assert (last.old, last.new, last.actor) == (
            Decimal("12.00"),
            Decimal("13.50"),
            director.username,
        )
        page = client.get(f"/admin/inventory/product/{bread.pk}/change/").content.decode()
        assert "13.50" in page
        assert "import" in page

    def test_changed_by_nobody_named_has_no_actor(self, bread):
        Product.objects.update(sale_price=14)

        assert PriceChange.objects.filter(kind="sale").latest("pk").actor == ""

    def test_is_shown_with_the_decimals_that_say_something(self, director, bread):
        text = chain.signed_in(director).get("/admin/inventory/product/").content.decode()

        assert "7.77" in text
        assert "7.770" not in text


class TestACashier:
    @pytest.fixture
    def client(self):
        return chain.signed_in(chain.person(Role.CASHIER, stores=[chain.store()]))

    def test_sees_products_but_no_purchase_price(self, client, bread):
        pages = [
            client.get("/admin/inventory/product/").content.decode(),
            client.get(f"/admin/inventory/product/{bread.pk}/change/").content.decode(),
        ]

        assert all("BREAD" in page for page in pages)
        assert [page for page in pages if "7.77" in page or "urchase" in page] == []

    def test_cannot_guess_it_by_filtering(self, client, bread):
        answer = client.get("/admin/inventory/product/?purchase_price__gte=7")

        assert answer.status_code == 400

    def test_changes_nothing(self, client, bread):
        answer = client.post(
            f"/admin/inventory/product/{bread.pk}/change/", form_of(bread, name="Stone")
        )

        assert answer.status_code == 403
        assert Product.objects.get().name == "Bread"


class TestCategories:
    def test_stand_in_their_tree_in_one_query(self, director, django_assert_max_num_queries):
        food = chain.category(code="F", name="Food")
        chain.category(code="Z", name="Apparel")
        bakery = chain.category(code="B", name="Bakery", parent=food)
        chain.category(code="R", name="Rye", parent=bakery)
        client = chain.signed_in(director)

        with django_assert_max_num_queries(15) as queries:
            rows = client.get("/admin/inventory/category/").context["cl"].result_list

        assert [(row.name, row.tree_depth) for row in rows] == [
            ("Apparel", 0),
            ("Food", 0),
            ("Bakery", 1),
            ("Rye", 2),
        ]
        reads = [q for q in queries.captured_queries if "inventory_category" in q["sql"]]
        assert len([q for q in reads if "COUNT(*)" not in q["sql"]]) == 1

    def test_do_not_hang_below_themselves(self, director):
        food = chain.category(code="F", name="Food")
        bakery = chain.category(code="B", name="Bakery", parent=food)

        answer = chain.signed_in(director).post(
            f"/admin/inventory/category/{food.pk}/change/",
            {"code": "F", "name": "Food", "parent": bakery.pk},
        )

        food.refresh_from_db()
        assert answer.status_code == 200
        assert food.parent is None


class TestABarcode:
    def test_is_found_whole(self, director, bread):
        bread.barcodes.create(code="3017620422003")
        chain.product(sku="OTHER")
        client = chain.signed_in(director)

        text = client.get("/admin/inventory/product/?q=3017620422003").content.decode()

        assert "BREAD" in text
        assert "OTHER" not in text

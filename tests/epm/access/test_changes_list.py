"""The list of all changes: what is told of each, to whom, and how it is narrowed."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from epm.access.models import Role, User
from epm.organization.models import Store
from epm.platform.actor import acting_as
from epm.platform.models import Change
from inventory.models import Barcode, Product
from sales.models import CashRegister, StoreTarget
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PAGE = "/admin/platform/change/"


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def lines(client, query=""):
    """The cells of each row, as text."""
    answer = client.get(f"{PAGE}{query}")
    assert answer.status_code == 200
    table = re.search(r'<table id="result_list".*?</table>', answer.content.decode(), re.DOTALL)
    if table is None:
        return []
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table[0], re.DOTALL)[1:]
    return [
        [
            re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", cell)).strip()
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def told(client, query=""):
    """What, which change, its values, who and by which door."""
    return [row[-5:] for row in lines(client, query)]


class TestAnEntry:
    def test_says_what_was_and_what_is_who_and_by_which_door(self, director):
        bread = chain.product(sku="RYE", name="Bread", sale_price=Decimal("2.49"))
        with acting_as("ann", door="admin"):
            Product.objects.filter(pk=bread.pk).update(name="Rye", sale_price=Decimal("2.5"))

        last = told(chain.signed_in(director), "?kind=inventory.product")[0]

        assert last == [
            "Product RYE · Rye",
            "Changed",
            "Name : Bread → Rye Sale price incl. tax : 2.49 → 2.5",
            "ann",
            "Back office",
        ]

    def test_of_what_is_gone_is_there_with_all_it_held(self, director):
        store = chain.store(code="PAR", name="Paris")
        with acting_as("ann", door="admin"):
            till = CashRegister.objects.create(store=store, code="T1", name="First till")
        CashRegister.objects.filter(pk=till.pk).update(name="Till")
        with acting_as("ben", door="admin"):
            number = till.pk
            till.delete()
        client = chain.signed_in(director)

        found = told(client, f"?kind=sales.cashregister&whole_id={number}")

        assert [row[1:] for row in found] == [
            [
                "Deleted",
                "Store : PAR · Paris → – Code : T1 → – Name : Till → – Active : yes → –",
                "ben",
                "Back office",
            ],
            ["Changed", "Name : First till → Till", "–", "Command or background task"],
            [
                "Created",
                "Store : – → PAR · Paris Code : – → T1 Name : – → First till Active : – → yes",
                "ann",
                "Back office",
            ],
        ]
        assert {row[0] for row in found} == {"Cash register T1 · Till (gone)"}
        text = client.get(PAGE).content.decode()
        assert f'href="{PAGE}?kind=sales.cashregister&amp;whole_id={number}"' in text

    def test_of_a_part_names_its_whole_and_what_it_appeared_with(self, director):
        bread = chain.product(sku="RYE", name="Rye")
        code = bread.barcodes.create(code="3017620422003")
        Barcode.objects.filter(pk=code.pk).update(code="3017620422004")

        found = told(chain.signed_in(director), "?kind=inventory.product")[:2]

        assert [row[:3] for row in found] == [
            ["Product RYE · Rye · barcode", "Changed", "Code : 3017620422003 → 3017620422004"],
            [
                "Product RYE · Rye · barcode",
                "Created",
                (
                    "Product : – → RYE · Rye Code : – → 3017620422003 Kind : – → internal"
                    " Pack size : – → 1"
                ),
            ],
        ]

    def test_has_a_page_with_all_its_fields(self, director):
        store = chain.store(code="PAR", name="Paris", city="Lutetia")
        born = Change.objects.get(subject="organization_store", whole_id=store.pk)

        text = chain.signed_in(director).get(f"{PAGE}{born.pk}/change/").content.decode()

        assert "Lutetia" in text
        assert "Created" in text

    def test_never_tells_a_password_or_a_key(self, director):
        director.set_password("a new and secret one")
        with acting_as("ann", door="command"):
            director.save()
        key, _text = chain.api_key()
        client = chain.signed_in(director)
        born = Change.objects.get(subject="access_user", verb="created")

        changed = told(client, "?kind=access.user")[0]
        pages = "".join(
            client.get(address).content.decode()
            for address in (
                PAGE,
                f"{PAGE}{born.pk}/change/",
                f"/admin/access/user/{director.pk}/history/",
                f"/admin/access/apikey/{key.pk}/history/",
            )
        )

        assert changed[1:] == ["Changed", "Password : Hidden → Hidden", "ann", "Command"]
        assert director.password.rpartition("$")[2] not in pages
        assert key.key_hash.hex() not in pages
        assert "Key hash" not in pages


class TestWhatItIsNarrowedBy:
    @pytest.fixture
    def trade(self, time_machine):
        time_machine.move_to(NOON)
        ann = chain.person(Role.MANAGER)
        store = chain.store(code="PAR")
        with acting_as(ann.username, door="admin"):
            Store.objects.filter(pk=store.pk).update(city="Paris")
        with acting_as("import 12"):
            Store.objects.filter(pk=store.pk).update(city="Lyon")
        with acting_as("root", door="command"):
            target = StoreTarget.objects.create(store=store, month="2025-03-01", amount=5)
        target.delete()
        return {"ann": ann, "store": store}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("?kind=sales.storetarget", ["Deleted", "Created"]),
            ("?kind=sales.storetarget&door=command", ["Created"]),
            ("?verb__exact=deleted", ["Deleted"]),
            ("?door=import", ["Changed"]),
            ("?door=admin", ["Changed"]),
            ("?door=account", []),
            ("?person={ann}", ["Changed"]),
            ("?person=987654", []),
            ("?q=root", ["Created"]),
            ("?q=roo", []),
            ("?kind=organization.store&whole_id={store}", ["Changed", "Changed", "Created"]),
            ("?kind=sales.sale", []),
            ("?kind=nothing", []),
        ],
    )
    def test_is_what_is_left(self, trade, director, query, expected):
        words = {name: row.pk for name, row in trade.items()}

        found = told(chain.signed_in(director), query.format(**words))

        assert [row[1] for row in found] == expected

    def test_by_days_of_her_own_clock(self, director):
        """PostgreSQL's clock, not the test's, says when."""
        chain.store(timezone="Europe/Paris")
        born = Change.objects.filter(subject="organization_store").latest("pk").changed_at
        client = chain.signed_in(director)
        days = [(born + timedelta(days=n)).date() for n in (-2, -1, 2)]

        kind = "?kind=organization.store"
        assert told(client, f"{kind}&changed_at_from={days[0]}&changed_at_to={days[0]}") == []
        within = told(client, f"{kind}&changed_at_from={days[1]}&changed_at_to={days[2]}")
        assert [row[1] for row in within] == ["Created"]

    @pytest.mark.parametrize(
        "query",
        ["?changed_at_from=never", "?person=x", "?person=99999999999999999999", "?whole_id=x",
         "?whole_id=99999999999999999999999", "?before__exact=1", "?verb__exact=%00", "?p=999999"],
    )  # fmt: skip
    def test_is_never_an_error_of_ours(self, director, query):
        assert chain.signed_in(director).get(f"{PAGE}{query}").status_code in {200, 302, 400}


class TestWhoMayReadIt:
    @pytest.mark.parametrize("role", [role for role in Role.values if role != Role.DIRECTOR])
    def test_nobody_but_directors(self, role):
        client = chain.signed_in(chain.person(role, whole_chain=True))

        assert client.get(PAGE).status_code == 403

    def test_a_director_of_one_store_sees_hers_and_the_chains_goods(self):
        mine, foreign = chain.store(code="MINE"), chain.store(code="FOREIGN")
        gone = CashRegister.objects.create(store=foreign, code="GONE")
        CashRegister.objects.create(store=foreign, code="FOREIGN-T")
        CashRegister.objects.create(store=mine, code="MINE-T")
        gone.delete()
        chain.product(sku="BREAD", name="Bread")
        client = chain.signed_in(chain.person(Role.DIRECTOR, stores=[mine]))

        found = [row[0] for row in told(client)]

        # Latest first; what came before was there from the beginning.
        assert [name.partition(" ")[0] for name in found[:3]] == ["Product", "Cash", "Store"]
        assert "FOREIGN" not in client.get(PAGE).content.decode()
        assert "GONE" not in client.get(PAGE).content.decode()
        assert not any(name.startswith("User") for name in found)

    def test_its_file_holds_no_values(self, director):
        chain.store(code="PAR", name="Paris")

        answer = chain.signed_in(director).get(f"{PAGE}export.csv?kind=organization.store")

        text = b"".join(answer.streaming_content).decode()
        assert "organization_store" in text
        assert "Paris" not in text

    def test_it_is_never_written(self, director):
        change = Change.objects.filter(subject="access_user").latest("pk")
        client = chain.signed_in(director)

        answers = [
            client.post(f"{PAGE}{change.pk}/change/", {"actor": "nobody"}),
            client.post(f"{PAGE}{change.pk}/delete/", {"post": "yes"}),
            client.post(f"{PAGE}add/", {"actor": "nobody"}),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_a_page_costs_a_query_for_each_kind_not_for_each_row(director):
    """And none of them counts."""
    client = chain.signed_in(director)

    def cost():
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{PAGE}?kind=inventory.product")
        return [query["sql"] for query in asked]

    for number in range(2):
        chain.product(sku=f"A{number}", category=chain.category())
    few = cost()
    for number in range(20):
        bread = chain.product(sku=f"B{number}", category=chain.category())
        Product.objects.filter(pk=bread.pk).update(name="Bread")
    many = cost()

    assert len(many) == len(few)
    assert [sql for sql in many if "COUNT(" in sql] == []
    assert User.objects.count() == 1

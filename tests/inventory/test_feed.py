"""What tills keep up with: nothing that changed is ever missed, whatever commits when."""

import gzip
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from epm.platform.models import Change
from inventory.models import Barcode, MovementKind, Product
from inventory.selectors import feed
from inventory.services import reservations
from tests.factories import chain, stock
from tests.inventory.feeds import FEED, named, told

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("nothing_else_runs"),
]


@pytest.fixture
def store():
    return chain.store(code="NORD")


@pytest.fixture
def bread(store):
    product = chain.product(sku="Bread", name="Bread", sale_price=Decimal("1.20"))
    Barcode.objects.create(product=product, code="4001")
    stock.received(store, product, 10)
    return product


@pytest.fixture
def salt():
    return chain.product(sku="Salt")


@pytest.fixture
def till(store):
    return chain.api_client(scopes=["stock:read"], stores=[store])


def test_first_everything_is_told(till, bread, salt):
    first, lines, _cursor = told(till)

    assert first == {"type": "feed", "store": "NORD", "full": True}
    assert lines[0] == {
        "type": "product",
        "id": bread.pk,
        "sku": "Bread",
        "name": "Bread",
        "price": "1.20",
        "unit": "piece",
        "tax_class": "standard",
        "is_active": True,
        "barcodes": [{"code": "4001", "quantity": "1.00"}],
    }
    assert named(lines) == ["Bread", "Salt", bread.pk]
    assert lines[2] == {"type": "level", "product": bread.pk, "available": "10.00"}


def test_then_nothing_as_long_as_nothing_changes(till, bread):
    cursor = told(till)[2]

    first, lines, _cursor = told(till, cursor)

    assert (first["full"], lines) == (False, [])


def coded(*codes):
    return [{"code": code, "quantity": "1.00"} for code in codes]


def _rename(bread):
    Product.objects.filter(pk=bread.pk).update(name="Loaf")


def _reprice(bread):
    Product.objects.filter(pk=bread.pk).update(sale_price=2)


def _retire(bread):
    Product.objects.filter(pk=bread.pk).update(is_active=False)


def _another_barcode(bread):
    Barcode.objects.create(product=bread, code="4002")


def _pack(bread):
    Barcode.objects.create(product=bread, code="14001", pack_size=6)


def _other_pack(bread):
    Barcode.objects.update(pack_size=Decimal("0.25"))


def _other_barcode(bread):
    Barcode.objects.update(code="4003")


def _no_barcode(bread):
    Barcode.objects.all().delete()


@pytest.mark.parametrize(("change", "fields"), [
    (_rename, {"name": "Loaf"}), (_reprice, {"price": "2.00"}),
    (_retire, {"is_active": False}), (_another_barcode, {"barcodes": coded("4001", "4002")}),
    (_pack, {"barcodes": [{"code": "14001", "quantity": "6.00"}, *coded("4001")]}),
    (_other_pack, {"barcodes": [{"code": "4001", "quantity": "0.25"}]}),
    (_other_barcode, {"barcodes": coded("4003")}), (_no_barcode, {"barcodes": []}),
])  # fmt: skip
def test_what_changed_of_a_product(till, bread, salt, change, fields):
    cursor = told(till)[2]
    change(bread)

    (line,) = told(till, cursor)[1]

    assert {name: line[name] for name in fields} == fields
    assert line["sku"] == "Bread"


def test_a_barcode_given_to_another_product_is_told_of_both(till, bread, salt):
    cursor = told(till)[2]
    Barcode.objects.update(product=salt)

    assert [line["barcodes"] for line in told(till, cursor)[1]] == [[], coded("4001")]


def test_what_no_till_needs_is_no_change(till, bread):
    cursor = told(till)[2]
    Product.objects.filter(pk=bread.pk).update(brand="Mill", purchase_price=1)

    assert told(till, cursor)[1] == []


def test_a_product_written_back_as_it_was_read_keeps_its_mark(till, bread):
    old = Product.objects.get(pk=bread.pk)
    cursor = told(till)[2]
    Barcode.objects.create(product=bread, code="4002")
    old.brand = "Mill"
    old.save()

    assert named(told(till, cursor)[1]) == ["Bread"]


def test_the_mark_is_nothing_that_somebody_changed(bread):
    changes = Change.objects.filter(subject="inventory_product")
    before = changes.count()
    Barcode.objects.create(product=bread, code="4002")
    _rename(bread)

    assert changes.count() == before + 1
    assert changes.latest("pk").after == {"name": "Loaf"}


@pytest.mark.parametrize("how", ["sale", "hold", "release"])
def test_what_changed_of_a_level(till, store, bread, how):
    basket = stock.hold(store, (bread, 1))
    cursor = told(till)[2]
    if how == "sale":
        stock.book(MovementKind.SALE, (store, bread, -2))
    elif how == "hold":
        stock.hold(store, (bread, 2))
    else:
        reservations.release(basket=basket, holder="till")

    assert told(till, cursor)[1] == [
        {
            "type": "level",
            "product": bread.pk,
            "available": {"sale": "7.00", "hold": "7.00", "release": "10.00"}[how],
        }
    ]


def test_a_hold_over_by_the_clock_is_told_before_and_after_it_is_swept(till, store, bread):
    stock.let_end(stock.hold(store, (bread, 3)))
    cursor = told(till)[2]
    level = {"type": "level", "product": bread.pk, "available": "10.00"}

    unswept = told(till, cursor)[1]
    reservations.sweep()
    swept = told(till, cursor)[1]

    assert (unswept, swept) == ([level], [level])


def test_other_stores_are_none_of_a_tills_business(till, bread):
    south = chain.store(code="SUD")
    cursor = told(till)[2]
    stock.received(south, bread, 7)

    assert told(till, cursor)[1] == []
    foreign, nowhere = (till.get(FEED, {"store": code}) for code in ("SUD", "NOWHERE"))
    assert (foreign.status_code, foreign.content) == (400, nowhere.content)


class TestAnew:
    def test_in_another_database_everything_is_told(self, till, bread, monkeypatch):
        cursor = told(till)[2]
        here = feed.here
        monkeypatch.setattr(feed, "here", lambda **of: replace(here(**of), database="another"))

        first, lines, _cursor = told(till, cursor)

        assert (first["full"], named(lines)) == (True, ["Bread", bread.pk])

    def test_in_a_database_that_was_set_back_everything_is_told(self, till, bread, monkeypatch):
        cursor = told(till)[2]
        here = feed.here
        monkeypatch.setattr(feed, "here", lambda **of: replace(here(**of), transaction=1))

        assert told(till, cursor)[0]["full"]

    def test_marks_of_the_database_it_was_restored_from_are_none(self, till, bread):
        cursor = told(till)[2]
        with connection.cursor() as cursor_:
            cursor_.execute("ALTER TABLE inventory_product DISABLE TRIGGER product_marked")
            Product.objects.update(changed_in=2**62)
            cursor_.execute("ALTER TABLE inventory_product ENABLE TRIGGER product_marked")

        assert told(till, cursor)[1] == []
        _rename(bread)
        assert named(told(till, cursor)[1]) == ["Bread"]

    @pytest.mark.parametrize("since", ["x", "WzFd", "é", "bnVsbA", "W10", "9" * 200])
    def test_what_is_no_cursor_is_refused(self, till, bread, since):
        answer = till.get(FEED, {"store": "NORD", "since": since})

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/since")

    def test_nor_is_one_of_another_store(self, bread):
        chain.store(code="SUD")
        everywhere = chain.api_client()
        cursor = told(everywhere, store="SUD")[2]

        assert everywhere.get(FEED, {"store": "NORD", "since": cursor}).status_code == 400


class TestStreaming:
    def test_is_compressed_where_that_is_taken(self, till, bread):
        answer = till.get(FEED, {"store": "NORD"}, headers={"accept-encoding": "gzip"})

        assert (answer.streaming, answer["Content-Encoding"]) == (True, "gzip")
        lines = gzip.decompress(answer.getvalue()).splitlines()
        assert json.loads(lines[-1])["type"] == "end"

    def test_reads_chunk_by_chunk_and_keeps_nothing_open(self, till, store, monkeypatch):
        monkeypatch.setattr(feed, "PRODUCTS", feed.PRODUCTS.replace("LIMIT 1000", "LIMIT 2"))
        monkeypatch.setattr(feed, "LEVELS", feed.LEVELS.replace("LIMIT 1000", "LIMIT 2"))
        monkeypatch.setattr(feed, "CHUNK", 2)
        products = [chain.product() for _ in range(5)]
        stock.book(MovementKind.RECEIPT, *((store, one, 1) for one in products))
        till.get("/api/v1/stock")

        with CaptureQueriesContext(connection) as seen:
            lines = told(till)[1]

        ids = [one.pk for one in products]
        assert [line.get("id", line.get("product")) for line in lines] == ids + ids
        assert len(seen) == 1 + 2 + 1 + 3 + 3  # whose key, which store, the place, the chunks
        assert "BEGIN" not in {one["sql"] for one in seen}

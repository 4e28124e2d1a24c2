"""Opening stock comes in by file, once."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from epm.platform.invariants import examined
from inventory.models import Barcode, MovementKind, StockLevel, StockMovement
from tests.factories import chain, stock
from tests.imports_support import reasons

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def paris():
    return chain.store(code="PARIS", timezone="Europe/Paris", day_cutoff_hour=4)


@pytest.fixture
def bread(paris):
    product = chain.product(sku="BREAD")
    Barcode.objects.create(product=product, code="40001")
    return product


def levels():
    rows = StockLevel.objects.order_by("store__code", "product__sku")
    return list(rows.values_list("store__code", "product__sku", "on_hand", "value"))


def test_an_opening_movement_is_booked_for_each_row(imported, paris, bread):
    milk = chain.product(sku="MILK")

    run = imported(
        "stock",
        """
        store,sku,quantity,unit_cost,at,document
        paris,bread,10,2.5,2025-03-01,INV-7
        PARIS,MILK,4.250,,2025-03-01 09:30,INV-7
        """,
    )

    assert run.account["rows"] == {"read": 2, "applied": 2, "unchanged": 0, "quarantined": 0}
    assert levels() == [("PARIS", "BREAD", 10, 25), ("PARIS", "MILK", D("4.250"), 0)]
    of_bread = StockMovement.objects.get(product=bread)
    assert (of_bread.kind, of_bread.document_kind, of_bread.document_ref, of_bread.actor) == (
        "opening", "opening", "INV-7", f"import {run.pk}",
    )  # fmt: skip
    assert of_bread.occurred_at == datetime(2025, 3, 1, 3, tzinfo=UTC)  # 4 o'clock in Paris
    of_milk = StockMovement.objects.get(product=milk)
    assert of_milk.occurred_at == datetime(2025, 3, 1, 8, 30, tzinfo=UTC)
    assert of_milk.unit_cost is None
    assert [finding.invariant.code for finding in examined() if finding.broken] == []


def test_a_barcode_names_a_product_and_a_moment_that_is_not_given_is_now(imported, paris, bread):
    imported("stock", "store,sku,quantity\nPARIS,40001,3\n")

    assert stock.level(paris, bread).on_hand == 3


def test_the_same_rows_again_change_nothing(imported, paris, bread):
    text = "store,sku,quantity,unit_cost,at\nPARIS,BREAD,10,2.5,2025-03-01\n"
    imported("stock", text)

    again = imported("stock", text)
    elsewhere = imported("stock", "store,sku,quantity\nPARIS,40001,10\n", name="other.csv")

    assert again.account["rows"]["unchanged"] == elsewhere.account["rows"]["unchanged"] == 1
    assert stock.ledger_of(paris, bread) == [("opening", 10, 10)]


def test_a_level_that_has_moved_is_not_opened_again(imported, paris, bread):
    milk = chain.product(sku="MILK")
    stock.received(paris, milk, 2, "1.10")
    imported("stock", "store,sku,quantity\nPARIS,BREAD,10\n")
    before = levels()

    run = imported("stock", "store,sku,quantity\nPARIS,BREAD,11\nPARIS,MILK,2\n", name="other.csv")

    assert reasons(run) == [
        (2, "already-opened", "key = PARIS / BREAD"),
        (3, "already-opened", "key = PARIS / MILK"),
    ]
    assert levels() == before


def test_bad_rows_wait_in_quarantine_and_the_others_are_booked(imported, paris, bread):
    chain.product(sku="MILK")

    run = imported(
        "stock",
        """
        store,sku,quantity,unit_cost,at
        ROME,BREAD,1,,
        PARIS,CAKE,1,,
        PARIS,BREAD,-1,,
        PARIS,BREAD,1.0005,,
        PARIS,BREAD,1,-2,
        PARIS,BREAD,1,0.0000001,
        PARIS,BREAD,1,,1999-12-31
        PARIS,BREAD,a lot,,
        PARIS,BREAD,5,,
        PARIS,40001,6,,
        PARIS,BREAD,5,,
        PARIS,MILK,0,,
        PARIS,BREAD,1,,2999-12-31
        """,
    )

    assert [(line, reason) for line, reason, _detail in reasons(run)] == [
        (2, "unknown-store"), (3, "unknown-product"), (4, "below-zero"),
        (5, "too-many-decimals"), (6, "out-of-range"), (7, "too-many-decimals"),
        (8, "out-of-range"), (9, "not-a-number"), (11, "repeated-key"), (14, "lies-ahead"),
    ]  # fmt: skip
    assert run.account["rows"] == {"read": 13, "applied": 1, "unchanged": 2, "quarantined": 10}
    assert levels() == [("PARIS", "BREAD", 5, 0)]


def test_a_preview_tells_and_books_nothing(imported, paris, bread):
    run = imported("stock", "store,sku,quantity\nPARIS,BREAD,10\nROME,BREAD,1\n", dry_run=True)

    assert run.account["rows"] == {
        "read": 2, "new": 1, "changed": 0, "unchanged": 0, "refused": 1,
    }  # fmt: skip
    assert levels() == []


def test_who_moves_a_level_meanwhile_goes_first(imported, paris, bread, monkeypatch):
    """Between the check and the booking somebody receives goods."""
    from inventory.services import stock_import

    class Overtaken(stock_import.Stock):
        def apply(self, stage, *, progress):
            stock.book(MovementKind.RECEIPT, (paris, bread, 2))
            super().apply(stage, progress=progress)

    monkeypatch.setattr("epm.imports.services.runs.kind_named", lambda _name: Overtaken())

    run = imported("stock", "store,sku,quantity\nPARIS,BREAD,10\n")

    assert reasons(run) == [(2, "already-opened", "key = PARIS / BREAD")]
    assert stock.ledger_of(paris, bread) == [("receipt", 2, 2)]

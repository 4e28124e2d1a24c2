"""Imported sales move the stock of their stores, if the mapping says so."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from epm.platform.invariants import examined
from inventory.models import MovementKind, StockLevel, StockMovement
from sales.models import Sale
from sales.services.sales_import import stock as sold_stock
from tests.factories import chain, stock

pytestmark = pytest.mark.django_db
D = Decimal
MOVE = {"stock": "move"}
FEES = {"fees": {"field": "product", "values": ["POST"]}}
SALES = """
    ticket,store,sold_at,product,quantity,amount,unit_cost
    7,PARIS,2025-03-01 09:00,BREAD,3,36.00,
    7,PARIS,2025-03-01 09:00,MILK,1,12.00,
    7,PARIS,2025-03-01 09:00,POST,1,5.00,
    8,PARIS,2025-03-01 10:00,BREAD,-1,-12.00,2.50
"""


@pytest.fixture(autouse=True)
def paris():
    return chain.store(code="PARIS", timezone="Europe/Paris")


@pytest.fixture(autouse=True)
def bread(paris):
    product = chain.product(sku="BREAD", purchase_price=D(4))
    stock.book(MovementKind.OPENING, (paris, product, 10, 2))
    chain.product(sku="MILK")
    chain.product(sku="POST")
    return product


def moved(product):
    rows = StockMovement.objects.filter(product=product).order_by("position")
    return list(rows.values_list("kind", "quantity", "unit_cost", "balance"))


def broken():
    return [finding.invariant.code for finding in examined() if finding.broken]


def test_a_cost_beyond_what_the_stock_can_count_is_unknown_to_it(imported, bread):
    imported("sales", SALES.replace("2.50", "1000000000.01"), rows=FEES, options=MOVE)

    assert moved(bread) == [("opening", 10, 2, 10), ("sale", -3, 2, 7), ("return", 1, 2, 8)]


def test_by_default_sales_leave_the_stock_as_it_is(imported, bread):
    imported("sales", SALES, rows=FEES)

    assert moved(bread) == [("opening", 10, 2, 10)]


def test_sold_goods_leave_returned_ones_come_back_and_fees_move_nothing(imported, paris, bread):
    run = imported("sales", SALES, rows=FEES, options=MOVE)

    assert run.account["rows"]["applied"] == 4
    assert moved(bread) == [
        ("opening", 10, 2, 10), ("sale", -3, 2, 7), ("return", 1, D("2.5"), 8),
    ]  # fmt: skip
    sale = Sale.objects.get(external_ref="7")
    of_bread = StockMovement.objects.get(posting=sale.pk, product=bread)
    assert (of_bread.document_kind, of_bread.document_ref) == ("sale", str(sale.pk))
    assert of_bread.occurred_at == datetime(2025, 3, 1, 8, tzinfo=UTC)
    assert of_bread.forced
    assert not StockLevel.objects.filter(product__sku="POST").exists()
    assert broken() == []


def test_goods_that_left_are_booked_though_the_books_had_none(imported, paris):
    imported("sales", SALES, rows=FEES, options=MOVE)

    level = StockLevel.objects.get(product__sku="MILK")
    assert (level.on_hand, level.shortfall) == (-1, 1)


def test_the_same_file_again_moves_nothing(imported, bread):
    imported("sales", SALES, rows=FEES, options=MOVE)
    before = StockMovement.objects.count()

    imported("sales", SALES, rows=FEES, options=MOVE, name="again.csv")

    assert StockMovement.objects.count() == before


def test_a_correction_puts_back_for_what_it_left_and_takes_what_is_true(imported, bread):
    imported("sales", SALES, rows=FEES, options=MOVE)
    changed = SALES.replace("BREAD,3,36.00", "BREAD,2,24.00")

    imported("sales", changed, rows=FEES, options={**MOVE, "changed_tickets": "correct"})

    assert moved(bread)[3:] == [("return", 3, 2, 11), ("sale", -2, D("2.045455"), 9)]
    assert broken() == []


def test_a_correction_puts_nothing_back_that_never_left(imported, bread):
    imported("sales", SALES, rows=FEES)
    changed = SALES.replace("BREAD,3,36.00", "BREAD,2,24.00")

    imported("sales", changed, rows=FEES, options={**MOVE, "changed_tickets": "correct"})

    assert moved(bread) == [("opening", 10, 2, 10), ("sale", -2, 2, 8)]


@pytest.mark.django_db(transaction=True)
def test_an_import_that_died_half_way_is_finished_by_a_rerun(imported, bread, monkeypatch):
    monkeypatch.setattr("sales.services.sales_import.posting.CHUNK", 1)
    move, calls = sold_stock.move, []

    def dies_the_second_time(*given, **asked):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        move(*given, **asked)

    monkeypatch.setattr(sold_stock, "move", dies_the_second_time)
    with pytest.raises(KeyboardInterrupt):
        imported("sales", SALES, rows=FEES, options=MOVE)
    assert moved(bread) == [("opening", 10, 2, 10), ("sale", -3, 2, 7)]
    monkeypatch.setattr(sold_stock, "move", move)

    imported("sales", SALES, rows=FEES, options=MOVE)

    assert moved(bread)[1:] == [("sale", -3, 2, 7), ("return", 1, D("2.5"), 8)]
    assert broken() == []

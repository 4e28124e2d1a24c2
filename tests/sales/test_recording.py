"""A ticket of a till enters the ledger."""

import uuid
from decimal import Decimal

import pytest
from django.db import connection

from inventory.models import StockLevel, StockMovement
from inventory.services.stock_refusals import InsufficientStock
from sales.models import (
    Disposition,
    Override,
    RegisterChain,
    RegisterSession,
    Sale,
    SaleLine,
    StoredValue,
    Tender,
    TenderKind,
    Ticket,
)
from sales.services.session_refusals import NoOpenSession
from sales.services.stored_value_refusals import InsufficientValue
from sales.services.till.basket import Discount, Paid, Sold, Unreceipted, Value
from sales.services.till.refusals import (
    BeyondLimit,
    MoreThanSold,
    RefundWay,
    TendersDiffer,
    TicketReused,
)
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db


def goods(register, *prices, **fields):
    return [
        tills.stocked(register, chain.product(sale_price=Decimal(price), **fields))
        for price in prices
    ]


def amounts(sale_id):
    sale = Sale.objects.get(pk=sale_id)
    return sale.total_ttc, sale.total_ht, sale.total_vat


def test_a_ticket_of_three_lines_is_numbered_taxed_and_leaves_the_stock():
    register = tills.register()
    bread, milk, wine = goods(register, "9.99", "1.20", "12.00")

    told = tills.sell(register, [(bread, 3), (milk, 2), (wine, 1)], [("cash", "50.00")])

    assert (told.number, told.is_late, told.again) == (1, False, False)
    assert amounts(told.sale_id) == (Decimal("44.370"), Decimal("36.970"), Decimal("7.400"))
    lines = SaleLine.objects.filter(sale=told.sale_id).order_by("line_no")
    assert [(line.net_ttc, line.net_ht, line.vat) for line in lines] == [
        (Decimal("29.970"), Decimal("24.970"), Decimal("5.000")),
        (Decimal("2.400"), Decimal("2.000"), Decimal("0.400")),
        (Decimal("12.000"), Decimal("10.000"), Decimal("2.000")),
    ]
    assert {line.unit_cost for line in lines} == {Decimal("5.000000")}
    tenders = Tender.objects.filter(sale=told.sale_id).order_by("line_no")
    assert [(tender.kind, tender.amount) for tender in tenders] == [
        ("cash", Decimal("50.000")),
        ("cash", Decimal("-5.630")),
    ]
    assert StockLevel.objects.get(product=bread).on_hand == 97
    ticket = Ticket.objects.get(pk=told.sale_id)
    assert ticket.taxes == [{"tax": "TVA", "rate": "0.200000", "base": "36.97", "amount": "7.40"}]
    assert ticket.grand_total == Decimal("44.370")
    movement = StockMovement.objects.get(product=bread, kind="sale")
    assert (movement.posting, movement.document_ref, movement.actor) == (
        told.sale_id,
        str(told.sale_id),
        "cashier",
    )


def test_tickets_of_a_register_are_chained():
    register = tills.register()
    (bread,) = goods(register, "10.00")
    first, second = (tills.sell(register, [(bread, 1)], [("card", "10.00")]) for _ in range(2))

    one, two = Ticket.objects.get(pk=first.sale_id), Ticket.objects.get(pk=second.sale_id)
    assert (one.number, two.number, bytes(two.previous_hash)) == (1, 2, bytes(one.hash))
    assert two.grand_total == 20
    chained = RegisterChain.objects.get(register=register)
    assert (chained.number, bytes(chained.last_hash)) == (2, bytes(two.hash))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sales_ticket_hash(previous_hash, register_id, number, session_id, grand_total,"
            " sales_ticket_content(sale_id)) = hash FROM sales_ticket"
        )
        assert cursor.fetchall() == [(True,), (True,)]


def test_the_same_ticket_again_is_the_same_ticket():
    register = tills.register()
    (bread,) = goods(register, "10.00")
    key = uuid.uuid4()
    told = tills.sell(register, [(bread, 1)], [("card", "10.00")], uuid=key)
    again = tills.sell(register, [(bread, 1)], [("card", "10.00")], uuid=key)

    assert again.again
    assert (again.sale_id, again.number, again.hash) == (told.sale_id, told.number, told.hash)
    assert Sale.objects.count() == 1
    with pytest.raises(TicketReused):
        tills.sell(register, [(bread, 2)], [("card", "20.00")], uuid=key, digest=b"x" * 32)
    assert (Sale.objects.count(), StockLevel.objects.get(product=bread).on_hand) == (1, 99)


def nothing_written():
    return (Sale.objects.count(), SaleLine.objects.count(), Tender.objects.count()) == (0, 0, 0)


def test_a_register_that_is_not_open_sells_nothing():
    register = tills.register(opened=False)
    (bread,) = goods(register, "10.00")
    with pytest.raises(NoOpenSession):
        tills.sell(register, [(bread, 1)], [("card", "10.00")])
    assert nothing_written()
    assert RegisterChain.objects.get(register=register).number == 0
    assert StockLevel.objects.get(product=bread).on_hand == 100


def test_what_was_sold_offline_lands_in_a_late_session_of_its_day():
    register = tills.register(opened=False)
    (bread,) = goods(register, "10.00")
    told = tills.sell(register, [(bread, 120)], [("card", "1200.00")], offline=True)

    assert told.is_late
    late = RegisterSession.objects.get(pk=told.session_id)
    assert (late.is_late, late.state) == (True, "open")
    assert late.business_date == Sale.objects.get(pk=told.sale_id).business_date
    level = StockLevel.objects.get(product=bread)
    assert (level.on_hand, level.shortfall) == (-20, 20)


def test_more_than_there_is_is_refused_and_leaves_no_gap():
    register = tills.register()
    (bread,) = goods(register, "10.00")
    with pytest.raises(InsufficientStock):
        tills.sell(register, [(bread, 60), (bread, 41)], [("card", "1010.00")])
    assert nothing_written()
    assert tills.sell(register, [(bread, 1)], [("card", "10.00")]).number == 1


@pytest.mark.parametrize(
    "tenders", [[("card", "9.99")], [("card", "10.01")], [("cash", "9.99")], []]
)
def test_what_is_paid_must_be_the_total(tenders):
    register = tills.register()
    (bread,) = goods(register, "10.00")
    with pytest.raises(TendersDiffer):
        tills.sell(register, [(bread, 1)], tenders)
    assert nothing_written()


def test_a_full_refund_nets_every_figure_to_zero():
    register, elsewhere = tills.register(), None
    bread, milk = goods(register, "9.99", "1.23")
    elsewhere = tills.register(store=chain.store(vat_regime="FR"))
    told = tills.sell(
        register,
        [(bread, 3), (milk, 7)],
        [("card", "34.22")],
        discount=Discount("goodwill", amount=Decimal("4.36")),
        role="manager",
    )
    sold = amounts(told.sale_id)
    refunds = [
        tills.sell(elsewhere, [tills.back(told.sale_id, *line)], [("card", paid)])
        for line, paid in [
            ((1, 1), "-8.86"), ((1, 2), "-17.72"), ((2, 4), "-4.37"), ((2, 3), "-3.27"),
        ]
    ]  # fmt: skip
    back = [amounts(refund.sale_id) for refund in refunds]
    assert [sum(column) for column in zip(sold, *back, strict=True)] == [0, 0, 0]
    lines = SaleLine.objects.all()
    for figure in ("gross_ttc", "discount_manual", "net_ttc", "net_ht", "vat", "quantity"):
        assert sum(getattr(line, figure) for line in lines) == 0, figure
    assert sum(line.quantity * line.unit_cost for line in lines) == 0
    assert StockLevel.objects.get(product=bread, store=elsewhere.store).on_hand == 3
    with pytest.raises(MoreThanSold):
        tills.sell(elsewhere, [tills.back(told.sale_id, 1, 1)], [("card", "-8.86")])


def test_an_exchange_is_one_ticket_and_damaged_goods_are_blocked():
    register = tills.register()
    bread, wine = goods(register, "10.00", "12.00")
    told = tills.sell(register, [(bread, 2)], [("card", "20.00")])
    exchange = tills.sell(
        register,
        [tills.back(told.sale_id, 1, 1, disposition=Disposition.DAMAGED), (wine, 1)],
        [("cash", "5.00")],
    )
    sale = Sale.objects.get(pk=exchange.sale_id)
    assert (sale.total_ttc, sale.is_pure_return) == (2, False)
    level = StockLevel.objects.get(product=bread)
    assert (level.on_hand, level.unavailable) == (99, 1)


def test_a_cashier_gives_a_tenth_off_a_manager_half():
    register = tills.register()
    (bread,) = goods(register, "10.00")
    line = Sold(bread.pk, Decimal(1), discount=Discount("damaged", share=Decimal("0.2")))
    with pytest.raises(BeyondLimit):
        tills.sell(register, [line], [("card", "8.00")])
    assert nothing_written()
    told = tills.sell(register, [line], [("card", "8.00")], role="manager")
    override = Override.objects.get(sale=told.sale_id)
    assert (override.kind, override.amount, override.reason.code) == ("discount", 2, "damaged")


def test_money_goes_back_as_it_came():
    register = tills.register()
    (bread,) = goods(register, "10.00")
    told = tills.sell(register, [(bread, 2)], [("card", "20.00")])
    with pytest.raises(RefundWay):
        tills.sell(register, [tills.back(told.sale_id, 1, 1)], [("cash", "-10.00")])
    assert Sale.objects.count() == 1
    tills.sell(register, [tills.back(told.sale_id, 1, 1)], [("card", "-10.00")])


def test_returns_without_a_receipt_are_for_those_who_may():
    register = tills.register()
    (bread,) = goods(register, "10.00")
    back = Unreceipted(bread.pk, Decimal(1))
    with pytest.raises(BeyondLimit):
        tills.sell(register, [back], [("store_credit", "-10.00")])
    told = tills.sell(register, [back], [("store_credit", "-10.00")], role="manager")
    assert amounts(told.sale_id) == (Decimal(-10), Decimal("-8.33"), Decimal("-1.67"))


def test_a_gift_card_is_sold_and_paid_with_and_is_no_revenue():
    register = tills.register()
    (bread,) = goods(register, "10.00")
    sold = tills.sell(register, [Value(Decimal(50)), (bread, 1)], [("card", "60.00")])
    card = StoredValue.objects.get()
    assert (card.kind, card.balance) == ("gift_card", 50)
    assert amounts(sold.sale_id) == (60, Decimal("58.33"), Decimal("1.67"))
    value = SaleLine.objects.get(sale=sold.sale_id, kind="value")
    assert (value.net_ttc, value.vat, value.product) == (50, 0, None)

    paid = tills.sell(
        register, [(bread, 3)], [Paid(TenderKind.GIFT_CARD, Decimal(30), "", card.code)]
    )
    card.refresh_from_db()
    assert (card.balance, Tender.objects.get(sale=paid.sale_id).reference) == (
        20,
        f"…{card.code[-4:]}",
    )
    with pytest.raises(InsufficientValue):
        tills.sell(register, [(bread, 3)], [Paid(TenderKind.GIFT_CARD, Decimal(30), "", card.code)])
    card.refresh_from_db()
    assert (card.balance, Sale.objects.count()) == (20, 2)

    tills.sell(register, [tills.back(paid.sale_id, 1, 1)], [("store_credit", "-10.00")])
    credit = StoredValue.objects.get(kind="store_credit")
    assert credit.balance == 10


@pytest.mark.parametrize(
    ("tenders", "total", "booked", "difference"),
    [
        ([("cash", "50.00")], None, "10.00", None),
        ([("cash", "50.00")], "9.50", "9.50", "-0.50"),
        ([("card", "9.50")], None, "9.50", "-0.50"),
        ([("cash", "9.00")], None, "9.00", "-1.00"),
        ([("card", "11.00")], "11.00", "11.00", "1.00"),
    ],
)
def test_what_was_paid_offline_is_a_fact(tenders, total, booked, difference):
    register = tills.register()
    (bread,) = goods(register, "10.00")
    told = tills.sell(
        register,
        [(bread, 1)],
        tenders,
        offline=True,
        total=None if total is None else Decimal(total),
    )
    assert amounts(told.sale_id)[0] == Decimal(booked)
    paid = Tender.objects.filter(sale=told.sale_id).values_list("amount", flat=True)
    assert sum(paid) == Decimal(booked)
    noted = Ticket.objects.get(pk=told.sale_id).discrepancies
    assert noted == (difference and [{"kind": "total", "difference": difference}])

"""The ledger of stock and the levels that follow from it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from epm.platform.actor import acting_as
from inventory.models import (
    MovementKind,
    NegativeStock,
    StockLevel,
    StockMovement,
    StockPolicy,
    UnavailableReason,
)
from inventory.selectors import stock as stock_selectors
from inventory.services.movements import Document, Move
from inventory.services.stock_refusals import InsufficientStock, MoreThanUnavailable, PostingReused
from tests.concurrency import run_behind
from tests.factories import chain, stock
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db
D = Decimal


def test_a_movement_changes_its_level_and_says_who_when_and_what_is_left(store, bread):
    with acting_as("anna", door="admin"):
        (posted,) = stock.book(
            MovementKind.RECEIPT, (store, bread, "10.5", "2"), document=Document("order", "7")
        )

    movement = StockMovement.objects.get(pk=posted.id)
    level = stock.level(store, bread)
    assert (movement.position, movement.balance, movement.value) == (1, D("10.5"), D(21))
    assert (movement.actor, movement.door) == ("anna", "admin")
    assert (movement.document_kind, movement.document_ref) == ("order", "7")
    assert (level.on_hand, level.value, level.average_cost) == (D("10.5"), D(21), D(2))
    assert everything_holds()


def test_the_moving_average_of_the_canon(store, bread):
    """kpis.md 4.4: 22 units, value 142.00, average 6.4545…"""
    stock.received(store, bread, 10, 5)
    assert stock.received(store, bread, 10, 7).average_cost == 6
    (sold,) = stock.book(MovementKind.SALE, (store, bread, -5))
    assert (sold.unit_cost, sold.value) == (D(6), D(-30))
    stock.book(MovementKind.RETURN, (store, bread, 2, sold.unit_cost))
    level = stock.received(store, bread, 5, 8)

    assert (level.on_hand, level.value) == (D(22), D(142))
    assert level.average_cost == D("6.454545")
    assert everything_holds()


def test_an_unknown_cost_stays_unknown_and_says_what_share_is_known(store, bread):
    stock.received(store, bread, 6)
    level = stock.received(store, bread, 4, 10)
    assert (level.on_hand, level.costed, level.value) == (D(10), D(4), D(40))

    (sold,) = stock.book(MovementKind.SALE, (store, bread, -5))

    level = stock.level(store, bread)
    assert (sold.unit_cost, sold.value) == (D(10), D(-20))
    assert (level.on_hand, level.costed, level.value) == (D(5), D(2), D(20))
    stock.book(MovementKind.SALE, (store, bread, -5))
    level = stock.level(store, bread)
    assert (level.on_hand, level.costed, level.value) == (0, 0, 0)
    assert everything_holds()


def test_stock_of_unknown_cost_alone_leaves_at_an_unknown_cost(store, bread):
    stock.received(store, bread, 3)

    (sold,) = stock.book(MovementKind.SALE, (store, bread, -1))

    assert (sold.unit_cost, sold.value) == (None, 0)


def test_rounding_leaves_nothing_behind_when_the_last_unit_goes(store, bread):
    stock.received(store, bread, 3, "0.333333")
    stock.received(store, bread, 4, "1.000001")
    for _each in range(7):
        stock.book(MovementKind.SALE, (store, bread, -1))

    assert (stock.level(store, bread).on_hand, stock.level(store, bread).value) == (0, 0)


def test_more_than_there_is_is_refused_with_what_there_is_and_nothing_changes(store, bread):
    stock.received(store, bread, 3)

    with pytest.raises(InsufficientStock) as refused:
        stock.book(MovementKind.SALE, (store, bread, -4))

    assert refused.value.facts["lines"] == [
        {"store": str(store.pk), "product": str(bread.pk), "asked": "4.000", "available": "3.000"}
    ]
    assert stock.ledger_of(store, bread) == [("receipt", 3, 3)]
    assert stock.level(store, bread).on_hand == 3


def test_of_several_movements_all_are_booked_or_none(store, bread):
    milk = chain.product()
    stock.received(store, bread, 3)

    with pytest.raises(InsufficientStock):
        stock.book(MovementKind.SALE, (store, bread, -1), (store, milk, -1))

    assert StockMovement.objects.count() == 1


@pytest.mark.parametrize("policy", [NegativeStock.WARN, NegativeStock.ALLOW])
def test_a_store_that_allows_it_goes_below_zero_and_counts_what_is_missing(store, bread, policy):
    StockPolicy.objects.create(store=store, negative=policy)
    stock.received(store, bread, 1, 4)

    stock.book(MovementKind.SALE, (store, bread, -3))

    level = stock.level(store, bread)
    assert (level.on_hand, level.shortfall, level.value) == (-2, 2, -8)
    level = stock.received(store, bread, 10, 5)  # the two that left really cost 5
    assert (level.on_hand, level.shortfall, level.value, level.average_cost) == (8, 0, 40, 5)
    assert everything_holds()


def test_goods_that_have_left_already_are_booked_whatever_the_policy(store, bread):
    stock.book(MovementKind.SALE, (store, bread, -2), forced=True)

    assert (stock.level(store, bread).on_hand, stock.level(store, bread).shortfall) == (-2, 2)
    with pytest.raises(InsufficientStock):
        stock.book(MovementKind.SALE, (store, bread, -1))
    assert everything_holds()


def test_the_same_posting_again_is_the_same_movements(store, bread):
    act = uuid4()
    first = stock.book(MovementKind.RECEIPT, (store, bread, 5), posting=act)

    assert stock.book(MovementKind.RECEIPT, (store, bread, 5), posting=act) == first
    with pytest.raises(PostingReused):
        stock.book(MovementKind.RECEIPT, (store, bread, 6), posting=act)
    assert stock.level(store, bread).on_hand == 5


def test_taking_out_of_sale_and_back_keeps_the_reasons(store, bread):
    stock.received(store, bread, 10, 1)
    blocked = Move(store.pk, bread.pk, blocked=D(4), reason=UnavailableReason.DAMAGED)
    stock.book(MovementKind.STATUS, blocked)
    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable, level.value) == (10, 4, 10)
    assert list(level.unavailable_by_reason.values_list("reason", "quantity")) == [("damaged", 4)]

    scrap = Move(store.pk, bread.pk, D(-3), blocked=D(-3), reason=UnavailableReason.DAMAGED)
    stock.book(MovementKind.DAMAGE, scrap)

    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable, level.value) == (7, 1, 7)
    back = Move(store.pk, bread.pk, blocked=D(-2), reason=UnavailableReason.DAMAGED)
    with pytest.raises(MoreThanUnavailable):
        stock.book(MovementKind.STATUS, back)
    assert stock.level(store, bread).unavailable == 1
    assert everything_holds()


def test_what_breaks_on_the_shelf_is_a_fact_even_where_it_was_promised(store, bread):
    stock.received(store, bread, 2)
    stock.hold(store, (bread, 2))

    stock.book(MovementKind.DAMAGE, (store, bread, -1))

    level = stock.level(store, bread)
    assert (level.on_hand, level.reserved, level.shortfall) == (1, 2, 1)
    with pytest.raises(InsufficientStock):
        stock.book(MovementKind.LOSS, (store, bread, -2))
    assert everything_holds()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_stockmovement SET quantity = 99",
        "DELETE FROM inventory_stockmovement",
        "SET LOCAL epm.emptying = ''; TRUNCATE inventory_stockmovement",
        "UPDATE inventory_stocklevel SET on_hand = 99",
        "UPDATE inventory_stocklevel SET reserved = 1",
        "UPDATE inventory_unavailablestock SET quantity = 0",
        (
            "INSERT INTO inventory_stocklevel (store_id, product_id, on_hand)"
            " SELECT store_id, (SELECT max(id) FROM inventory_product), 5 FROM inventory_stocklevel"
        ),
    ],
)
def test_neither_ledger_nor_level_is_written_past_it(store, bread, statement):
    stock.received(store, bread, 10)
    blocked = Move(store.pk, bread.pk, blocked=D(1), reason=UnavailableReason.SAFETY)
    stock.book(MovementKind.STATUS, blocked)
    chain.product()

    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert stock.level(store, bread).on_hand == 10
    assert everything_holds()


def test_plain_sql_into_the_ledger_moves_the_level_and_has_an_actor(store, bread):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stockmovement (posting, kind, store_id, product_id, quantity)"
            " VALUES (gen_random_uuid(), 'receipt', %s, %s, 7)",
            [store.pk, bread.pk],
        )

    assert stock.level(store, bread).on_hand == 7
    assert StockMovement.objects.get().actor != ""


def test_a_movement_falls_on_the_business_day_of_its_store(bread):
    late = chain.store(timezone="America/Montreal", day_cutoff_hour=4)
    stock.received(late, bread, 1, at=datetime(2025, 3, 2, 8, 59, tzinfo=UTC))  # 03:59 there

    assert StockMovement.objects.get().business_date == date(2025, 3, 1)


def test_the_worth_of_any_day_in_the_past(store, bread):
    stock.received(store, bread, 10, 2, at=NOON)
    stock.book(MovementKind.SALE, (store, bread, -4), at=NOON + timedelta(days=2))

    worth = [
        stock_selectors.worth_on(store_id=store.pk, day=NOON.date() + timedelta(days=days))
        for days in (-1, 0, 1, 2)
    ]

    assert [(each.quantity, each.value) for each in worth] == [(0, 0), (10, 20), (10, 20), (6, 12)]


@pytest.mark.django_db(transaction=True)
def test_two_postings_of_one_level_wait_for_each_other():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 1)

    outcome = run_behind(
        lambda: stock.book(MovementKind.SALE, (store, bread, -1)),
        lambda: stock.book(MovementKind.SALE, (store, bread, -1)),
    )

    assert isinstance(outcome.exception(), InsufficientStock)
    assert stock.ledger_of(store, bread) == [("receipt", 1, 1), ("sale", -1, 0)]


@pytest.mark.django_db(transaction=True)
def test_the_same_posting_twice_at_once_is_booked_once():
    store, bread = chain.store(), chain.product()
    act = uuid4()

    outcome = run_behind(
        lambda: stock.book(MovementKind.RECEIPT, (store, bread, 5), posting=act),
        lambda: stock.book(MovementKind.RECEIPT, (store, bread, 5), posting=act),
    )

    assert outcome.result()[0].balance == 5
    assert StockLevel.objects.get().on_hand == 5

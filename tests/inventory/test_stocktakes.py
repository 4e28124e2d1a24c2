"""Stocktakes: right while sales go on, and uncounted is not zero."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from epm.platform.invariants import examined
from epm.platform.transitions import InvalidTransition, ReasonMissing, changes_of
from inventory.models import (
    CountKind,
    MovementKind,
    StockMovement,
    StocktakeCount,
    StocktakeLine,
)
from inventory.selectors import stocktakes as asked
from inventory.services import stocktakes
from inventory.services.movements import Move
from inventory.services.stocktake_refusals import (
    ApprovalNeedsAnother,
    CountBelowZero,
    CountedElsewhere,
    CountKeyReused,
    CountNotUndoable,
    NothingCounted,
    NothingToCount,
    NotInStocktake,
)
from tests.concurrency import run_behind
from tests.factories import chain, stock
from tests.factories import stocktakes as made
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def bread():
    return chain.product(sku="BREAD")


@pytest.fixture
def milk():
    return chain.product(sku="MILK")


def sell(store, product, quantity):
    stock.book(MovementKind.SALE, (store, product, -quantity))


def test_sales_before_and_after_the_count_of_a_line_leave_the_stock_right(store, bread):
    """3 sold between snapshot and count, 2 after it; one had vanished: 10 − 3 − 1 − 2 = 4."""
    stock.received(store, bread, 10, 5)
    stocktake = made.started(store)
    sell(store, bread, 3)
    made.count(stocktake, (bread, 6))
    sell(store, bread, 2)

    (booked,) = made.finished(stocktake)

    line = made.line_of(stocktake, bread)
    assert (line.snapshot, line.book, line.counted) == (10, 7, 6)
    assert (line.variance, line.variance_value) == (-1, -5)
    assert (booked.quantity, booked.value) == (-1, -5)
    assert stock.level(store, bread).on_hand == 4
    assert everything_holds()


def told_late(store, product, quantity, *, kind=MovementKind.SALE, before=timedelta(hours=1)):
    """A till that was away tells now what it sold before everything here was counted."""
    stock.book(kind, (store, product, quantity), at=NOON - before)


def test_a_sale_told_after_the_scan_is_missing_once(store, bread):
    """Books 10, 9 on the shelf: a till that was away has sold the tenth."""
    stock.received(store, bread, 10, 5)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 9))
    assert made.line_of(stocktake, bread).variance == -1

    told_late(store, bread, -1)

    line = made.line_of(stocktake, bread)
    assert (line.book, line.counted, line.variance) == (9, 9, 0)
    assert made.finished(stocktake) == []
    assert stock.level(store, bread).on_hand == 9
    assert everything_holds()


def test_a_sale_told_after_the_posting_gives_back_what_the_count_took(store, bread):
    stock.received(store, bread, 10, 5)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 9))
    made.finished(stocktake)

    told_late(store, bread, -1)

    assert stock.ledger_of(store, bread) == [
        ("receipt", 10, 10),
        ("count", -1, 9),
        ("count", 1, 10),
        ("sale", -1, 9),
    ]
    given = StockMovement.objects.get(store=store, product=bread, position=3)
    assert (given.document_kind, given.document_ref) == ("stocktake", str(stocktake.pk))
    assert (given.value, stock.level(store, bread).value) == (5, 45)
    assert everything_holds()


def test_it_is_told_once_though_the_till_asks_twice(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 9))
    made.finished(stocktake)
    act = {"posting": uuid4(), "at": NOON - timedelta(hours=1)}

    first = stock.book(MovementKind.SALE, (store, bread, -1), **act)
    again = stock.book(MovementKind.SALE, (store, bread, -1), **act)

    assert first == again
    assert [each.quantity for each in first] == [-1]
    assert stock.level(store, bread).on_hand == 9


def test_the_last_one_told_late_is_no_oversale(store, bread):
    """Counted to nothing, the store forbids negative stock: what was sold before can be told."""
    stock.received(store, bread, 1)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 0), kind=CountKind.SET)
    made.finished(stocktake)

    told_late(store, bread, -1)

    assert stock.level(store, bread).on_hand == 0
    assert everything_holds()


@pytest.mark.parametrize("out_of_sale", [0, 2])
def test_what_is_given_back_for_is_told_whatever_was_promised_since(store, bread, out_of_sale):
    """The posted count left the store short of what it had promised. The sale changes nothing."""
    stock.received(store, bread, 10)
    if out_of_sale:
        move = Move(store.pk, bread.pk, blocked=D(out_of_sale), reason="damaged")
        stock.book(MovementKind.STATUS, move)
    stock.hold(store, (bread, 10 - out_of_sale))
    stocktake = made.started(store)
    made.count(stocktake, (bread, 1))
    made.finished(stocktake)
    was = stock.level(store, bread)

    told_late(store, bread, -9)

    level = stock.level(store, bread)
    assert (level.on_hand, level.shortfall) == (was.on_hand, was.shortfall) == (1, 9)
    assert everything_holds()


def test_a_return_told_late_is_there_once(store, bread):
    stock.received(store, bread, 10)
    counting = made.started(store)
    made.count(counting, (bread, 11))
    told_late(store, bread, 1, kind=MovementKind.RETURN)
    assert made.finished(counting) == []
    assert stock.level(store, bread).on_hand == 11

    done = made.started(store)
    made.count(done, (bread, 12))
    made.finished(done)
    told_late(store, bread, 1, kind=MovementKind.RETURN)

    assert stock.level(store, bread).on_hand == 12
    assert everything_holds()


def test_what_was_sold_after_the_count_is_missing_however_late_it_is_told(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 10), now=NOON - timedelta(hours=2))
    told_late(store, bread, -1)
    made.finished(stocktake)
    told_late(store, bread, -1)

    assert stock.level(store, bread).on_hand == 8
    assert everything_holds()


def test_a_delivery_told_late_is_there_once(store, bread):
    """4 on the shelf, 3 in the books: somebody receives the fourth when it was counted already."""
    stock.received(store, bread, 3, 5)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 4))
    told_late(store, bread, 1, kind=MovementKind.RECEIPT)
    assert made.finished(stocktake) == []
    assert stock.level(store, bread).on_hand == 4

    stocktake = made.started(store)
    made.count(stocktake, (bread, 5))
    made.finished(stocktake)
    stock.book(MovementKind.RECEIPT, (store, bread, 1, 7), at=NOON - timedelta(hours=1))

    assert stock.level(store, bread).on_hand == 5
    assert everything_holds()


@pytest.mark.parametrize(("days", "left"), [(0, 8), (1, 9)])
def test_of_a_sale_without_a_time_of_day_only_the_day_is_known(bread, days, left):
    store = chain.store(timezone="Europe/Paris", day_cutoff_hour=4)
    at = datetime(2026, 3, 9, 4, tzinfo=ZoneInfo("Europe/Paris")) - timedelta(days=days)
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 9), now=datetime(2026, 3, 9, 8, tzinfo=UTC))
    made.finished(stocktake)

    stock.book(MovementKind.SALE, (store, bread, -1), at=at)

    assert stock.level(store, bread).on_hand == left
    assert everything_holds()


def test_a_late_sale_of_an_approved_count_or_of_one_given_up(store, bread, milk):
    stock.received(store, bread, 10)
    stock.received(store, milk, 10)
    approved = made.started(store, product_ids=[bread.pk])
    given_up = made.started(store, product_ids=[milk.pk])
    made.count(approved, (bread, 9))
    made.count(given_up, (milk, 9))
    made.reviewed(approved)
    made.approved(approved)
    stocktakes.cancel(stocktake_id=given_up.pk, reason="too late")

    told_late(store, bread, -1)
    told_late(store, milk, -1)

    assert made.posted(approved) == []
    assert stock.level(store, bread).on_hand == 9
    assert stock.level(store, milk).on_hand == 9
    assert everything_holds()


def test_a_scan_taken_back_knows_what_was_told_since(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 9))
    told_late(store, bread, -1)
    made.count(stocktake, (bread, 5))
    assert made.line_of(stocktake, bread).variance == 5

    made.undo(made.last_count().pk)

    line = made.line_of(stocktake, bread)
    assert (line.book, line.counted, line.variance) == (9, 9, 0)
    assert everything_holds()


def test_the_latest_posted_count_gives_back_and_no_other(store, bread):
    stock.received(store, bread, 10)
    for seen in (9, 9):
        stocktake = made.started(store)
        made.count(stocktake, (bread, seen))
        made.finished(stocktake)

    told_late(store, bread, -1)

    assert stock.level(store, bread).on_hand == 9
    assert StockMovement.objects.get(position=3).document_ref == str(stocktake.pk)
    assert everything_holds()


def test_what_is_counted_right_moves_nothing(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 10))

    assert made.finished(stocktake) == []
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]


def test_uncounted_is_not_zero(store, bread, milk):
    stock.received(store, bread, 10)
    stock.received(store, milk, 5)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 9))

    made.finished(stocktake)

    assert stock.level(store, bread).on_hand == 9
    assert stock.ledger_of(store, milk) == [("receipt", 5, 5)]


def test_a_count_without_any_count_goes_nowhere_and_never_empties_the_store(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)

    with pytest.raises(NothingCounted):
        made.reviewed(stocktake)

    made.count(stocktake, (bread, 3))
    made.reviewed(stocktake)
    stocktakes.recount(stocktake_id=stocktake.pk, line_ids=[stocktake.lines.get().pk])
    with pytest.raises(NothingCounted):
        made.reviewed(stocktake)
    stocktake.refresh_from_db()
    assert stocktake.state == "counting"
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]


def test_uncounted_lines_become_zero_only_when_somebody_says_so(store, bread, milk):
    stock.received(store, bread, 10)
    stock.received(store, milk, 5, 2)
    stocktake = made.started(store, tolerance=made.STRICT)
    made.count(stocktake, (bread, 10))
    made.reviewed(stocktake)

    zeroed = stocktakes.zero_uncounted(stocktake_id=stocktake.pk, act=uuid4(), by="rita", now=NOON)

    line = made.line_of(stocktake, milk)
    assert (zeroed, line.counted, line.variance_value, line.counted_by) == (1, 0, -10, "rita")
    with pytest.raises(ApprovalNeedsAnother):
        made.approved(stocktake, by="rita")
    made.approved(stocktake, by="otto")
    made.posted(stocktake)
    assert stock.level(store, milk).on_hand == 0
    assert everything_holds()


def test_several_scanners_add_up_and_every_scan_is_kept(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)

    made.count(stocktake, (bread, 3), by="ann")
    made.count(stocktake, (bread, 4), by="bob")
    assert made.count(stocktake, (bread, 1), (bread, 2), by="ann") == {bread.pk: D(10)}

    scans = list(StocktakeCount.objects.order_by("pk").values_list("actor", "quantity"))
    assert scans == [("ann", 3), ("bob", 4), ("ann", 3)]
    line = made.line_of(stocktake, bread)
    assert (line.entries, line.counted, line.variance, line.moved) == (3, 10, 0, False)


def test_a_count_can_be_set_instead(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3))

    assert made.count(stocktake, (bread, 8), kind=CountKind.SET) == {bread.pk: D(8)}
    assert made.last_count().delta == 5


def test_the_same_scan_sent_again_counts_once(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    act = uuid4()

    made.count(stocktake, (bread, 3), act=act)
    assert made.count(stocktake, (bread, 3), act=act) == {bread.pk: D(3)}

    with pytest.raises(CountKeyReused):
        made.count(stocktake, (bread, 4), act=act)
    assert StocktakeCount.objects.count() == 1
    assert made.line_of(stocktake, bread).counted == 3


def test_a_scan_taken_back_leaves_the_books_of_the_one_before_it(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 6), by="ann")
    sell(store, bread, 2)
    made.count(stocktake, (bread, 4), by="bob")
    line = made.line_of(stocktake, bread)
    assert (line.counted, line.book, line.moved) == (10, 8, True)

    act = uuid4()
    made.undo(made.last_count().pk, act=act)
    made.undo(StocktakeCount.objects.get(kind="add", quantity=4).pk, act=act)

    line.refresh_from_db()
    assert (line.counted, line.book, line.counted_by, line.entries) == (6, 10, "ann", 1)
    assert line.moved is False
    assert everything_holds()


def test_the_only_scan_taken_back_leaves_it_uncounted(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 6))

    made.undo(made.last_count().pk)

    line = made.line_of(stocktake, bread)
    assert (line.counted, line.book, line.counted_at, line.entries) == (None, None, None, 0)
    made.count(stocktake, (bread, 2))
    assert made.line_of(stocktake, bread).counted == 2


def test_a_scan_is_not_taken_back_twice_nor_after_the_count_was_set(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 6))
    first = made.last_count()
    made.count(stocktake, (bread, 9), kind=CountKind.SET)
    second = made.last_count()

    with pytest.raises(CountNotUndoable):
        made.undo(first.pk)
    made.undo(second.pk)
    with pytest.raises(CountNotUndoable):
        made.undo(second.pk)

    assert made.line_of(stocktake, bread).counted == 6
    made.undo(first.pk)
    assert made.line_of(stocktake, bread).counted is None


def test_a_count_is_never_below_zero(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 2))

    with pytest.raises(CountBelowZero):
        made.count(stocktake, (bread, -3))

    assert made.count(stocktake, (bread, -1)) == {bread.pk: D(1)}


def test_what_the_books_had_none_of_is_found(store, bread, milk):
    stock.received(store, bread, 10)
    stocktake = made.started(store)

    made.count(stocktake, (bread, 10), (milk, 2))
    (booked,) = made.finished(stocktake)

    line = made.line_of(stocktake, milk)
    assert (line.found, line.snapshot, line.variance, line.variance_value) == (True, 0, 2, None)
    assert (booked.product_id, booked.quantity, booked.unit_cost) == (milk.pk, 2, None)
    assert stock.level(store, milk).on_hand == 2


def test_a_part_counts_its_categories_with_all_below_and_its_products_and_nothing_else(store):
    food = chain.category()
    cheese = chain.category(parent=food)
    brie, soap, wine = chain.product(category=cheese), chain.product(), chain.product()
    for each in (brie, soap):
        stock.received(store, each, 5)

    stocktake = made.started(store, category_ids=[food.pk], product_ids=[wine.pk])

    assert list(stocktake.lines.order_by("pk").values_list("product", "snapshot")) == [
        (brie.pk, 5), (wine.pk, 0)
    ]  # fmt: skip
    with pytest.raises(NotInStocktake):
        made.count(stocktake, (brie, 1), (soap, 5))
    assert StocktakeCount.objects.count() == 0
    with pytest.raises(NothingToCount):
        made.scheduled(store, category_ids=[])


def test_one_product_is_in_one_running_stocktake(store, bread, milk):
    stock.received(store, bread, 10)
    first = made.started(store)
    second = made.scheduled(store, product_ids=[bread.pk, milk.pk])

    with pytest.raises(CountedElsewhere) as refused:
        stocktakes.start(stocktake_id=second.pk, now=NOON)

    assert refused.value.facts == {"stocktake": first.pk}
    second.refresh_from_db()
    assert (second.state, second.lines.count()) == ("scheduled", 0)
    stocktakes.cancel(stocktake_id=first.pk, reason="not today")
    assert stocktakes.start(stocktake_id=second.pk, now=NOON).lines.count() == 2


def test_what_is_found_here_while_another_stocktake_counts_it_is_refused(store, bread, milk):
    stock.received(store, bread, 10)
    mine = made.started(store)
    other = made.started(store, product_ids=[milk.pk])

    with pytest.raises(CountedElsewhere) as refused:
        made.count(mine, (milk, 1))

    assert refused.value.facts == {"stocktake": other.pk}
    assert StocktakeCount.objects.count() == 0


def test_a_recount_begins_at_nothing_and_takes_only_what_was_chosen(store, bread, milk):
    stock.received(store, bread, 10)
    stock.received(store, milk, 5)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 4), (milk, 5))
    made.reviewed(stocktake)

    stocktakes.recount(stocktake_id=stocktake.pk, line_ids=[made.line_of(stocktake, bread).pk])

    with pytest.raises(NotInStocktake):
        made.count(stocktake, (milk, 1))
    made.count(stocktake, (bread, 10))
    line = made.line_of(stocktake, bread)
    assert (line.counted, line.counted_before, line.entries, line.variance) == (10, 4, 1, 0)
    assert made.finished(stocktake) == []
    assert StocktakeCount.objects.count() == 3
    with pytest.raises(InvalidTransition):
        stocktakes.recount(stocktake_id=stocktake.pk, line_ids=[line.pk])


def test_a_recount_of_nothing_is_refused(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 4))
    made.reviewed(stocktake)

    with pytest.raises(NothingToCount):
        stocktakes.recount(stocktake_id=stocktake.pk, line_ids=[])

    stocktake.refresh_from_db()
    assert (stocktake.state, stocktake.round) == ("review", 1)


@pytest.mark.parametrize(
    ("tolerance", "beyond"),
    [
        ({"units": D(2)}, False),
        ({"units": D("1.999")}, True),
        ({"percent": D(20)}, False),
        ({"percent": D("19.99")}, True),
        ({"value": D(10)}, False),
        ({"value": D("9.99")}, True),
        ({"units": D(5), "value": D(1)}, True),
        ({}, False),
    ],
)
def test_a_variance_beyond_any_tolerance_takes_somebody_above(store, bread, tolerance, beyond):
    stock.received(store, bread, 10, 5)
    stocktake = made.started(store, tolerance=stocktakes.Tolerance(**tolerance))
    made.count(stocktake, (bread, 8), by="ann")
    made.reviewed(stocktake)
    progress = asked.progress(stocktake)
    assert (progress.within, progress.beyond) == (int(not beyond), int(beyond))
    assert asked.beyond_tolerance(stocktake).count() == int(beyond)

    if beyond:
        with pytest.raises(ApprovalNeedsAnother):
            made.approved(stocktake, by="mona", above=False)
        with pytest.raises(ApprovalNeedsAnother):
            made.approved(stocktake, by="ann", above=True)
        stocktake.refresh_from_db()
        assert stocktake.state == "review"
    assert made.approved(stocktake, by="mona", above=beyond).state == "approved"


def test_an_unknown_cost_is_beyond_a_tolerance_of_value(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store, tolerance=stocktakes.Tolerance(value=D(1000)))
    made.count(stocktake, (bread, 9))
    made.reviewed(stocktake)

    assert asked.progress(stocktake).beyond == asked.beyond_tolerance(stocktake).count() == 1
    assert asked.progress(stocktake).uncosted == 1


def test_progress_and_accuracy(store, bread, milk):
    wine, soap = chain.product(), chain.product()
    for each, cost in ((bread, 5), (milk, 2), (wine, 8), (soap, 1)):
        stock.received(store, each, 10, cost)
    stocktake = made.started(store, tolerance=stocktakes.Tolerance(units=D(1)))
    made.count(stocktake, (bread, 10), (milk, 11), (wine, 7))

    found = asked.progress(stocktake)

    assert (found.lines, found.counted, found.differing) == (4, 3, 2)
    assert (found.within, found.beyond, found.share) == (2, 1, D("0.75"))
    assert found.accuracy == D(2) / 3
    assert (found.variance_value, found.gross_value) == (-22, 26)
    assert [each.product_id for each in asked.by_variance(stocktake)] == [wine.pk, milk.pk]


def test_posting_twice_books_once(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 8))

    first = made.finished(stocktake)

    assert made.posted(stocktake) == first
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10), ("count", -2, 8)]
    stocktake.refresh_from_db()
    assert (stocktake.state, stocktake.version) == ("posted", 4)
    assert [each.event for each in changes_of(stocktake)] == ["start", "review", "approve", "post"]
    movement = StockMovement.objects.get(kind="count")
    assert (movement.document_kind, movement.document_ref) == ("stocktake", str(stocktake.pk))


def test_a_count_is_a_fact_whatever_was_promised_or_sold_since(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 6))
    sell(store, bread, 8)

    made.finished(stocktake)

    level = stock.level(store, bread)
    assert (level.on_hand, level.shortfall) == (-2, 2)
    assert everything_holds()


def test_cancelling_needs_a_reason_and_books_nothing(store, bread):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 6))

    with pytest.raises(ReasonMissing):
        stocktakes.cancel(stocktake_id=stocktake.pk, reason=" ")
    assert stocktakes.cancel(stocktake_id=stocktake.pk, reason="flood").state == "cancelled"

    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]
    with pytest.raises(InvalidTransition):
        made.count(stocktake, (bread, 1))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inventory_stocktakecount SET quantity = 99",
        "DELETE FROM inventory_stocktakecount",
        "UPDATE inventory_stocktake SET blind = NOT blind",
        "UPDATE inventory_stocktake SET product_ids = '{1}', kind = 'cyclic'",
        "UPDATE inventory_stocktake SET tolerance_units = 99",
        "UPDATE inventory_stocktake SET state = 'posted'",
        "UPDATE inventory_stocktakeline SET counted = 99",
        "UPDATE inventory_stocktakeline SET book = 99",
        (
            "INSERT INTO inventory_stocktakecount"
            " (line_id, round, act, kind, quantity, delta, book, position, counted_at, actor)"
            " SELECT id, 1, gen_random_uuid(), 'add', 1, 1, 0, 0, now(), 'eve'"
            " FROM inventory_stocktakeline"
        ),
    ],
)
def test_an_approved_stocktake_is_not_written_past_its_services(store, bread, statement):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 6))
    made.reviewed(stocktake)
    made.approved(stocktake)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert StocktakeCount.objects.count() == 1
    assert made.line_of(stocktake, bread).counted == 6


def test_a_large_stocktake_takes_the_same_few_statements(store):
    def statements(products):
        for each in products:
            stock.received(store, each, 2)
        stocktake = made.scheduled(store)
        with CaptureQueriesContext(
            connection,
        ) as asked_for:
            stocktakes.start(stocktake_id=stocktake.pk, now=NOON)
            made.count(stocktake, *((each, 1) for each in products))
            made.finished(stocktake)
        return len(asked_for)

    few = statements([chain.product() for _each in range(2)])
    many = statements([chain.product() for _each in range(20)])

    assert few == many
    assert StocktakeLine.objects.count() == 2 + 22


@pytest.mark.django_db(transaction=True)
def test_a_sale_under_way_is_waited_for_by_who_counts():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 10)
    stocktake = made.started(store)

    outcome = run_behind(lambda: sell(store, bread, 3), lambda: made.count(stocktake, (bread, 7)))

    outcome.result()
    assert made.line_of(stocktake, bread).variance == 0


@pytest.mark.django_db(transaction=True)
def test_a_sale_waits_for_the_count_and_the_posting_and_the_stock_is_right():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 10)
    stocktake = made.started(store)

    run_behind(lambda: made.count(stocktake, (bread, 8)), lambda: sell(store, bread, 1)).result()
    assert made.line_of(stocktake, bread).variance == -2
    made.reviewed(stocktake)
    made.approved(stocktake)
    run_behind(lambda: made.posted(stocktake), lambda: sell(store, bread, 1)).result()

    assert stock.ledger_of(store, bread) == [
        ("receipt", 10, 10), ("sale", -1, 9), ("count", -2, 7), ("sale", -1, 6)
    ]  # fmt: skip
    assert everything_holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seen", [9, 10])
@pytest.mark.parametrize("posts_first", [True, False])
def test_a_late_sale_and_the_posting_at_once_take_it_off_once(posts_first, seen):
    """10 in the books, one sold before the scan: on the shelf it is gone, or was found again."""
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, seen))
    made.reviewed(stocktake)
    made.approved(stocktake)
    acts = [lambda: made.posted(stocktake), lambda: told_late(store, bread, -1)]

    run_behind(*(acts if posts_first else reversed(acts))).result()

    assert stock.level(store, bread).on_hand == seen
    assert everything_holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["recount", "cancel"])
def test_lines_told_late_and_a_step_of_their_count_at_once_are_no_deadlock(step):
    store, bread, milk = chain.store(), chain.product(), chain.product()
    for each in (bread, milk):
        stock.received(store, each, 10)
    stocktake = made.started(store)
    for each in (milk, bread):  # who was counted last stands last in the table
        made.count(stocktake, (each, 9))
    made.reviewed(stocktake)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE inventory_stocktakeline")  # few rows are read as they stand
    lines = list(stocktake.lines.values_list("pk", flat=True))
    steps = {
        "recount": lambda: stocktakes.recount(stocktake_id=stocktake.pk, line_ids=lines),
        "cancel": lambda: stocktakes.cancel(stocktake_id=stocktake.pk, reason="too late"),
    }

    outcome = run_behind(
        lambda: told_late(store, bread, -1),
        steps[step],
        then=lambda: told_late(store, milk, -1),
    )

    outcome.result()
    assert [stock.level(store, each).on_hand for each in (bread, milk)] == [9, 9]
    assert everything_holds()


@pytest.mark.django_db(transaction=True)
def test_two_who_scan_the_same_at_once_add_up():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 10)
    stocktake = made.started(store)

    run_behind(
        lambda: made.count(stocktake, (bread, 2), by="ann"),
        lambda: made.count(stocktake, (bread, 3), by="bob"),
    ).result()

    assert made.line_of(stocktake, bread).counted == 5


@pytest.mark.django_db(transaction=True)
def test_a_scan_that_comes_after_the_end_of_the_counting_is_refused():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 2))

    outcome = run_behind(
        lambda: made.reviewed(stocktake), lambda: made.count(stocktake, (bread, 3))
    )

    assert isinstance(outcome.exception(), InvalidTransition)
    assert made.line_of(stocktake, bread).counted == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_post_at_once_book_once():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 8))
    made.reviewed(stocktake)
    made.approved(stocktake)

    outcome = run_behind(lambda: made.posted(stocktake), lambda: made.posted(stocktake))

    assert outcome.result()[0].quantity == -2
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10), ("count", -2, 8)]


def lived_through(store, stocktake, shelf, chance):
    """Forty things that happen: a sale, a receipt, a look at the shelf."""
    for _step in range(40):
        product = chance.choice(list(shelf))
        quantity = chance.choice([-2, -1, 3])
        if chance.random() < 0.6 and shelf[product] + quantity >= 0:
            kind = MovementKind.SALE if quantity < 0 else MovementKind.RECEIPT
            stock.book(kind, (store, product, quantity, 3))
            shelf[product] += quantity
        else:
            made.count(stocktake, (product, shelf[product]), kind=CountKind.SET)


@pytest.mark.parametrize("seed", range(12))
def test_in_whatever_order_things_happen_the_books_end_as_the_shelf(store, seed):
    chance = random.Random(seed)
    products = [chain.product() for _each in range(4)]
    for each in products:
        stock.received(store, each, 20, 3)
    vanished = {each: chance.randrange(4) for each in products}
    shelf = {each: D(20) - vanished[each] for each in products}
    stocktake = made.started(store)

    lived_through(store, stocktake, shelf, chance)

    for line in stocktake.lines.filter(counted__isnull=False):
        moves = StockMovement.objects.filter(
            store=store, product=line.product,
            position__gt=line.snapshot_position, position__lte=line.count_position,
        )  # fmt: skip
        assert line.book == line.snapshot + sum(moves.values_list("quantity", flat=True))
    booked = made.finished(stocktake)
    counted = [each.product for each in stocktake.lines.filter(counted__isnull=False)]
    assert sum(each.quantity for each in booked) == -sum(vanished[each] for each in counted)
    assert {each: stock.level(store, each).on_hand for each in counted} == {
        each: shelf[each] for each in counted
    }
    assert everything_holds()


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        ("UPDATE inventory_stocktakeline SET counted = 99", "inventory/count-is-its-scans"),
        ("UPDATE inventory_stocktakeline SET book = 99", "inventory/count-knows-its-books"),
        (
            (
                "INSERT INTO inventory_stockmovement"
                " (posting, kind, store_id, product_id, quantity, document_kind, document_ref)"
                " SELECT gen_random_uuid(), 'count', store_id, product_id, -1, 'stocktake',"
                " stocktake_id::text FROM inventory_stocktakeline"
            ),
            "inventory/stocktake-is-its-movements",
        ),
    ],
)
def test_the_doctor_finds_what_does_not_add_up(store, bread, wrong, law):
    stock.received(store, bread, 10)
    stocktake = made.started(store)
    made.count(stocktake, (bread, 8))
    assert everything_holds()

    with connection.cursor() as cursor:
        cursor.execute(wrong)

    assert law in [found.invariant.code for found in examined() if found.broken]

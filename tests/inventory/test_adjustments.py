"""Single acts on the stock, and what they cost."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from epm.platform.transitions import ReasonMissing
from inventory.models import MovementKind, StockAdjustment, StockMovement, UnavailableReason
from inventory.selectors import shrink as asked
from inventory.services import adjustments
from inventory.services.adjustments import Act, Amount, NothingToAdjust, NotReversible
from inventory.services.stock_refusals import (
    InsufficientStock,
    MoreThanUnavailable,
    PostingReused,
)
from tests.concurrency import run_behind
from tests.factories import chain, stock
from tests.factories import stocktakes as made
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db
D = Decimal
DAMAGED = UnavailableReason.DAMAGED


@pytest.fixture
def bread(store):
    product = chain.product()
    stock.received(store, product, 10, 4)
    return product


def act(store, *, posting=None, note="", at=NOON):
    return Act(store.pk, posting or uuid4(), "ann", at, note)


def amounts(*pairs):
    return [Amount(product.pk, D(str(quantity))) for product, quantity in pairs]


def scrapped(store, product, quantity, *, cause=MovementKind.DAMAGE, **how):
    return adjustments.scrap(act=act(store), cause=cause, lines=amounts((product, quantity)), **how)


def reversed_(adjustment, *, posting=None, note="a mistake"):
    return adjustments.reverse(
        adjustment_id=adjustment.pk, posting=posting or uuid4(), by="bob", at=NOON, note=note
    )


def test_an_adjustment_is_a_numbered_document_that_says_why_and_by_whom(store, bread):
    document = adjustments.adjust(act=act(store, note="typing error"), lines=amounts((bread, -3)))

    movement = StockMovement.objects.get(kind="adjustment")
    assert (movement.quantity, movement.value, movement.note) == (-3, -12, "typing error")
    assert (movement.document_kind, movement.document_ref) == ("adjustment", str(document.pk))
    assert (document.kind, document.note, document.actor) == ("adjustment", "typing error", "ann")
    line = document.lines.get()
    assert (line.product, line.quantity, line.unit_cost, line.value) == (bread, -3, 4, -12)
    assert stock.level(store, bread).on_hand == 7


def test_an_adjustment_without_a_reason_is_refused(store, bread):
    with pytest.raises(ReasonMissing):
        adjustments.adjust(act=act(store, note="  "), lines=amounts((bread, -3)))

    assert StockAdjustment.objects.count() == 0
    assert stock.level(store, bread).on_hand == 10


@pytest.mark.parametrize("quantities", [[], ["0"]])
def test_an_adjustment_of_nothing_is_refused(store, bread, quantities):
    with pytest.raises(NothingToAdjust):
        adjustments.adjust(
            act=act(store, note="why"), lines=amounts(*((bread, each) for each in quantities))
        )

    assert StockAdjustment.objects.count() == 0


def test_what_is_refused_leaves_no_document(store, bread):
    with pytest.raises(InsufficientStock):
        adjustments.adjust(act=act(store, note="why"), lines=amounts((bread, -11)))
    with pytest.raises(MoreThanUnavailable):
        scrapped(store, bread, 1, unavailable_for=DAMAGED)
    with pytest.raises(NothingToAdjust):
        scrapped(store, bread, -1)

    assert StockAdjustment.objects.count() == 0
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]


def test_the_same_adjustment_sent_again_is_the_same_document(store, bread):
    key = uuid4()
    lines = amounts((bread, 2))
    first = adjustments.adjust(act=act(store, posting=key, note="found"), lines=lines)

    assert adjustments.adjust(act=act(store, posting=key, note="found"), lines=lines) == first
    with pytest.raises(PostingReused):
        adjustments.adjust(act=act(store, posting=key, note="found"), lines=amounts((bread, 3)))
    with pytest.raises(PostingReused):
        adjustments.adjust(act=act(chain.store(), posting=key, note="found"), lines=lines)

    assert stock.level(store, bread).on_hand == 12
    assert first.lines.count() == 1


def test_goods_go_out_of_sale_and_back_by_reason(store, bread):
    four = amounts((bread, 4))
    adjustments.mark_unavailable(act=act(store), reason=DAMAGED, lines=four)
    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable) == (10, 4)

    adjustments.make_available(act=act(store), reason=DAMAGED, lines=amounts((bread, 1)))

    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable) == (10, 3)
    with pytest.raises(MoreThanUnavailable):
        adjustments.make_available(act=act(store), reason=DAMAGED, lines=four)
    with pytest.raises(InsufficientStock):
        adjustments.mark_unavailable(
            act=act(store), reason=UnavailableReason.DISPLAY, lines=amounts((bread, 8))
        )
    assert StockAdjustment.objects.count() == 2


def test_damaged_goods_are_written_off_from_what_is_out_of_sale(store, bread):
    adjustments.mark_unavailable(act=act(store), reason=DAMAGED, lines=amounts((bread, 4)))

    scrapped(store, bread, 3, unavailable_for=DAMAGED)

    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable, level.value) == (7, 1, 28)
    assert everything_holds()


def test_a_reversal_brings_back_what_left_at_what_it_was_worth(store, bread):
    adjustments.mark_unavailable(act=act(store), reason=DAMAGED, lines=amounts((bread, 4)))
    wrong = scrapped(store, bread, 3, unavailable_for=DAMAGED)
    stock.received(store, bread, 7, 8)  # the average is another one now
    key = uuid4()

    back = reversed_(wrong, posting=key)

    assert (back.kind, back.reverses, back.actor) == (wrong.kind, wrong, "bob")
    level = stock.level(store, bread)
    assert (level.on_hand, level.unavailable, level.value) == (17, 4, 96)
    assert reversed_(wrong, posting=key) == back
    with pytest.raises(NotReversible):
        reversed_(wrong)
    with pytest.raises(NotReversible):
        reversed_(back)
    assert StockAdjustment.objects.count() == 3
    assert everything_holds()


def test_what_an_adjustment_brought_in_leaves_at_what_it_was_worth(store, bread):
    """10 at 4.00 and 2 more by mistake; the average is 34.00 when that is found out."""
    wrong = adjustments.adjust(act=act(store, note="miscounted"), lines=amounts((bread, 2)))
    stock.received(store, bread, 12, 64)

    back = reversed_(wrong)

    assert back.lines.get().value == -8
    level = stock.level(store, bread)
    assert (level.on_hand, level.value, level.average_cost) == (22, 808, D("36.727273"))
    assert everything_holds()


def test_it_leaves_at_the_average_where_that_value_is_gone(store, bread):
    wrong = adjustments.adjust(act=act(store, note="miscounted"), lines=amounts((bread, 2)))
    stock.book(MovementKind.SALE, (store, bread, -12))
    stock.received(store, bread, 3, 1)

    assert reversed_(wrong).lines.get().value == -2

    assert stock.level(store, bread).value == 1
    assert everything_holds()


def test_a_change_of_availability_is_reversed_as_one(store, bread):
    wrong = adjustments.mark_unavailable(act=act(store), reason=DAMAGED, lines=amounts((bread, 4)))

    assert reversed_(wrong).kind == "status"

    assert stock.level(store, bread).unavailable == 0
    assert everything_holds()


def test_a_reversal_says_why(store, bread):
    wrong = scrapped(store, bread, 3)

    with pytest.raises(ReasonMissing):
        reversed_(wrong, note=" ")

    assert stock.level(store, bread).on_hand == 7


@pytest.mark.parametrize("table", ["stockadjustment", "stockadjustmentline"])
@pytest.mark.parametrize(
    "statement", ["UPDATE inventory_{} SET id = id", "DELETE FROM inventory_{}"]
)
def test_adjustments_are_never_edited(store, bread, table, statement):
    scrapped(store, bread, 3)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))

    assert StockAdjustment.objects.get().lines.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_adjustment_twice_at_once_is_booked_once():
    store, bread = chain.store(), chain.product()
    key = uuid4()

    def adjust():
        return adjustments.adjust(
            act=act(store, posting=key, note="found"), lines=amounts((bread, 2))
        )

    outcome = run_behind(adjust, adjust)

    assert outcome.result() == StockAdjustment.objects.get()
    assert stock.level(store, bread).on_hand == 2


def told(principal, **how):
    how = {"first": NOON.date(), "last": NOON.date(), **how}
    found = asked.shrink(principal=principal, **how)
    return [(each.store_id, each.cause, each.quantity, each.value) for each in found]


def test_shrink_is_positive_by_store_and_cause_known_and_unknown(store, bread):
    """Of 10 at 4.00: 1 damaged, 2 stolen, 1 scrapped by mistake; counted 5 where 7 should be."""
    everyone = chain.person(whole_chain=True)
    scrapped(store, bread, 1)
    scrapped(store, bread, 2, cause=MovementKind.THEFT)
    reversed_(scrapped(store, bread, 1, cause=MovementKind.EXPIRY))
    stocktake = made.started(store)
    made.count(stocktake, (bread, 5))
    made.finished(stocktake)
    adjustments.adjust(act=act(store, note="typing error"), lines=amounts((bread, -1)))
    stock.book(MovementKind.SALE, (store, bread, -1))

    assert told(everyone) == [
        (store.pk, "count", 2, 8),
        (store.pk, "damage", 1, 4),
        (store.pk, "expiry", 0, 0),
        (store.pk, "theft", 2, 8),
    ]
    assert [
        each.known for each in asked.shrink(principal=everyone, first=NOON.date(), last=NOON.date())
    ] == [False, True, True, True]
    yesterday = NOON.date() - timedelta(days=1)
    assert told(everyone, first=yesterday, last=yesterday) == []


def test_shrink_of_unknown_cost_is_unknown(store):
    milk = chain.product()
    stock.received(store, milk, 5)
    scrapped(store, milk, 2)

    assert told(chain.person(whole_chain=True)) == [(store.pk, "damage", 2, None)]


def test_what_a_count_finds_too_much_is_negative_shrink(store, bread):
    stocktake = made.started(store)
    made.count(stocktake, (bread, 11))
    made.finished(stocktake)

    assert told(chain.person(whole_chain=True)) == [(store.pk, "count", -1, -4)]


def test_shrink_of_other_stores_is_absent(store, bread):
    scrapped(store, bread, 1)
    elsewhere = chain.store()

    assert told(chain.person(stores=[elsewhere])) == []
    assert told(chain.person(stores=[elsewhere]), store_ids=[store.pk]) == []
    assert len(told(chain.person(stores=[store]), store_ids=[store.pk])) == 1

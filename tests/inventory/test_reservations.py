"""Goods promised: held, extended, committed, handed over, let go, and over by the clock."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from epm.access.selectors.scope import EVERYTHING
from inventory.models import MovementKind, Reservation, StockMovement, UnavailableReason
from inventory.selectors.stock import availability
from inventory.services import reservations
from inventory.services.movements import Document, Move
from inventory.services.reservations import NoSuchHold
from inventory.services.stock_refusals import (
    HoldEnded,
    HoldExtendedEnough,
    HoldKeyReused,
    HoldQuotaExceeded,
    InsufficientStock,
    PostingReused,
)
from tests.concurrency import run_behind
from tests.factories import chain, stock
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db
D = Decimal
ORDER = Document("order", "1")


class Everybody:
    is_authenticated = True
    scope = EVERYTHING


@pytest.fixture
def bread(store):
    product = chain.product()
    stock.received(store, product, 10, 2)
    return product


def available(product):
    return [each.available for each in availability(product_ids=[product.pk], principal=Everybody)]


def states(basket):
    lines = Reservation.objects.filter(basket=basket).order_by("product")
    return list(lines.values_list("state", "quantity", "consumed"))


def test_a_hold_takes_from_what_is_available_and_not_from_what_is_there(store, bread):
    stock.hold(store, (bread, 4))

    assert (stock.level(store, bread).on_hand, stock.level(store, bread).reserved) == (10, 4)
    assert available(bread) == [6]
    assert everything_holds()


def test_lines_of_one_product_are_added_up_first(store, bread):
    basket = stock.hold(store, (bread, 4), (bread, 3))
    assert states(basket) == [("active", 7, 0)]

    with pytest.raises(InsufficientStock) as refused, transaction.atomic():
        stock.hold(store, (bread, 2), (bread, 2))

    assert refused.value.facts["lines"][0]["asked"] == "4"
    assert refused.value.facts["lines"][0]["available"] == "3.000"


def test_a_basket_is_held_whole_or_not_at_all_and_every_short_line_is_named(store, bread):
    milk, salt = chain.product(), chain.product()
    stock.received(store, milk, 1)

    with pytest.raises(InsufficientStock) as refused, transaction.atomic():
        stock.hold(store, (bread, 1), (milk, 2), (salt, 1))

    assert [
        (line["product"], line["asked"], line["available"]) for line in refused.value.facts["lines"]
    ] == [(str(milk.pk), "2", "1.000"), (str(salt.pk), "1", "0")]
    assert not Reservation.objects.exists()
    assert stock.level(store, bread).reserved == 0


def test_the_same_basket_again_is_the_same_hold_and_another_content_is_refused(store, bread):
    basket = stock.hold(store, (bread, 4))
    stock.hold(store, (bread, 1), (bread, 3), basket=basket)
    assert stock.level(store, bread).reserved == 4

    for other in ({"lines": [(bread, 5)]}, {"lines": [(bread, 4)], "holder": "another"}):
        with pytest.raises(HoldKeyReused), transaction.atomic():
            stock.hold(store, *other.pop("lines"), basket=basket, **other)
    assert stock.level(store, bread).reserved == 4


def test_an_expired_hold_counts_nowhere_though_nobody_swept_it(store, bread):
    stock.hold(store, (bread, 10), seconds=0)
    assert stock.level(store, bread).reserved == 10
    assert available(bread) == [10]

    basket = stock.hold(store, (bread, 8))

    assert stock.level(store, bread).reserved == 8
    assert states(basket) == [("active", 8, 0)]
    assert everything_holds()


def test_an_expired_hold_is_in_the_way_of_no_sale_either(store, bread):
    basket = stock.hold(store, (bread, 10), seconds=0)

    stock.book(MovementKind.SALE, (store, bread, -10))

    assert states(basket) == [("expired", 10, 0)]
    assert everything_holds()


def test_a_running_hold_is_in_the_way_of_a_sale(store, bread):
    stock.hold(store, (bread, 8))

    with pytest.raises(InsufficientStock), transaction.atomic():
        stock.book(MovementKind.SALE, (store, bread, -3))

    assert stock.level(store, bread).on_hand == 10


@pytest.mark.parametrize(
    "step",
    [
        lambda basket: reservations.extend(basket=basket, holder="till"),
        lambda basket: reservations.commit(basket=basket, holder="till", document=ORDER),
        lambda basket: reservations.consume(
            basket=basket, holder="till", posting=uuid4(), document=ORDER, at=NOON
        ),
    ],
    ids=["extend", "commit", "consume"],
)
def test_nothing_brings_an_expired_hold_back(store, bread, step):
    basket = stock.hold(store, (bread, 1), seconds=0)

    with pytest.raises(HoldEnded), transaction.atomic():
        step(basket)

    assert states(basket) == [("active", 1, 0)]
    assert stock.level(store, bread).on_hand == 10


def test_a_hold_is_extended_three_times(store, bread):
    basket = stock.hold(store, (bread, 1), seconds=60)
    for _each in range(3):
        (line,) = reservations.extend(basket=basket, holder="till", seconds=600)
    assert line.expires_at - line.held_at > timedelta(seconds=599)

    with pytest.raises(HoldExtendedEnough), transaction.atomic():
        reservations.extend(basket=basket, holder="till")


def test_a_hold_is_never_extended_beyond_an_hour(store, bread):
    basket = stock.hold(store, (bread, 1))

    with pytest.raises(HoldExtendedEnough), transaction.atomic():
        reservations.extend(basket=basket, holder="till", seconds=3700)
    with pytest.raises(HoldExtendedEnough), transaction.atomic():
        stock.hold(store, (bread, 1), seconds=3700)


def test_a_committed_basket_waits_without_end_and_is_handed_over_in_parts(store, bread):
    milk = chain.product()
    stock.received(store, milk, 5)
    basket = stock.hold(store, (bread, 4), (milk, 1))
    reservations.commit(basket=basket, holder="till", document=ORDER)
    assert {line.expires_at for line in Reservation.objects.all()} == {None}

    first, second = uuid4(), uuid4()
    part = {bread.pk: D(3)}
    for _again in range(2):
        (posted,) = reservations.consume(
            basket=basket, holder="till", posting=first, document=ORDER, at=NOON, quantities=part
        )
        assert (posted.quantity, posted.unit_cost, posted.balance) == (D(-3), D(2), D(7))
    level = stock.level(store, bread)
    assert (level.on_hand, level.reserved) == (7, 1)

    reservations.consume(basket=basket, holder="till", posting=second, document=ORDER, at=NOON)

    assert states(basket) == [("consumed", 4, 4), ("consumed", 1, 1)]
    assert [stock.level(store, each).on_hand for each in (bread, milk)] == [6, 4]
    assert [stock.level(store, each).reserved for each in (bread, milk)] == [0, 0]
    with pytest.raises(HoldEnded), transaction.atomic():
        reservations.consume(basket=basket, holder="till", posting=uuid4(), document=ORDER, at=NOON)
    assert everything_holds()


def handed_over(basket, posting=None, **what):
    return reservations.consume(
        basket=basket, holder="till", posting=posting or uuid4(), document=ORDER, at=NOON, **what
    )


def test_what_is_left_of_a_promise_is_handed_over_though_some_of_it_broke(store, bread):
    basket = stock.hold(store, (bread, 10))
    stock.book(MovementKind.DAMAGE, (store, bread, -2))
    with pytest.raises(InsufficientStock), transaction.atomic():
        handed_over(basket)
    with pytest.raises(InsufficientStock), transaction.atomic():
        handed_over(basket, quantities={bread.pk: D(9)})

    handed_over(basket, quantities={bread.pk: D(8)})

    level = stock.level(store, bread)
    assert (level.on_hand, level.reserved, level.shortfall) == (0, 2, 2)
    assert everything_holds()


def test_what_is_out_of_sale_is_not_handed_over(store, bread):
    basket = stock.hold(store, (bread, 10))
    broken = Move(store.pk, bread.pk, blocked=D(8), reason=UnavailableReason.DAMAGED)
    stock.book(MovementKind.STATUS, broken)

    with pytest.raises(InsufficientStock), transaction.atomic():
        handed_over(basket, quantities={bread.pk: D(3)})
    handed_over(basket, quantities={bread.pk: D(2)})

    level = stock.level(store, bread)
    assert (level.on_hand, level.reserved, level.shortfall) == (8, 8, 8)
    assert everything_holds()


@pytest.mark.parametrize("others", [0, 3])
def test_what_a_hold_that_is_over_was_short_of_is_nothing_to_go_short_by(store, bread, others):
    over = stock.hold(store, (bread, 10 - others))
    if others:
        stock.hold(store, (bread, others))
    stock.book(MovementKind.DAMAGE, (store, bread, -2))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inventory_reservation SET expires_at = clock_timestamp() WHERE basket = %s",
            [over],
        )

    with pytest.raises(InsufficientStock), transaction.atomic():
        stock.book(MovementKind.SALE, (store, bread, others - 10))

    stock.book(MovementKind.SALE, (store, bread, others - 8))
    level = stock.level(store, bread)
    assert (level.on_hand, level.reserved, level.shortfall) == (others, others, 0)
    assert everything_holds()


def test_a_basket_is_committed_to_one_order_and_again_to_that_one_only(store, bread):
    basket = stock.hold(store, (bread, 4))
    for _again in range(2):
        reservations.commit(basket=basket, holder="till", document=ORDER)

    with pytest.raises(HoldEnded), transaction.atomic():
        reservations.commit(basket=basket, holder="till", document=Document("order", "2"))

    handed_over(basket)
    (line,) = reservations.commit(basket=basket, holder="till", document=ORDER)
    assert (line.state, line.document_ref) == ("consumed", "1")


def test_what_was_committed_to_an_order_leaves_for_that_order(store, bread):
    basket = stock.hold(store, (bread, 4))
    reservations.commit(basket=basket, holder="till", document=ORDER)

    reservations.consume(
        basket=basket, holder="till", posting=uuid4(), document=Document("ticket", "9"), at=NOON
    )

    assert StockMovement.objects.get(kind="sale").document_ref == "1"
    assert everything_holds()


def test_a_basket_that_was_handed_over_in_part_is_given_to_no_order(store, bread):
    basket = stock.hold(store, (bread, 4))
    handed_over(basket, quantities={bread.pk: D(1)})

    with pytest.raises(HoldEnded), transaction.atomic():
        reservations.commit(basket=basket, holder="till", document=Document("order", "2"))

    assert states(basket) == [("active", 4, 1)]
    assert everything_holds()


def test_the_key_of_a_hand_over_is_of_one_basket_and_one_content(store, bread):
    first, other = stock.hold(store, (bread, 4)), stock.hold(store, (bread, 4))
    milk = chain.product()
    stock.received(store, milk, 1)
    third = stock.hold(store, (milk, 1))
    act = uuid4()
    handed_over(first, act, quantities={bread.pk: D(1)})

    for basket, what in ((third, {}), (other, {"quantities": {bread.pk: D(2)}})):
        with pytest.raises(PostingReused), transaction.atomic():
            handed_over(basket, act, **what)
    assert stock.level(store, bread).on_hand == 9


def test_more_than_is_kept_back_is_not_handed_over(store, bread):
    basket = stock.hold(store, (bread, 4))

    with pytest.raises(HoldEnded), transaction.atomic():
        reservations.consume(
            basket=basket, holder="till", posting=uuid4(), document=ORDER, at=NOON,
            quantities={bread.pk: D(5)},
        )  # fmt: skip

    assert (stock.level(store, bread).on_hand, stock.level(store, bread).reserved) == (10, 4)


@pytest.mark.parametrize("quantities", [None, 3])
@pytest.mark.parametrize("other", ["kind", "store", "product", "quantity", "basket"])
def test_a_posting_of_something_else_is_no_proof_of_a_hand_over(store, bread, other, quantities):
    """Nor is one of the same goods, while the basket still keeps them back."""
    milk, elsewhere = chain.product(), chain.store()
    stock.received(store, milk, 9)
    stock.received(elsewhere, bread, 9)
    posting, basket = uuid4(), stock.hold(store, (bread, 4))
    stock.book(
        MovementKind.LOSS if other == "kind" else MovementKind.SALE,
        (
            elsewhere if other == "store" else store,
            milk if other == "product" else bread,
            -5 if other == "quantity" else -3,
        ),
        posting=posting,
    )
    before = stock.ledger_of(store, bread)

    with pytest.raises(PostingReused), transaction.atomic():
        reservations.consume(
            basket=basket, holder="till", posting=posting, document=ORDER, at=NOON,
            quantities=quantities and {bread.pk: D(quantities)},
        )  # fmt: skip

    assert states(basket) == [("active", 4, 0)]
    assert stock.ledger_of(store, bread) == before


@pytest.mark.parametrize("committed", [False, True])
def test_what_is_let_go_is_available_again_and_stays_gone(store, bread, committed):
    basket = stock.hold(store, (bread, 4))
    if committed:
        reservations.commit(basket=basket, holder="till", document=ORDER)

    for _again in range(2):
        (line,) = reservations.release(basket=basket, holder="till")
        assert line.state == "released"

    assert stock.level(store, bread).reserved == 0
    with pytest.raises(HoldEnded), transaction.atomic():
        reservations.commit(basket=basket, holder="till", document=ORDER)


def test_nobody_else_touches_a_basket(store, bread):
    basket = stock.hold(store, (bread, 4))

    with pytest.raises(NoSuchHold):
        reservations.release(basket=basket, holder="another")

    assert states(basket) == [("active", 4, 0)]


def test_one_holder_cannot_starve_the_shelf(store, bread):
    for _each in range(3):
        stock.hold(store, (bread, 1), quota=3)

    with pytest.raises(HoldQuotaExceeded), transaction.atomic():
        stock.hold(store, (bread, 1), quota=3)
    assert stock.level(store, bread).reserved == 3
    stock.hold(store, (bread, 1), quota=3, holder="another")


def test_expired_holds_do_not_count_against_a_holder(store, bread):
    for _each in range(3):
        stock.hold(store, (bread, 1), seconds=0)

    stock.hold(store, (bread, 1), quota=3)


def test_a_sweep_puts_down_what_is_over(store, bread):
    basket = stock.hold(store, (bread, 4), seconds=0)
    running = stock.hold(store, (bread, 1))

    assert (reservations.sweep(), reservations.sweep()) == (1, 0)

    assert (states(basket), states(running)) == ([("expired", 4, 0)], [("active", 1, 0)])
    assert stock.level(store, bread).reserved == 1


ALLOWED = {
    ("active", "active"), ("active", "committed"), ("active", "consumed"), ("active", "released"),
    ("active", "expired"), ("committed", "committed"), ("committed", "consumed"),
    ("committed", "released"),
}  # fmt: skip
STATES = ("active", "committed", "consumed", "released", "expired")


@pytest.mark.parametrize("target", STATES)
@pytest.mark.parametrize("source", STATES)
def test_every_step_that_the_machine_does_not_know_is_refused_by_the_database(
    store, bread, source, target
):
    basket = stock.hold(store, (bread, 1))
    force = (
        "UPDATE inventory_reservation SET state = %s, consumed = CASE WHEN %s THEN 1 ELSE 0 END,"
        " closed_at = CASE WHEN %s THEN now() END WHERE basket = %s"
    )

    def put(state):
        over = state in ("consumed", "released", "expired")
        with connection.cursor() as cursor:
            cursor.execute(force, [state, state == "consumed", over, basket])

    if source != "active":
        put(source)
    if (source, target) in ALLOWED:
        put(target)
    else:
        with pytest.raises(IntegrityError), transaction.atomic():
            put(target)
        assert states(basket)[0][0] == source


@pytest.mark.django_db(transaction=True)
def test_two_baskets_never_get_the_same_last_unit():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 1)

    outcome = run_behind(
        lambda: stock.hold(store, (bread, 1)), lambda: stock.hold(store, (bread, 1))
    )

    assert isinstance(outcome.exception(), InsufficientStock)
    assert stock.level(store, bread).reserved == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_guarded_update_both_would_get_it():
    """The control: read, then write what was read, and the same race oversells the unit."""
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 1)
    _careless_reserve()
    try:
        outcome = run_behind(
            lambda: stock.hold(store, (bread, 1)), lambda: stock.hold(store, (bread, 1))
        )
        assert outcome.exception() is None
        assert Reservation.objects.count() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER careless ON inventory_reservation")
            cursor.execute("ALTER TABLE inventory_reservation ENABLE TRIGGER reservation_takes")
            cursor.execute("ALTER TABLE inventory_stocklevel"
                           " ENABLE TRIGGER stock_level_follows_its_ledger")  # fmt: skip


def _careless_reserve():
    """What a writer without lock or condition does, between whose read and write we stand."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_reservation DISABLE TRIGGER reservation_takes")
        cursor.execute(
            """
            CREATE OR REPLACE FUNCTION inventory_careless() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE free numeric;
            BEGIN
                SELECT on_hand - reserved INTO free FROM inventory_stocklevel
                WHERE store_id = NEW.store_id AND product_id = NEW.product_id;
                IF free < NEW.quantity THEN
                    RAISE EXCEPTION 'short' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'stock_level_never_oversold';
                END IF;
                UPDATE inventory_stocklevel SET reserved = on_hand - free + NEW.quantity
                WHERE store_id = NEW.store_id AND product_id = NEW.product_id;
                RETURN NEW;
            END $$;
            CREATE TRIGGER careless BEFORE INSERT ON inventory_reservation
                FOR EACH ROW EXECUTE FUNCTION inventory_careless()
            """
        )


@pytest.mark.django_db(transaction=True)
def test_the_same_basket_twice_at_once_is_held_once():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 5)
    basket = uuid4()

    outcome = run_behind(
        lambda: stock.hold(store, (bread, 3), basket=basket),
        lambda: stock.hold(store, (bread, 3), basket=basket),
    )

    assert outcome.exception() is None
    assert stock.level(store, bread).reserved == 3


@pytest.mark.django_db(transaction=True)
def test_a_commit_behind_whoever_took_an_expired_hold_finds_it_over():
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 1)
    late = stock.hold(store, (bread, 1), seconds=0)

    outcome = run_behind(
        lambda: stock.hold(store, (bread, 1)),
        lambda: reservations.commit(basket=late, holder="till", document=ORDER),
    )

    assert isinstance(outcome.exception(), HoldEnded)
    assert stock.level(store, bread).reserved == 1

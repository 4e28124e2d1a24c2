"""Proving the stock, and putting projections right."""

from decimal import Decimal

import pytest
from django.db import connection

from epm.platform.invariants import examined
from inventory.models import MovementKind, StockMovement, StockRepair
from inventory.selectors.proof import broken_levels, prove
from inventory.services import levels
from tests.factories import chain, stock

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def store():
    return chain.store(code="PARIS")


@pytest.fixture
def bread(store):
    product = chain.product(sku="BREAD")
    stock.book(MovementKind.OPENING, (store, product, 10, 2))
    stock.book(MovementKind.SALE, (store, product, -3))
    stock.book(MovementKind.SALE, (store, product, -2))
    stock.book(MovementKind.RECEIPT, (store, product, 4, 3))
    return product


def by_force(statement, *words):
    """As somebody who switched the guards off would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE inventory_stockmovement DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE inventory_stocklevel DISABLE TRIGGER USER")
        cursor.execute(statement, words)
        cursor.execute("ALTER TABLE inventory_stocklevel ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE inventory_stockmovement ENABLE TRIGGER USER")


def doctor_says():
    return {f.invariant.code: f.first for f in examined() if f.broken}


def test_a_sound_level_is_proved_by_its_sums(store, bread):
    proof = prove(store_id=store.pk, product_id=bread.pk)

    assert proof.holds
    assert (proof.opening, proof.movements, proof.sum_quantity, proof.on_hand) == (10, 4, 9, 9)
    assert proof.sum_value == proof.value == D(22)
    assert broken_levels() == []


def test_a_product_a_store_never_had_has_no_proof(store):
    assert prove(store_id=store.pk, product_id=chain.product().pk) is None


def test_a_row_changed_by_force_is_named(store, bread):
    second = StockMovement.objects.get(position=2)
    by_force("UPDATE inventory_stockmovement SET quantity = -1 WHERE id = %s", second.pk)

    proof = prove(store_id=store.pk, product_id=bread.pk)

    assert (proof.holds, proof.bad_id, proof.bad_position) == (False, second.pk, 2)
    assert proof.wrong == "balance 7.000, should be 9.000"
    assert doctor_says()["inventory/stock-is-its-movements"] == (
        f"BREAD in PARIS: movement {second.pk} (number 2): balance 7.000, should be 9.000"
    )


def test_two_wrong_rows_that_cancel_out_are_found(store, bread):
    for position, quantity in ((2, -2), (3, -3)):
        by_force(
            "UPDATE inventory_stockmovement SET quantity = %s WHERE position = %s",
            quantity,
            position,
        )

    assert [level[1:] for level in broken_levels()] == [(store.pk, bread.pk)]
    assert prove(store_id=store.pk, product_id=bread.pk).bad_position == 2


def test_rows_that_do_not_go_on_are_found_though_their_sums_are_right(store, bread):
    by_force(
        "UPDATE inventory_stockmovement SET balance = balance + CASE position WHEN 2 THEN 1"
        " ELSE -1 END WHERE position IN (2, 3)"
    )

    assert [level[1:] for level in broken_levels()] == [(store.pk, bread.pk)]
    assert "movement" in doctor_says()["inventory/stock-is-its-movements"]
    assert prove(store_id=store.pk, product_id=bread.pk).bad_position == 2


@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE inventory_stockmovement SET value = -value, worth = -worth WHERE position = 1",
        "UPDATE inventory_stocklevel SET value = -value",
        "UPDATE inventory_stocklevel SET value = value * 10000",
        "UPDATE inventory_stocklevel SET on_hand = -on_hand, shortfall = on_hand",
    ],
)
def test_a_mark_knows_the_sign_and_the_size_of_a_number(store, bread, lie):
    milk = chain.product(sku="MILK")
    stock.received(store, milk, 1, 5)
    by_force(lie)

    assert {level[2] for level in broken_levels()} == {bread.pk, milk.pk}


@pytest.mark.parametrize("known", [True, False])
def test_an_average_cost_that_lies_is_found_and_rebuilt(store, known):
    milk = chain.product(sku="MILK")
    stock.received(store, milk, 2, 5)
    if not known:
        stock.book(MovementKind.SALE, (store, milk, -2))
    by_force("UPDATE inventory_stocklevel SET average_cost = 99")
    assert [level[1:] for level in broken_levels()] == [(store.pk, milk.pk)]
    assert not prove(store_id=store.pk, product_id=milk.pk).holds

    levels.rebuild_broken(by="anna")

    assert stock.level(store, milk).average_cost == 5
    assert doctor_says() == {}


def test_a_level_that_is_gone_is_missed_and_made_again(store, bread):
    truth = stock.level(store, bread)
    by_force("DELETE FROM inventory_stocklevel")
    assert broken_levels() == broken_levels(store_id=store.pk) == [(None, store.pk, bread.pk)]
    assert doctor_says()["inventory/stock-is-its-movements"] == (
        "BREAD in PARIS: the level differs from the sum of its movements or reservations"
    )

    levels.rebuild_broken(by="anna")

    for name in levels.KEPT:
        assert getattr(stock.level(store, bread), name) == getattr(truth, name), name
    assert doctor_says() == {}


@pytest.mark.parametrize("position", [1, 3, 4])
def test_a_row_that_is_gone_is_missed(store, bread, position):
    by_force("DELETE FROM inventory_stockmovement WHERE position = %s", position)

    proof = prove(store_id=store.pk, product_id=bread.pk)

    assert not proof.holds
    assert proof.bad_position == (position + 1 if position < 4 else None)


@pytest.mark.parametrize(
    "lie", ["on_hand = 99", "value = 1", "costed = 1", "unavailable = 2, shortfall = 0",
            "reserved = 5, shortfall = 0", "position = 9", "shortfall = 3"]
)  # fmt: skip
def test_a_level_that_lies_is_found_and_rebuilt_from_its_ledger(store, bread, lie):
    truth = stock.level(store, bread)
    ledger = list(StockMovement.objects.order_by("position").values())
    by_force(f"UPDATE inventory_stocklevel SET {lie}")
    assert [level[1:] for level in broken_levels()] == [(store.pk, bread.pk)]

    (repair,) = levels.rebuild_broken(by="anna")

    put_right = stock.level(store, bread)
    for name in levels.KEPT:
        assert getattr(put_right, name) == getattr(truth, name), name
    assert (repair.actor, repair.after["on_hand"]) == ("anna", "9.000")
    assert list(StockMovement.objects.order_by("position").values()) == ledger
    assert levels.rebuild_broken(by="anna") == []
    assert StockRepair.objects.count() == 1
    assert doctor_says() == {}

"""Everybody at once: the last unit, a thousand units, baskets that cross, time that is up."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.faults.client import Client, History, assert_each_key_is_done_once, crowd

pytestmark = pytest.mark.faults

ATTEMPTS = int(os.environ.get("EPM_FAULTS_ATTEMPTS", "2000"))
ROUNDS = int(os.environ.get("EPM_FAULTS_ROUNDS", "200"))
SECONDS = int(os.environ.get("EPM_FAULTS_SECONDS", "12"))


def level(product, goods, *, store=0):
    """On hand, reserved, and what is available."""
    (found,) = product.ask(
        "SELECT on_hand, reserved, inventory_available(l) FROM inventory_stocklevel l"
        " WHERE store_id = %s AND product_id = %s",
        product.stores[store], goods,
    )  # fmt: skip
    return found


def test_of_twice_as_many_shoppers_as_units_exactly_as_many_as_units_get_one(product):
    units = ATTEMPTS // 2
    (goods,) = product.goods(1, quantity=units)

    def work(client, number):
        for _each in range(number, ATTEMPTS, 50):
            client.hold(product.stores[0], [(goods, 1)])

    history = crowd(product, work, clients=50)

    assert history.statuses() == {201: units, 409: ATTEMPTS - units}
    assert level(product, goods) == (units, units, 0)
    assert_each_key_is_done_once(product, history)


def shop_at_random(product, goods, *, until):
    """Baskets with their lines in any order and some twice; sales and receipts alike."""

    def shop(client, number):
        draw = random.Random(number)
        while time.monotonic() < until:
            lines = [(each, 1) for each in draw.sample(goods, 5)]
            lines += draw.sample(lines, 2)
            verb = draw.choice(["hold", "hold", "commit", "release", "consume", "sale", "receipt"])
            if verb in ("sale", "receipt"):
                client.sell(draw.choice(product.stores), lines, kind=verb)
                continue
            told = client.hold(draw.choice(product.stores), lines)
            said = {"document": {"kind": "order", "ref": told.key}} if verb == "commit" else {}
            if verb != "hold":
                client.step(told.body["basket"], verb, **said)

    return shop


def carry_and_count(product, goods, *, until):
    """Transfers both ways, and counts over several levels; how many were booked."""

    def carry(number):
        draw, done = random.Random(number), 0
        with product.beside_it() as worker:
            while time.monotonic() < until:
                some, (one, other) = draw.sample(goods, 4), draw.sample(product.stores, 2)
                if draw.random() < 0.5:
                    done += worker.call(
                        "tests.faults.acts:transfer", source=one, end=other, products=some
                    )
                else:
                    done += worker.call("tests.faults.acts:count", store=one, products=some)
        return done

    return carry


def test_nothing_that_crosses_waits_in_a_circle(product):
    goods = product.goods(8, quantity=5000, stores=2)
    before, until = product.deadlocks(), time.monotonic() + SECONDS
    with ThreadPoolExecutor(2) as pool:
        carried = pool.map(carry_and_count(product, goods, until=until), range(2))
        history = crowd(product, shop_at_random(product, goods, until=until), clients=8)

    assert all(booked > 0 for booked in carried)
    assert set(history.statuses()) <= {200, 201}, history.statuses()
    assert product.deadlocks() == before
    assert_each_key_is_done_once(product, history)


def test_the_control_rows_locked_in_any_order_do_end_in_a_deadlock(product):
    goods = product.goods(8, quantity=1)
    before = product.deadlocks()
    seen = threading.Event()
    until = time.monotonic() + 60

    def shuffle(number):
        draw = random.Random(number)
        with product.connect() as connection:
            while not seen.is_set() and time.monotonic() < until:
                try:
                    with connection.transaction():
                        for each in draw.sample(goods, 5):
                            connection.execute(
                                "UPDATE inventory_product SET name = name WHERE id = %s", [each]
                            )
                except psycopg.errors.DeadlockDetected:
                    seen.set()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(shuffle, range(6)))

    assert seen.is_set()
    assert product.deadlocks() > before


def after(seconds, act):
    time.sleep(seconds)
    return act()


def test_of_a_till_a_web_shop_and_a_transfer_one_gets_the_last_unit(product):
    goods = product.goods(ROUNDS, quantity=1)
    store, history = product.stores[0], History()
    till, shop = (Client(product.port, product.key, history) for _each in range(2))
    wins = {"till": 0, "shop": 0, "transfer": 0}
    with product.beside_it() as worker, ThreadPoolExecutor(3) as pool:
        for each in goods:
            entrants = {
                "till": lambda each=each: till.sell(store, [(each, 1)]).status == 201,
                "shop": lambda each=each: shop.hold(store, [(each, 1)]).status == 201,
                "transfer": lambda each=each: worker.call(
                    "tests.faults.acts:take_out", store=store, product=each
                ),
            }
            start = {name: random.uniform(0, 0.01) for name in entrants}
            race = {
                name: pool.submit(after, start[name], entrants[name])
                for name in sorted(entrants, key=start.__getitem__)
            }
            won = [name for name, outcome in race.items() if outcome.result()]
            assert len(won) == 1, (won, level(product, each))
            wins[won[0]] += 1
            on_hand = 1 if won == ["shop"] else 0
            assert level(product, each) == (on_hand, on_hand, 0)

    assert set(history.statuses()) == {201, 409}
    assert_each_key_is_done_once(product, history)
    assert sum(count > 0 for count in wins.values()) > 1, wins


@pytest.mark.parametrize("verb", ["commit", "consume"])
def test_a_hold_whose_time_is_up_is_paid_or_somebody_elses_and_never_both(product, verb):
    goods = product.goods(ROUNDS // 2, quantity=1)
    store = product.stores[0]
    said = {"document": {"kind": "order", "ref": "1"}}
    outcomes = []

    def race(client, number):
        """A holder and another buyer, each within 50 ms of the end of the hold."""
        draw = random.Random(number)
        buyer = Client(product.port, product.key, client.history)
        with product.connect() as clock, ThreadPoolExecutor(1) as pool:
            for each in goods[number::4]:
                basket = client.hold(store, [(each, 1)]).body["basket"]
                clock.execute(
                    "UPDATE inventory_reservation SET expires_at = clock_timestamp()"
                    " + interval '70 ms' WHERE basket = %s",
                    [basket],
                )
                early = [0.07 + draw.uniform(-0.05, 0.05) for _one in range(2)]
                taken = pool.submit(
                    after, early[0], lambda each=each: buyer.hold(store, [(each, 1)]).status
                )
                paid = after(
                    early[1], lambda basket=basket: client.step(basket, verb, **said).status
                )
                outcomes.append((paid, taken.result(), level(product, each)))
        buyer.close()

    history = crowd(product, race, clients=4)

    left = {
        (200, 409): (1, 1, 0) if verb == "commit" else (0, 0, 0),
        (409, 201): (1, 1, 0),
        (409, 409): None,  # one too late, the other too soon: it can be had
    }
    for paid, taken, (on_hand, reserved, available) in outcomes:
        assert (paid, taken) in left
        if left[paid, taken] is None:
            assert (on_hand, available) == (1, 1)
        else:
            assert (on_hand, reserved, available) == left[paid, taken]
    told = {pair: sum(each[:2] == pair for each in outcomes) for pair in left}
    assert told[200, 409] > 0
    assert told[409, 201] > 0
    assert_each_key_is_done_once(product, history)

"""PostgreSQL is killed under load: what was acknowledged is there, and nothing is there twice."""

import os
import random
import threading
import time

import pytest

from tests.faults.client import assert_each_key_is_done_once, crowd
from tests.faults.product import doctor

pytestmark = pytest.mark.faults

SECONDS = int(os.environ.get("EPM_FAULTS_SECONDS", "12"))
EVERY = 3


def under_load(product, harm):
    """Eight clients hold, sell and receive until `harm` is done, and a second more."""
    goods = product.goods(20, quantity=2000)
    over = threading.Event()

    def work(client, number):
        draw = random.Random(number)
        while not over.is_set():
            lines = [(product, 1) for product in draw.sample(goods, 3)]
            if draw.random() < 0.6:
                client.hold(product.stores[0], lines)
            else:
                client.sell(product.stores[0], lines, kind=draw.choice(["sale", "receipt"]))

    def hurt():
        try:
            harm()
            time.sleep(1)
        finally:
            over.set()

    beside = threading.Thread(target=hurt)
    beside.start()
    history = crowd(product, work, clients=8)
    beside.join()
    return history


def assert_nothing_is_lost(product, history):
    product.wait_until_well()
    unanswered = [
        key
        for path in {each.path for each in history.told}
        for key, statuses in history.outcomes(path).items()
        if not statuses
    ]
    assert unanswered == []
    assert_each_key_is_done_once(product, history)


def test_killed_backends_lose_nothing_that_was_acknowledged(product):
    def harm():
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            time.sleep(EVERY)
            product.wait_until_well()
            product.kill_a_backend()

    history = under_load(product, harm)

    assert_nothing_is_lost(product, history)
    statuses = history.statuses()
    assert statuses[201] > 100, statuses
    assert statuses[None] + statuses[503] > 0, statuses


def test_a_killed_postmaster_loses_nothing_and_the_product_goes_on_by_itself(product):
    away = []

    def harm():
        time.sleep(2)
        away.append(product.kill_postgres())
        product.wait_until_well()
        time.sleep(2)

    history = under_load(product, harm)

    assert_nothing_is_lost(product, history)
    assert away[0] < 60
    assert history.told[-1].status in (201, 409)
    said = doctor(product)
    assert said.returncode == 0, said.stdout + said.stderr

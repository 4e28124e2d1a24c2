"""A sale waits for one level, while another comes to be: no take of anybody is written over."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, transaction

from tests.concurrency import in_its_own_connection, run_behind
from tests.factories import stock
from tests.factories.doctor import everything_holds
from tests.inventory.test_issue import issue

pytestmark = pytest.mark.django_db(transaction=True)
BLOCKED = """
    SELECT EXISTS (SELECT FROM pg_locks
                   WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
"""


def take(store, product, quantity):
    """Row by row, as the ledger's trigger books it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stockmovement (posting, kind, store_id, product_id, quantity)"
            " VALUES (%s, 'sale', %s, %s, %s)",
            [uuid4(), store.pk, product.pk, -quantity],
        )


def test_a_level_that_came_while_it_waited_is_not_written_over(store, bread, milk):
    stock.received(store, bread, 10, 1)
    held, done = Event(), Event()
    others: list[Future] = []

    def take_milk_until_somebody_waits_for_it():
        with transaction.atomic():
            take(store, milk, 5)
            held.set()
            deadline = time.monotonic() + 15
            with connection.cursor() as cursor:
                while not done.is_set() and time.monotonic() < deadline:
                    cursor.execute(BLOCKED)
                    if cursor.fetchone()[0]:
                        return
                    time.sleep(0.005)

    def milk_comes_and_goes():
        receipt = pool.submit(in_its_own_connection, lambda: stock.received(store, milk, 10, 1))
        receipt.result(timeout=15)
        others.append(pool.submit(in_its_own_connection, take_milk_until_somebody_waits_for_it))
        assert held.wait(15)

    def sell():
        try:
            return issue(store, (bread, 1), (milk, 8))
        finally:
            done.set()

    with ThreadPoolExecutor(2) as pool:
        sold = run_behind(lambda: take(store, bread, 1), sell, then=milk_comes_and_goes)
        others[0].result(timeout=15)

    assert sold.result() is None  # there were 10 less 5: the ledger's own trigger says so
    assert [stock.level(store, product).on_hand for product in (bread, milk)] == [9, 5]
    assert everything_holds()

"""Tills while workers, instances, PostgreSQL and Valkey are killed or stand still (F1, F2, F10,
F11, F15), while a hundred send one ticket (F33), and after a day without the network (F46)."""

import os
import random
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from epm.embedded import lifecycle
from epm.embedded.places import data_folder
from epm.embedded.processes import pid_in
from tests.faults.client import (
    SALES,
    Client,
    History,
    assert_each_ticket_is_sold_once,
    crowd,
    ticket,
)

pytestmark = pytest.mark.faults

SECONDS = int(os.environ.get("EPM_FAULTS_SECONDS", "12"))
CLIENTS = 8


def sell_while(product, harm, *, other=0):
    """Eight tills sell three products each until `harm` is done; what they were told, and when."""
    goods = product.goods(20, quantity=100_000)
    tills = product.tills(CLIENTS)
    over = threading.Event()
    took = []

    def work(client, number):
        draw = random.Random(number)
        while not over.is_set():
            began = time.monotonic()
            client.ticket(tills[number], draw.sample(goods, 3))
            took.append(time.monotonic() - began)

    def hurt():
        try:
            harm()
            time.sleep(1)
        finally:
            over.set()

    beside = threading.Thread(target=hurt)
    beside.start()
    history = crowd(product, work, clients=CLIENTS, other=other)
    beside.join()
    product.wait_until_well()
    assert_each_ticket_is_sold_once(product, history)
    assert set(history.statuses()) <= {200, 201, 409, 503, None}, history.statuses()
    assert history.statuses()[201] > 50, history.statuses()
    return history, took


def test_a_killed_worker_loses_no_ticket(product):
    def harm():
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            time.sleep(2)
            _master, *workers = product.masters(product.port)
            random.choice(workers).kill()

    sell_while(product, harm)


def test_a_killed_instance_loses_no_ticket_while_another_one_serves(product, tmp_path):
    with product.instance(tmp_path) as port:

        def harm():
            time.sleep(3)
            for process in product.masters(port):
                process.kill()
            time.sleep(3)

        history, _took = sell_while(product, harm, other=port)

    assert history.told[-1].status == 201


def test_tills_sell_on_without_valkey(product):
    def harm():
        valkey = product.valkey()
        with lifecycle.starting(data_folder(product.environment)):
            os.kill(pid_in(valkey.pidfile), signal.SIGKILL)
        time.sleep(SECONDS)
        with lifecycle.starting(data_folder(product.environment)):
            valkey.start()

    history, _took = sell_while(product, harm)

    assert set(history.statuses()) == {201}, history.statuses()


def test_tills_sell_on_while_valkey_stands_still(product):
    pid = pid_in(product.valkey().pidfile)

    def harm():
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(SECONDS)
        finally:
            os.kill(pid, signal.SIGCONT)

    history, _took = sell_while(product, harm)

    assert set(history.statuses()) == {201}, history.statuses()


def test_a_killed_postmaster_loses_no_ticket(product):
    def harm():
        time.sleep(2)
        product.kill_postgres()
        product.wait_until_well()
        time.sleep(2)

    history, _took = sell_while(product, harm)

    assert history.statuses()[None] + history.statuses()[503] > 0, history.statuses()


def test_a_hundred_who_send_one_ticket_sell_it_once(product):
    (goods,) = product.goods(1, quantity=1000)
    (till,) = product.tills(1)
    key = str(uuid4())
    said = ticket(key, till, [goods])

    history = crowd(product, lambda client, _n: client.write(SALES, said, key=key), clients=100)

    answers = {each.status for each in history.told}
    assert answers <= {201, 409}, answers
    bodies = {each.body["number"] for each in history.told if each.status == 201}
    assert bodies == {1}
    other = ticket(key, till, [goods, goods])
    (told,) = [client.write(SALES, other, key=key) for client in [_client(product)]]
    assert (told.status, told.body["code"]) == (422, "idempotency-key-reused")
    on_hand = product.ask("SELECT on_hand FROM inventory_stocklevel WHERE product_id = %s", goods)
    assert on_hand[0][0] == 999


def test_three_tills_that_were_away_for_eight_hours_catch_up_once(product):
    goods = product.goods(5, quantity=10)  # less than they have sold
    tills = product.tills(3)
    wrong = timedelta(minutes=7)
    began = datetime.now(UTC) - timedelta(hours=8)
    sold = {
        till: [
            ticket(
                str(uuid4()), till, [goods[n % 5]],
                sold_at=(began + n * timedelta(minutes=15) + wrong).isoformat(),
            )
            for n in range(32)
        ]
        for till in tills
    }  # fmt: skip

    def catch_up(client, number):
        for _twice in range(2):
            clock = (datetime.now(UTC) + wrong).isoformat()
            body = {"clock": clock, "tickets": sold[tills[number]]}
            told = client.write(f"{SALES}/batch", body)
            statuses = {result["status"] for result in told.body["results"]}
            assert statuses in ({201}, {200}), told.body

    crowd(product, catch_up, clients=3)

    for till in tills:
        numbers = product.ask(
            "SELECT count(*), min(number), max(number), count(DISTINCT uuid),"
            " max(abs(extract(epoch FROM t.told_at - s.sold_at) - 420))"
            " FROM sales_ticket t JOIN sales_sale s ON s.id = t.sale_id WHERE t.register_id = %s",
            till,
        )
        assert numbers[0][:4] == (32, 1, 32, 32)
        assert numbers[0][4] < 5
    left = product.ask(
        "SELECT sum(on_hand), sum(shortfall) FROM inventory_stocklevel WHERE product_id = ANY (%s)",
        goods,
    )
    assert left == [(50 - 96, 46)]


def _client(product):
    return Client(product.port, product.key, History())

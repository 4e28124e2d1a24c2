"""The refresher: what it takes away, recomputes and forgets, and that two never cross."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from epm.access.models import Role
from reporting.models import StoreDay
from reporting.selectors import kpis
from reporting.services import facts
from reporting.services.facts import Refreshed
from sales.models import LedgerChange
from tests.concurrency import _wait_until_someone_queues_behind_us, in_its_own_connection
from tests.factories import chain
from tests.factories.chain import NOON
from tests.reporting import oracle

TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)


def sell(store, product, *, day=0, net="12.00", quantity=1):
    lines = [{"product": product, "quantity": quantity, "net_ttc": net}]
    return chain.sale(store=store, at=NOON + timedelta(days=day), lines=lines)


@pytest.mark.django_db
class TestRefresh:
    def test_recomputes_the_buckets_that_were_written_and_takes_their_marks(self):
        store, product = chain.store(), chain.product()
        sell(store, product)
        sell(store, product, day=1)

        assert facts.refresh() == Refreshed(marks=4, buckets=2)
        assert not LedgerChange.objects.exists()
        assert set(StoreDay.objects.values_list("store", "day", "net_ht")) == {
            (store.pk, TODAY, 10),
            (store.pk, TOMORROW, 10),
        }
        assert facts.refresh() == Refreshed(marks=0, buckets=0)

    def test_leaves_clean_buckets_alone(self):
        store, product = chain.store(), chain.product()
        sell(store, product)
        facts.refresh()
        StoreDay.objects.filter(day=TODAY).update(net_ht=777)
        sell(store, product, day=1)

        assert facts.refresh() == Refreshed(marks=2, buckets=1)
        assert StoreDay.objects.get(day=TODAY).net_ht == 777

    def test_a_bucket_without_goods_has_no_fact(self):
        store, product = chain.store(), chain.product()
        chain.sale(store=store, lines=[{"product": product, "net_ttc": "5.00", "kind": "fee"}])

        assert facts.refresh() == Refreshed(marks=2, buckets=1)
        assert not StoreDay.objects.exists()

    def test_a_fact_that_the_ledger_does_not_know_disappears(self):
        store = chain.store()
        zeros = dict.fromkeys(facts.COLUMNS, 0)
        StoreDay.objects.create(**zeros | {"store_id": store.pk, "day": TODAY})
        LedgerChange.objects.create(store_id=store.pk, business_date=TODAY)

        facts.refresh()

        assert not StoreDay.objects.exists()

    def test_rebuild_repairs_whatever_is_wrong(self):
        store, product = chain.store(), chain.product()
        sell(store, product)
        facts.refresh()
        StoreDay.objects.update(net_ht=777)
        zeros = dict.fromkeys(facts.COLUMNS, 0)
        StoreDay.objects.create(**zeros | {"store_id": store.pk, "day": TOMORROW})

        assert facts.rebuild() == Refreshed(marks=0, buckets=2)
        kept, true = oracle.facts_and_ledger()
        assert kept == true
        assert len(kept) == 1

    @pytest.mark.parametrize(
        ("zone", "cutoff", "hour"),
        [("Pacific/Kiritimati", 0, 10), ("Pacific/Kiritimati", 0, 9), ("Etc/GMT+12", 23, 10)],
    )
    def test_finds_the_day_of_any_time_zone_and_cutoff(self, zone, cutoff, hour):
        """The key window holds: a day of UTC+14 begins, and one of UTC-12 ends, far from UTC's."""
        store = chain.store(timezone=zone, day_cutoff_hour=cutoff)
        at = NOON.replace(month=4, day=1, hour=hour)
        local = at + timedelta(hours=14 if cutoff == 0 else -12) - timedelta(hours=cutoff)
        chain.sale(
            store=store,
            at=at,
            business_date=local.date(),
            lines=[{"product": chain.product(), "net_ttc": "12.00"}],
        )

        facts.refresh()

        assert StoreDay.objects.get().day == local.date()


@pytest.fixture
def two_days(transactional_db):
    """A store with a clean fact today and tomorrow."""
    store, product = chain.store(), chain.product()
    sell(store, product)
    sell(store, product, day=1)
    facts.refresh()
    return store, product


def two_refreshers_meet(store, product):
    """One has read the ledger and is stopped while it writes; a sale comes; another refreshes."""
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            StoreDay.objects.select_for_update().get(day=TODAY)
            slow = pool.submit(in_its_own_connection, facts.rebuild)
            _wait_until_someone_queues_behind_us(slow)
            pool.submit(in_its_own_connection, lambda: sell(store, product, day=1)).result(15)
            quick = pool.submit(in_its_own_connection, facts.refresh)
            _wait_until_done_or_queued(quick)
        return slow.result(15), quick.result(15)


def _wait_until_done_or_queued(outcome):
    deadline = time.monotonic() + 15
    with connection.cursor() as cursor:
        while time.monotonic() < deadline and not outcome.done():
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.005)
    assert outcome.done()


class TestTwoRefreshers:
    def test_the_second_waits_and_both_leave_the_truth(self, two_days):
        slow, quick = two_refreshers_meet(*two_days)

        assert (slow.buckets, quick.buckets) == (2, 1)
        kept, true = oracle.facts_and_ledger()
        assert kept == true
        assert StoreDay.objects.get(day=TOMORROW).net_ht == 20

    def test_without_the_lock_an_older_reading_wins(self, two_days, monkeypatch):
        """Control: shows that the lock, not luck, makes the test above pass."""
        monkeypatch.setattr(facts, "_lock", lambda: None)

        two_refreshers_meet(*two_days)

        assert not LedgerChange.objects.exists()
        assert StoreDay.objects.get(day=TOMORROW).net_ht == 10


class TestWritersReadersAndRefreshersAtOnce:
    def test_every_report_is_the_ledger_of_its_moment(self, transactional_db):
        stores = [chain.store(), chain.store()]
        product = chain.product()
        sell(stores[0], product)  # its month exists before the race
        sell(stores[0], product, day=1)
        director = chain.person(Role.DIRECTOR, whole_chain=True)
        stop = threading.Event()

        def write(seed):
            chance = random.Random(seed)
            for _ in range(25):
                back = chance.random() < 0.3
                net = f"{chance.randint(1, 9999) / 100 * (-1 if back else 1):.2f}"
                sell(
                    chance.choice(stores), product,
                    day=chance.randint(0, 1), net=net, quantity=-1 if back else 1,
                )  # fmt: skip

        def refresh(_seed):
            while not stop.is_set():
                facts.refresh()

        with ThreadPoolExecutor(5) as pool:
            refreshers = [pool.submit(in_its_own_connection, lambda n=n: refresh(n)) for n in "ab"]
            writers = [pool.submit(in_its_own_connection, lambda n=n: write(n)) for n in range(3)]
            compared = 0
            while not all(writer.done() for writer in writers):
                _report_equals_ledger_in_one_snapshot(director)
                compared += 1
            stop.set()
            for outcome in (*writers, *refreshers):
                outcome.result(30)

        assert compared > 0
        facts.refresh()
        kept, true = oracle.facts_and_ledger()
        assert kept == true
        assert not LedgerChange.objects.exists()


def _report_equals_ledger_in_one_snapshot(director):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        told = kpis.report(principal=director, start=TODAY, end=TOMORROW).total
        expected = oracle.figures(start=TODAY, end=TOMORROW)
        expected.pop("customers")
        assert oracle.equal(told, expected)

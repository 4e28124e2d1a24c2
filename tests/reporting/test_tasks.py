"""The facts follow the ledger by themselves, soon after a write and by the clock."""

import pytest
from django.core.cache import cache
from django.db import transaction

from epm.platform import jobs
from epm.platform.queue import app
from reporting.models import MonthlyStoreRevenue, StoreDay
from sales.models import LedgerChange
from tests.factories import chain
from tests.factories.ledger import item

NAME = "reporting.refresh_facts"


@pytest.fixture
def sent(monkeypatch):
    """What goes to the queue."""
    calls = []
    monkeypatch.setattr(app, "send_task", lambda name, **words: calls.append((name, words)))
    return calls


@pytest.mark.django_db
def test_the_task_refreshes_the_facts():
    chain.sale(store=chain.store(), lines=[item(chain.product(), 1, "12.00")])

    jobs.run_here(NAME)

    assert StoreDay.objects.get().net_ht == 10
    assert not LedgerChange.objects.exists()


@pytest.mark.django_db
def test_by_the_clock_facts_and_views_are_brought_up_to_date(settings):
    chain.sale(store=chain.store(), lines=[item(chain.product(), 1, "12.00")])

    jobs.run_here(settings.CELERY_BEAT_SCHEDULE["refresh-views"]["task"])

    assert MonthlyStoreRevenue.objects.get().net_sales_ht == 10


@pytest.mark.django_db(transaction=True)
class TestSoon:
    def test_many_commits_are_one_run(self, sent):
        for _ in range(3):
            with transaction.atomic():
                jobs.enqueue_soon(NAME, seconds=30)
                assert len(sent) <= 1

        assert sent == [(NAME, {"countdown": 30})]

    def test_what_is_rolled_back_asks_for_nothing(self, sent):
        with transaction.atomic():
            jobs.enqueue_soon(NAME)
            transaction.set_rollback(True)

        assert sent == []

    def test_a_write_survives_a_cache_that_is_away(self, sent, monkeypatch):
        def away(*_, **__):
            raise ConnectionError("no cache")

        monkeypatch.setattr(cache, "add", away)

        with transaction.atomic():
            store = chain.store()
            jobs.enqueue_soon(NAME)

        store.refresh_from_db()
        assert sent == []

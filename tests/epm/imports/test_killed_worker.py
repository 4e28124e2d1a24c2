"""Real Celery workers, killed in the middle of a real file: every ticket is written once."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from decimal import Decimal

import psutil
import pytest
from django.db import connection
from django.db.models import Sum
from model_bakery import baker

from epm.imports.models import ImportRun, RunStatus
from epm.imports.selectors.runs import is_alive
from epm.imports.services import uploads
from epm.organization.models import Store
from epm.platform.queue import app
from inventory.models import Product
from sales.models import Sale, SaleLine
from tests.epm.platform.served import ROOT, environment
from tests.factories.chain import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

TICKETS = 36_000
MAPPING = {
    "columns": {
        "ticket": "no", "store": "store", "sold_at": "at", "product": "sku", "quantity": "qty",
        "amount": "amount",
    }
}  # fmt: skip


@pytest.fixture(autouse=True)
def _empty_queue():
    app.control.purge()
    yield
    app.control.purge()


@pytest.fixture
def run():
    """An import of twelve months that waits for a worker."""
    baker.make(Store, code="N1", timezone="America/New_York", currency="USD")
    baker.make(Product, sku="PEN", unit="piece")
    lines = [
        f"T{n},N1,2024-{1 + n % 12:02d}-05 12:00:00,PEN,1,{n}.00\n" for n in range(1, TICKETS + 1)
    ]
    upload = uploads.receive(
        kind_name="sales", chunks=[b"no,store,at,sku,qty,amount\n", "".join(lines).encode()],
        file_name="year.csv", by=None, now=NOON, mapping=MAPPING,
    )  # fmt: skip
    return uploads.start(
        upload_id=upload.pk, mapping=MAPPING, dry_run=False, by=None, door="page", now=NOON
    )


@contextmanager
def worker(folder):
    """As `make run` starts it."""
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-q", "-A", "epm.celery", "worker", "--concurrency",
             "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
            env=environment(), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)


def until(reached, folder):
    deadline = time.monotonic() + 120
    while not reached():
        if time.monotonic() > deadline:
            pytest.fail((folder / "worker.log").read_text(errors="replace")[-4000:])
        time.sleep(0.02)


def status_of(run):
    return ImportRun.objects.values_list("status", flat=True).get(pk=run.pk)


def assert_written_once(run):
    run.refresh_from_db()
    rows = run.account["rows"]
    assert (run.status, rows["read"], rows["applied"]) == (RunStatus.DONE, TICKETS, TICKETS)
    assert ImportRun.objects.count() == 1
    assert Sale.objects.count() == SaleLine.objects.count() == TICKETS
    assert Sale.objects.values("external_ref").distinct().count() == TICKETS
    total = Decimal(TICKETS * (TICKETS + 1) // 2)
    assert Sale.objects.aggregate(total=Sum("total_ttc")) == {"total": total}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'import_staging'")
        assert cursor.fetchone() == (0,)


def test_a_killed_worker_leaves_what_it_wrote_and_another_goes_on(run, tmp_path):
    with worker(tmp_path) as first:
        until(Sale.objects.exists, tmp_path)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    until(lambda: not is_alive(run), tmp_path)
    written = Sale.objects.count()
    assert 0 < written < TICKETS
    assert status_of(run) == RunStatus.APPLYING

    uploads.resume(run_id=run.pk)
    with worker(tmp_path):
        until(lambda: status_of(run) == RunStatus.DONE, tmp_path)
        assert_written_once(run)

        # The first worker's message comes back one day: there is nothing left to do.
        uploads.carry_on(run_id=run.pk)
        assert_written_once(run)


def test_a_killed_child_of_a_worker_is_followed_by_another_by_itself(run, tmp_path):
    with worker(tmp_path) as parent:
        until(Sale.objects.exists, tmp_path)
        for child in psutil.Process(parent.pid).children():
            child.kill()
        until(lambda: status_of(run) == RunStatus.DONE, tmp_path)

    assert_written_once(run)

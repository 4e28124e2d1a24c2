"""`manage.py import_data` as people and scripts run it: a process of its own, killed for real."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from model_bakery import baker

from epm.imports.models import ImportRun
from epm.organization.models import Store
from inventory.models import Product
from sales.models import Sale, SaleLine

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[3]
MAPPING = """
kind = "sales"
[columns]
ticket = "no"
store = "store"
sold_at = "at"
product = "sku"
quantity = "qty"
amount = "amount"
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    baker.make(Store, code="N1", timezone="America/New_York", currency="USD")
    baker.make(Product, sku="PEN", unit="piece")
    path = tmp_path / "sales.toml"
    path.write_text(MAPPING)
    return path


def command(*arguments: object) -> subprocess.Popen[str]:
    database = connection.settings_dict
    url = (
        f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}"
        f"?host={database['HOST']}&port={database['PORT']}"
    )
    outside = {k: v for k, v in os.environ.items() if k != "EPM_EMBEDDED"}  # as if named by hand
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_data", *map(str, arguments)],
        cwd=ROOT,
        env=outside | {"DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, dict, str]:
    out, err = process.communicate(timeout=120)
    assert out, err
    return process.returncode, json.loads(out.splitlines()[-1]), err


def tickets(path: Path, numbers: range, *, sku: str = "PEN") -> Path:
    lines = [f"T{n},N1,2024-{1 + n % 4:02d}-05 12:00:00,{sku},1,{n}.00\n" for n in numbers]
    path.write_text("no,store,at,sku,qty,amount\n" + "".join(lines))
    return path


def test_exit_status_and_last_line_tell_a_script_what_became_of_the_rows(mapping, tmp_path):
    good, bad = (
        tickets(tmp_path / "good.csv", range(1, 4)),
        tickets(tmp_path / "bad.csv", range(4, 6), sku="GHOST"),
    )

    status, told, _ = finished(command("sales", good, "--mapping", mapping))
    assert (status, told["status"]) == (0, "done")
    assert told["rows"] == {"read": 3, "applied": 3, "unchanged": 0, "quarantined": 0}
    assert told["money"]["applied"] == "6.00"

    status, told, _ = finished(command("sales", good, bad, "--mapping", mapping))
    assert (status, told["status"]) == (3, "done_with_errors")
    assert told["rows"] == {"read": 5, "applied": 0, "unchanged": 3, "quarantined": 2}
    assert told["reasons"] == {"unknown-product": 2}

    baker.make(Product, sku="GHOST", unit="piece")
    run = told["run"]
    status, told, _ = finished(command("sales", "--reapply", run))
    assert (status, told["rows"]["applied"]) == (0, 2)
    assert not ImportRun.objects.get(pk=run).quarantine.filter(resolved_by=None).exists()
    assert Sale.objects.count() == 5


def test_what_cannot_be_read_is_refused_with_one_clear_line(mapping, tmp_path):
    (tmp_path / "x.csv").write_bytes(b"no,store\n\0\n")

    status, told, err = finished(command("sales", tmp_path / "x.csv", "--mapping", mapping))

    assert status == 1
    assert told["error"] == "imports/unreadable-file"
    assert "x.csv" in err
    assert "Traceback" not in err
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("_case", "reached"),
    [
        ("while it reads", ImportRun.objects.exists),
        ("with a month in the ledger", Sale.objects.exists),
    ],
)
def test_killed_on_the_way_a_rerun_resumes_without_a_duplicate(mapping, tmp_path, _case, reached):
    path = tickets(tmp_path / "sales.csv", range(1, 40_001))
    process = command("sales", path, "--mapping", mapping)
    _wait_until(reached)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _wait_until(lambda: not _advisory_locks())
    assert Sale.objects.count() < 40_000
    assert ImportRun.objects.get().status in {"parsing", "applying"}

    status, told, _ = finished(command("sales", path, "--mapping", mapping))

    assert (status, told["status"]) == (0, "done")
    assert told["rows"]["read"] == told["rows"]["applied"] == 40_000
    assert ImportRun.objects.count() == 1
    assert Sale.objects.count() == SaleLine.objects.count() == 40_000
    assert Sale.objects.aggregate(total=Sum("total_ttc")) == {
        "total": Decimal(40_000 * 40_001 // 2)
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'import_staging'")
        assert cursor.fetchone() == (0,)


def _advisory_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return cursor.fetchone()[0]


def _wait_until(reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)

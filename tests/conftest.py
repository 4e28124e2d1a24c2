"""The suite runs on a real PostgreSQL and a real Valkey, ours unless the environment names others.

The process that starts the suite starts the servers; pytest-xdist's workers share them, each with a
PostgreSQL database and two Redis databases of its own. Two suites at once do not meet.
"""

import fcntl
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from epm.embedded import provide
from epm.platform.environment import celery_url, redis_database

ROOT = Path(__file__).resolve().parents[1]
_suite_locks = []  # open files; the kernel drops their locks with us


def _prepare_environment() -> None:
    """Before Django reads its settings, which pytest-django lets it do once we are imported."""
    worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    if worker is None:
        os.environ["EPM_DATA"] = str(_data_folder())
        # What was collected for a run need not be the newest: pages show the files themselves.
        os.environ["EPM_STATIC"] = str(Path(os.environ["EPM_DATA"]) / "static")
        # What a crash would lose is of no use to the next run.
        os.environ.setdefault(
            "EPM_PG_OPTIONS", "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        )
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    os.environ.pop("EPM_DEBUG", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "epm.settings"
    ours = worker is None and "REDIS_URL" not in os.environ
    provide(os.environ)
    if ours:  # a disk that is busy with the databases would hold it up
        Redis.from_url(os.environ["REDIS_URL"]).config_set("appendonly", "no")
    os.environ.setdefault("EPM_TEST_REDIS_URL", os.environ["REDIS_URL"])
    number = int(worker[1]) + 1 if worker else 0
    os.environ["REDIS_URL"] = redis_database(os.environ["EPM_TEST_REDIS_URL"], 2 * number)


def _data_folder() -> Path:
    """`EPM_DATA/test` (or one beside it while another suite runs there), writable in any case."""
    base = Path(os.environ.get("EPM_DATA") or ROOT / "var").resolve()
    try:
        base.mkdir(parents=True, exist_ok=True)
        (base / f".{os.getpid()}").touch()
        (base / f".{os.getpid()}").unlink()
    except OSError:
        base = Path(tempfile.gettempdir()) / f"epm-tests-{os.getuid()}"
    for number in range(1, 100):
        folder = base / ("test" if number == 1 else f"test-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "suite.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _suite_locks.append(lock)
        return folder
    raise pytest.UsageError(f"A hundred suites run in {base}.")


_prepare_environment()


def pytest_configure() -> None:
    """Read the settings now: pytest-django then sets Django up. Slow hashes protect no test."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A worker inherits DJANGO_SETTINGS_MODULE: they were read before it had databases of its own.
    settings.CACHES["default"]["LOCATION"] = redis_database(os.environ["REDIS_URL"], 1)
    settings.CELERY_BROKER_URL = celery_url(os.environ["REDIS_URL"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests of several connections end by emptying every table, the ledger of stock as well."""
    from django.db import connection

    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            name = connection.ops.quote_name(connection.settings_dict["NAME"])
            cursor.execute(f"ALTER DATABASE {name} SET epm.emptying = 'on'")
        connection.close()
        connection.close_pool()  # it holds for connections made from now on


@pytest.fixture(autouse=True)
def _closed_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test does to a server keeps no other from asking it."""
    from epm.platform import breaker

    monkeypatch.setattr(breaker, "redis", breaker.Breaker())
    monkeypatch.setattr(breaker, "postgresql", breaker.Breaker(seconds=1.0))


@pytest.fixture(scope="session")
def _patient_cache() -> Redis:
    """The product gives up on its cache after 0.2 s; a busy machine may need longer."""
    from django.conf import settings

    return Redis.from_url(settings.CACHES["default"]["LOCATION"], socket_timeout=60)


@pytest.fixture(autouse=True)
def _empty_cache(_patient_cache: Redis) -> None:
    _patient_cache.flushdb()

"""The whole product on a PostgreSQL of its own, one that keeps what it has acknowledged (fsync)."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
from django.conf import settings
from django.utils.module_loading import import_string

from epm.embedded import lifecycle, provide
from epm.embedded.places import Places, data_folder
from epm.embedded.postgres import Postgres
from epm.embedded.valkey import Valkey
from tests.bench.worker import Worker
from tests.epm.embedded.private import ROOT, private_environment
from tests.epm.platform.served import ask, gunicorn

PATIENCE = 60


class Product:
    """gunicorn with two workers, its servers, and a process beside it that calls services."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = private_environment(data) | {"DJANGO_SETTINGS_MODULE": "epm.settings"}
        provide(self.environment)
        self.url = self.environment["DATABASE_URL"]
        self._open = contextlib.ExitStack()
        self.beside = self._open.enter_context(self.beside_it())
        self.beside.call("tests.bench.worker:migrate")
        known = self.beside.call("tests.faults.acts:furnish")
        self.key, self.stores = known["key"], known["stores"]
        self.port = self._open.enter_context(self.instance(data))

    def instance(self, folder: Path) -> contextlib.AbstractContextManager[int]:
        """One more gunicorn on the same servers: its port. Its log is in `folder`."""
        return gunicorn(
            folder, within=self.environment, EPM_WEB_WORKERS="2", EPM_WEB_THREADS="8",
            EPM_HOLDS_PER_CONSUMER="0",
        )  # fmt: skip

    def tills(self, count: int) -> list[int]:
        """Open registers of the first store."""
        return self.beside.call("tests.faults.acts:open_tills", store=self.stores[0], count=count)

    def masters(self, port: int) -> list[psutil.Process]:
        """The process that listens on `port`, and its workers."""
        (master,) = [
            process for process in psutil.process_iter()
            if process.pid != os.getpid() and _serves(process, port)
        ]  # fmt: skip
        return [master, *master.children()]

    def valkey(self) -> Valkey:
        return Valkey(Places.prepare(self.environment), self.environment)

    def beside_it(self) -> Worker:
        """A process that calls services."""
        return Worker(self.environment, log=self.data / "beside.log", folder=ROOT)

    def close(self) -> None:
        self._open.close()
        lifecycle.leave(self.environment)

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)

    def ask(self, statement: str, *words: object) -> list[tuple]:
        with self.connect() as connection:
            return connection.execute(statement, words or None).fetchall()

    def goods(self, count: int, *, quantity: int, stores: int = 1) -> list[int]:
        """New products, so much of each in the first stores."""
        return self.beside.call(
            "tests.faults.acts:stock", count=count, quantity=quantity, stores=self.stores[:stores]
        )

    def broken_laws(self) -> list[tuple]:
        """What the doctor would say."""
        laws = [each for path in settings.EPM_INVARIANTS for each in import_string(path)]
        return [(law.code, *found) for law in laws for found in self.ask(law.sql)]

    def deadlocks(self) -> int:
        """How many PostgreSQL has broken up so far."""
        time.sleep(1.1)  # who works tells its numbers once a second
        return self.ask(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )[0][0]

    def kill_a_backend(self) -> None:
        """The postmaster then ends all others, and recovers."""
        pids = self.ask(
            "SELECT pid FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        os.kill(random.choice(pids)[0], signal.SIGKILL)

    def kill_postgres(self) -> float:
        """Kill the postmaster, start anew at once; after how many seconds it answers."""
        postgres = Postgres(Places.prepare(self.environment), self.environment)
        began = time.monotonic()
        os.kill(postgres.pid(), signal.SIGKILL)
        with lifecycle.starting(data_folder(self.environment)):
            postgres.start()
        return time.monotonic() - began

    def is_well(self) -> bool:
        with contextlib.suppress(OSError):
            return ask(self.port, "/health/ready")[0] == 200
        return False

    def wait_until_well(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_well():
            assert time.monotonic() < deadline, (self.data / "gunicorn.log").read_text()[-4000:]
            time.sleep(0.1)


def _serves(process: psutil.Process, port: int) -> bool:
    """Whether it is the master of a gunicorn on `port`: its parent is this very process."""
    with contextlib.suppress(psutil.Error):
        return process.ppid() == os.getpid() and process.environ().get("PORT") == str(port)
    return False


def doctor(product: Product) -> subprocess.CompletedProcess:
    """`manage.py doctor`, as an operator runs it."""
    return subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        env=product.environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

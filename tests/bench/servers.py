"""The embedded servers of the bench, a data folder of its own, and its databases."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil
import psycopg
from psycopg import sql

from epm import embedded
from epm.embedded.processes import pid_in
from tests.bench.worker import Worker

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = "bench_template"
OURS: Final = "bench_"
GENERATOR: Final = Path(__file__).parent / "ledger.sql"
# The tables a ledger was written into.
SHAPE: Final = """
    SELECT md5(string_agg(part, E'\\n' ORDER BY part)) FROM (
        SELECT format('%s.%s %s', table_name, column_name, data_type)
        FROM information_schema.columns
        WHERE (table_schema, table_name) IN (SELECT schemaname, tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename NOT LIKE 'sales\\_saleline\\_2%%')
        UNION ALL
        SELECT indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename NOT LIKE 'sales\\_saleline\\_2%%'
        UNION ALL
        SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
          AND conrelid::regclass::text NOT LIKE 'sales\\_saleline\\_2%%'
          AND confrelid::regclass::text NOT LIKE 'sales\\_saleline\\_2%%'
    ) AS described (part)
"""
# What is derived from them, to be brought up to date.
DEFINITIONS: Final = """
    SELECT pg_get_functiondef(oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    UNION ALL
    (SELECT format('CREATE OR REPLACE VIEW %I AS %s', viewname, definition)
     FROM pg_views WHERE schemaname = 'public' ORDER BY viewname)
"""


class Servers:
    """PostgreSQL and Valkey under `EPM_DATA`, never those the environment names."""

    def __init__(self, data: Path) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EPM_EMBEDDED"}
        }
        environment |= {"EPM_DATA": str(data), "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
        embedded.provide(environment)
        self.url = environment["DATABASE_URL"]
        # A worker is told its database; what is named is left alone by `provide`.
        self.environment: Mapping[str, str] = environment | {"EPM_EMBEDDED": "REDIS_URL"}

    def url_of(self, database: str) -> str:
        return f"{self.url.rpartition('/')[0]}/{database}"

    def connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url_of(database), autocommit=True)

    def worker(self, database: str) -> Worker:
        """A fresh process with Django on `database`."""
        environment = {**self.environment, "DATABASE_URL": self.url_of(database)}
        return Worker(environment, log=self.data / "bench.log", folder=ROOT)

    def prepare(self) -> None:
        """Migrate the template that every database is copied from."""
        self.create(TEMPLATE, template="template0")
        with self.worker(TEMPLATE) as worker:
            worker.call("tests.bench.worker:migrate")
        with self.connect(TEMPLATE) as connection:
            connection.execute(GENERATOR.read_text(encoding="utf-8"))

    def create(self, database: str, *, template: str = TEMPLATE) -> None:
        self.drop(database)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(template)
                )
            )

    def drop(self, database: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
            )

    def stamp(self, database: str) -> None:
        """Note that `database` is complete, and by which generator."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(database), sql.Literal(_generator())
                )
            )

    def is_complete(self, database: str) -> bool:
        """Whether it was stamped, by this generator, and has the tables of today."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [database],
            ).fetchone()
        if found is None or found[0] != _generator():
            return False
        with self.connect(database) as one, self.connect(TEMPLATE) as other:
            return one.execute(SHAPE).fetchone() == other.execute(SHAPE).fetchone()

    def renew(self, database: str) -> bool:
        """Give `database` the functions and views of today; whether any differed."""
        with self.connect(TEMPLATE) as connection:
            wanted = [row[0] for row in connection.execute(DEFINITIONS)]
        with self.connect(database) as connection:
            known = {row[0] for row in connection.execute(DEFINITIONS)}
            changed = [definition for definition in wanted if definition not in known]
            for definition in changed:
                connection.execute(definition)
        return bool(changed)

    def processor_time(self) -> float:
        """Seconds of all PostgreSQL processes so far, those that have ended among them."""
        postmaster = psutil.Process(pid_in(self.data / "servers/postgres/postmaster.pid"))
        total = sum(postmaster.cpu_times()[:4])  # its own, and of the children it has seen off
        for process in postmaster.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                total += sum(process.cpu_times()[:2])
        return total


def clean(data: Path) -> None:
    """Stop the servers of `data` and remove everything the bench has made there."""
    if data.exists():
        embedded.stop({**os.environ, "EPM_DATA": str(data)})
        shutil.rmtree((data / "servers").resolve(), ignore_errors=True)  # it may be a link
        shutil.rmtree(data, ignore_errors=True)


def _generator() -> str:
    return hashlib.sha256(GENERATOR.read_bytes()).hexdigest()

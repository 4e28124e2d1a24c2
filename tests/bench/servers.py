"""The embedded servers of the bench, a data folder of its own, and its databases."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from epm import embedded
from tests.bench.worker import Worker

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATE: Final = "bench_template"
OURS: Final = "bench_"
# What a database built earlier must still look like to be used again.
FINGERPRINT: Final = """
    SELECT md5(string_agg(part, E'\\n' ORDER BY part)) FROM (
        SELECT format('%s.%s %s', table_name, column_name, data_type) FROM information_schema.columns
        WHERE table_schema = 'public'
        UNION ALL SELECT proname || prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT viewname || definition FROM pg_views WHERE schemaname = 'public'
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    ) AS described (part)
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
        self.fingerprint = ""

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
            connection.execute((Path(__file__).parent / "ledger.sql").read_text(encoding="utf-8"))
            (self.fingerprint,) = connection.execute(FINGERPRINT).fetchone()  # type: ignore[misc]

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
        """Note that `database` is complete, and of which schema."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                    sql.Identifier(database), sql.Literal(self.fingerprint)
                )
            )

    def is_current(self, database: str) -> bool:
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [database],
            ).fetchone()
        return found is not None and found[0] == self.fingerprint

    def clean(self) -> None:
        """Stop the servers and remove everything the bench has made."""
        environment = {**self.environment, "EPM_EMBEDDED": "DATABASE_URL REDIS_URL"}
        embedded.stop(environment)
        shutil.rmtree(self.data, ignore_errors=True)

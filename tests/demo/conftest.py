"""Data loaded once for a module, in a transaction that is rolled back after it."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from reporting.services.demo import shipped

SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SHIFT = timedelta(weeks=463)  # to the Sunday before
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def rolled_back(django_db_setup, django_db_blocker):
    @contextmanager
    def block() -> Iterator[None]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield
            transaction.set_rollback(True)

    return block


def expected(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def row_counts(*, but=()):
    """Of every table of ours, without what an account of a run adds to."""
    with connection.cursor() as cursor:
        names = [n for n in connection.introspection.table_names(cursor) if n not in but]
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            (counts[name],) = cursor.fetchone()
    return counts


def load_demo(**options):
    """What the command says."""
    out = io.StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


def sale_lines():
    """The lines of the shipped file."""
    with gzip.open(shipped.FOLDER / "sale_lines.csv.gz", "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)

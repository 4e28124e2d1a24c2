"""What must always be true of the data. Each context states its own; `doctor` asks them all."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Invariant:
    """A law as the query of those who break it: `sql` returns (which row, what is wrong) in text.

    One statement, so that writers in between can fool nobody. `code` is `context/law`.
    """

    code: str
    law: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    """How many rows break the law, and the first of them."""

    invariant: Invariant
    broken: int
    first: str | None = None


def examined() -> Iterator[Finding]:
    """Ask every invariant of every context, one after the other."""
    for path in settings.EPM_INVARIANTS:
        for invariant in import_string(path):
            yield _examine(invariant)


def _examine(invariant: Invariant) -> Finding:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(broken.row || ': ' || broken.wrong)"  # noqa: S608
            f" FROM ({invariant.sql}) AS broken (row, wrong)"
        )
        broken, first = cursor.fetchone()
    return Finding(invariant=invariant, broken=broken, first=first)

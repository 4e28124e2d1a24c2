"""Who writes: triggers that keep a history read it from the transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

SETTING: Final = "epm.actor"


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Run the block in a transaction whose writes are put down to `name`.

    A transaction rolled back forgets the name by itself; a finished one gives back the one before.
    """
    with transaction.atomic():
        before = _current()
        _call_it(name)
        yield
        _call_it(before)


def _current() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [SETTING])
        return str(cursor.fetchone()[0])


def _call_it(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, name])

"""Who writes, and through which door: triggers that keep a history read it from the transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

SETTING: Final = "epm.actor"
DOOR: Final = "epm.door"


@contextmanager
def acting_as(name: str, *, door: str = "") -> Iterator[None]:
    """Run the block in a transaction whose writes are put down to `name`, come in by `door`.

    A transaction rolled back forgets both by itself; a finished one gives back those before.
    """
    with transaction.atomic():
        before = _current()
        _call_it(name, door)
        yield
        _call_it(*before)


def _current() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting(%s, true), ''),"
            " coalesce(current_setting(%s, true), '')",
            [SETTING, DOOR],
        )
        name, door = cursor.fetchone()
        return str(name), str(door)


def _call_it(name: str, door: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
            [SETTING, name, DOOR, door],
        )

"""Which state of the data a reader sees, as a text to put into keys and ETags."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from django.db import connection

MOST_MARKS: Final = 2_000
# The token changes with each refresh that took marks away; between two refreshes marks only become
# more, and every commit that matters adds some. So (token, number of marks) tells any two states
# that a server can show apart, whoever commits beside whom: one snapshot reads all of it. Further:
# * beyond a number of marks it is cheaper to ask which transactions are visible, which tells more
#   states apart than needed, never fewer;
# * a transaction that has written sees what nobody else does: its own number joins in;
# * a restored server has forgotten tokens and counts again: its start, and the database's number.
VERSION: Final = f"""
    SELECT concat_ws('-',
        extract(epoch FROM pg_postmaster_start_time()),
        (SELECT oid FROM pg_database WHERE datname = current_database()),
        (SELECT token FROM reporting_dataversion),
        ledger.marks, other.marks,
        CASE WHEN ledger.marks > {MOST_MARKS} OR other.marks > {MOST_MARKS}
             THEN pg_current_snapshot() END,
        pg_current_xact_id_if_assigned())
    FROM (SELECT count(*) AS marks
          FROM (SELECT FROM sales_ledgerchange LIMIT {MOST_MARKS + 1}) m) ledger,
         (SELECT count(*) AS marks
          FROM (SELECT FROM reporting_datachange LIMIT {MOST_MARKS + 1}) m) other
"""  # noqa: S608 - a number of ours


_held: ContextVar[list[str] | None] = ContextVar("held_data_version", default=None)


def data_version() -> str:
    """Another text after every committed sale, every refresh that changed facts, and every change
    to stores, regions, goods, customers, taxes and targets. One query of well under 1 ms.

    Read it before the figures: these are then never older than it says.
    """
    held = _held.get()
    if held:
        return held[0]
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        (version,) = cursor.fetchone()
    if held is not None:
        held.append(str(version))
    return str(version)


@contextmanager
def held() -> Iterator[None]:
    """For one page: the version is read once, before its first figure."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)

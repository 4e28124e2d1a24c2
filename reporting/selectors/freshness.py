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
        pg_current_xact_id_if_assigned(){{stock}})
    FROM (SELECT count(*) AS marks
          FROM (SELECT FROM sales_ledgerchange LIMIT {MOST_MARKS + 1}) m) ledger,
         (SELECT count(*) AS marks
          FROM (SELECT FROM reporting_datachange LIMIT {MOST_MARKS + 1}) m) other
"""  # noqa: S608 - a number of ours
# Marks of stock are counted against a token of their own: most figures do not depend on them.
OF_STOCK: Final = f""",
        (SELECT stock FROM reporting_dataversion),
        (SELECT CASE WHEN count(*) > {MOST_MARKS} THEN pg_current_snapshot()::text
                     ELSE count(*)::text END
         FROM (SELECT FROM reporting_stockchange LIMIT {MOST_MARKS + 1}) m)
"""  # noqa: S608 - a number of ours


_held: ContextVar[dict[bool, str] | None] = ContextVar("held_data_version", default=None)
_with_stock: ContextVar[bool] = ContextVar("data_version_with_stock", default=False)


def data_version() -> str:
    """Another text after every committed sale, every refresh that changed facts, and every change
    to stores, regions, goods, customers, taxes and targets; `with_stock` also to stock. One query
    of well under 1 ms.

    Read it before the figures: these are then never older than it says.
    """
    held, stock = _held.get(), _with_stock.get()
    if held and stock in held:
        return held[stock]
    with connection.cursor() as cursor:
        cursor.execute(VERSION.format(stock=OF_STOCK if stock else ""))
        (version,) = cursor.fetchone()
    if held is not None:
        held[stock] = str(version)
    return str(version)


@contextmanager
def held() -> Iterator[None]:
    """For one page: the version is read once, before its first figure."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


@contextmanager
def with_stock(*, wanted: bool) -> Iterator[None]:
    """What is made within depends on the stock, its alerts and its documents, too."""
    token = _with_stock.set(wanted or _with_stock.get())
    try:
        yield
    finally:
        _with_stock.reset(token)

"""Synthetic ledgers: a chain of 50 stores, 3,041 sales of three lines a day, however long."""

import sys
import time
from datetime import date, timedelta
from typing import Final

from tests.bench.servers import OURS, Servers

LAST_DAY: Final = date(2025, 12, 31)
SALES_A_DAY: Final = 3041
LINES_A_DAY: Final = 3 * SALES_A_DAY  # 1,096 days (36 months) are 10 M lines


def ledger(servers: Servers, *, lines: int) -> str:
    """The database with a ledger of about `lines` lines, its facts fresh; kept for the next run."""
    database = f"{OURS}ledger_{lines}"
    if servers.is_complete(database):
        if servers.renew(database):
            _finish(servers, database)
        return database
    first = first_day(lines)
    began = time.monotonic()
    servers.create(database)
    with servers.connect(database) as connection:
        connection.execute("SET work_mem = '256MB'; SET jit = off")
        connection.execute("SELECT bench.masters()")
        connection.execute("ANALYZE")
        for month in months(first):
            connection.execute("SELECT bench.month(%s, %s)", [month, SALES_A_DAY])
            tell(f"{database}: {month:%Y-%m} written, {time.monotonic() - began:.0f} s")
        connection.execute("SELECT bench.targets(%s, %s)", [first, LAST_DAY])
        connection.execute("VACUUM (ANALYZE)")
    _finish(servers, database)
    servers.stamp(database)
    tell(f"{database}: ready, {time.monotonic() - began:.0f} s")
    return database


def _finish(servers: Servers, database: str) -> None:
    """Facts as the product makes them now, and a database at rest."""
    with servers.worker(database) as worker:
        worker.call("tests.bench.ledgers:rebuild_facts")
    with servers.connect(database) as connection:
        connection.execute("DROP MATERIALIZED VIEW IF EXISTS bench.store_days, bench.net_sales")
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def first_day(lines: int) -> date:
    """Where a ledger of about `lines` lines begins; it has December at least."""
    return LAST_DAY - timedelta(days=max(31, round(lines / LINES_A_DAY)) - 1)


def months(first: date) -> list[date]:
    """`first`, and the first day of each month after it up to the last day."""
    found = [first]
    while (later := (found[-1].replace(day=1) + timedelta(days=32)).replace(day=1)) <= LAST_DAY:
        found.append(later)
    return found


def rebuild_facts() -> None:
    from reporting.services import facts, goods

    facts.rebuild()
    goods.rebuild(today=LAST_DAY + timedelta(days=1))


def tell(line: str, notes: list[str] | None = None) -> None:
    """Progress, beside the figures; kept among `notes`."""
    if notes is not None:
        notes.append(line)
    print(f"  … {line}", file=sys.stderr, flush=True)

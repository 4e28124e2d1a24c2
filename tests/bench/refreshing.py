"""Refresh of the facts after new sales in 50 (store, day) buckets, at two lengths of history."""

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from tests.bench.figures import Figure, ms
from tests.bench.ledgers import LAST_DAY, ledger
from tests.bench.servers import Servers

LONG: Final = 10_000_000
TIMES_SHORTER: Final = 10 / 1.5
BUCKETS: Final = 50
SAMPLES: Final = 10
WARM_UP: Final = 2
# The same figures by (store, day), straight from the lines.
VIEW: Final = """
    CREATE MATERIALIZED VIEW IF NOT EXISTS bench.store_days AS
    SELECT store_id, day, l.net_ht, l.returned_ht, l.shelf_ht, l.loyalty_ht, l.coupon_ht,
           l.manual_ht, l.net_ttc, l.returned_ttc, l.shelf_ttc, l.loyalty_ttc, l.coupon_ttc,
           l.manual_ttc, l.units,
           l.returned_units, l.loose_ht, l.covered_lines, l.covered_ht, l.cost,
           t.transactions, t.piece_transactions
    FROM (
        SELECT store_id, day, sum(net_ht) AS net_ht, sum(returned_ht) AS returned_ht,
               sum(shelf_ht) AS shelf_ht, sum(loyalty_ht) AS loyalty_ht,
               sum(coupon_ht) AS coupon_ht, sum(manual_ht) AS manual_ht, sum(net_ttc) AS net_ttc,
               sum(returned_ttc) AS returned_ttc, sum(shelf_ttc) AS shelf_ttc,
               sum(loyalty_ttc) AS loyalty_ttc, sum(coupon_ttc) AS coupon_ttc,
               sum(manual_ttc) AS manual_ttc, sum(units) AS units,
               sum(returned_units) AS returned_units, sum(loose_ht) AS loose_ht,
               sum(covered_lines) AS covered_lines, sum(covered_ht) AS covered_ht, sum(cost) AS cost
        FROM reporting_line GROUP BY store_id, day
    ) l
    LEFT JOIN (
        SELECT ticket.store_id, ticket.day, sum(transactions) AS transactions,
               sum(transactions) FILTER (WHERE has_piece) AS piece_transactions
        FROM (SELECT sale_id, bool_or(is_piece) AS has_piece
              FROM reporting_line GROUP BY sale_id) goods
        JOIN reporting_ticket ticket USING (sale_id)
        GROUP BY ticket.store_id, ticket.day
    ) t USING (store_id, day)
"""
# The least that could be asked of such a view: one sum.
SMALL_VIEW: Final = """
    CREATE MATERIALIZED VIEW IF NOT EXISTS bench.net_sales AS
    SELECT store_id, business_date AS day, sum(net_ht) AS net_ht
    FROM sales_saleline WHERE kind = 'item' GROUP BY 1, 2
"""


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Both ledgers refreshed in turns, between refreshes of the views over the longer one."""
    long = lines or LONG
    short_ledger = ledger(servers, lines=round(long / TIMES_SHORTER))
    long_ledger = ledger(servers, lines=long)
    times: dict[str, list[float]] = {short_ledger: [], long_ledger: []}
    views: dict[str, list[float]] = {"store_days": [], "net_sales": []}
    with servers.worker(short_ledger) as one, servers.worker(long_ledger) as other:

        def sell_and_refresh(samples: int) -> None:
            for number in range(-WARM_UP, samples):
                day = (LAST_DAY - timedelta(days=number % 28)).isoformat()
                for database, worker in ((short_ledger, one), (long_ledger, other)):
                    took = worker.call("tests.bench.refreshing:sell_and_refresh", day=day)
                    if number >= 0:
                        times[database].append(took)

        for _ in range(rounds):
            for name, definition in (("store_days", VIEW), ("net_sales", SMALL_VIEW)):
                sell_and_refresh(SAMPLES)
                took = other.call(
                    "tests.bench.refreshing:refresh_view", name=name, definition=definition
                )
                views[name].append(took)
        sell_and_refresh(SAMPLES)
    kept = keep_again(servers, long_ledger)
    whole, one_sum = min(views["store_days"]), min(views["net_sales"])
    brief, full = (statistics.median(times[name]) for name in (short_ledger, long_ledger))
    tell(
        f"refresh: {brief * 1000:.1f} [{min(times[short_ledger]) * 1000:.1f}] ms and"
        f" {full * 1000:.1f} [{min(times[long_ledger]) * 1000:.1f}] ms, median [best]"
    )
    sizes = f"{long / 1e6:g} M lines ÷ at {long / TIMES_SHORTER / 1e6:g} M"
    of_lines = "of the same figures from the lines, best"
    return [
        Figure(
            "refresh", f"{BUCKETS} buckets at {sizes}", ms(full), ms(brief),
            full / brief, 1.2, "lower",
        ),
        Figure(
            "refresh", f"REFRESH CONCURRENTLY {of_lines} ÷ ours", ms(full), ms(whole),
            whole / full, 500,
        ),
        Figure(
            "refresh", f"keeping {BUCKETS} opened store months again ÷ the refresh itself",
            ms(kept), ms(full), kept / full,
        ),
        Figure(
            "refresh", "the same of net sales alone, best ÷ ours", ms(full), ms(one_sum),
            one_sum / full,
        ),
    ]  # fmt: skip


def keep_again(servers: Servers, database: str) -> float:
    """Seconds to keep the goods of 50 store months after a late sale in each."""
    with servers.worker(database) as worker:
        worker.call("tests.bench.refreshing:keep")
        times = []
        for number in range(3):
            day = (LAST_DAY - timedelta(days=number + 3)).isoformat()
            worker.call("tests.bench.refreshing:sell_and_refresh", day=day)
            times.append(worker.call("tests.bench.refreshing:keep"))
    return statistics.median(times)


# What follows runs in a worker, with Django.


def sell_and_refresh(*, day: str) -> float:
    """Seconds of the refresh after one sale in each of the 50 stores on `day`."""
    from django.db import connection, transaction

    from reporting.services import facts

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT bench.sell(%s)", [date.fromisoformat(day)])
    began = time.perf_counter()
    done = facts.refresh()
    seconds = time.perf_counter() - began
    if done.buckets != BUCKETS:
        raise AssertionError(f"{done.buckets} buckets were refreshed, not {BUCKETS}")
    return seconds


def keep() -> float:
    """Seconds to keep what is open."""
    from reporting.services import goods

    began = time.perf_counter()
    goods.keep(today=LAST_DAY + timedelta(days=1))
    return time.perf_counter() - began


def refresh_view(*, name: str, definition: str) -> float:
    """Seconds of a REFRESH MATERIALIZED VIEW CONCURRENTLY."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(definition)
        cursor.execute(
            f"CREATE UNIQUE INDEX IF NOT EXISTS {name}_key ON bench.{name} (store_id, day)"
        )
        began = time.perf_counter()
        cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY bench.{name}")
        return time.perf_counter() - began

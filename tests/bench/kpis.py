"""A month's key figures of the whole chain, beside one indexed row and the raw GROUP BY."""

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final

from tests.bench.figures import Figure, ms, p95
from tests.bench.ledgers import LAST_DAY, first_day, ledger, months
from tests.bench.refreshing import BUCKETS, LONG
from tests.bench.servers import Servers

CALLS: Final = 100
ENOUGH: Final = 200
# The same question to the lines: every sum of the month, net sales of the two months compared with.
SAME_QUESTION: Final = """
    SELECT sum(net_ht), sum(returned_ht), sum(shelf_ht), sum(loyalty_ht), sum(coupon_ht),
           sum(manual_ht),
           sum(net_ttc), sum(returned_ttc), sum(shelf_ttc), sum(loyalty_ttc), sum(coupon_ttc),
           sum(manual_ttc),
           sum(units), sum(returned_units), sum(loose_ht), sum(covered_lines), sum(covered_ht),
           sum(cost), NULL, NULL
    FROM reporting_line
    WHERE day BETWEEN %(start)s AND %(end)s AND id >= %(first)s AND id < %(last)s
    UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL, sum(transactions), sum(transactions) FILTER (WHERE has_piece)
    FROM (SELECT sale_id, bool_or(is_piece) AS has_piece FROM reporting_line
          WHERE day BETWEEN %(start)s AND %(end)s AND id >= %(first)s AND id < %(last)s
          GROUP BY sale_id) goods
    JOIN reporting_ticket ticket USING (sale_id)
"""
NET: Final = """
    SELECT sum(net_ht) FROM reporting_line
    WHERE day BETWEEN %(start)s AND %(end)s AND id >= %(first)s AND id < %(last)s
"""
OF_GOODS: Final = ("net_sales", "units", "gross_margin", "transactions")
# A month by category or product, straight from the lines: net sales, pieces, costs, tickets.
BY_GOODS: Final = """
    SELECT {key}, sum(l.net_ht), sum(l.units), sum(l.covered_ht), sum(l.cost),
           count(DISTINCT l.sale_id)
    FROM reporting_line l LEFT JOIN inventory_category c ON c.id = l.category_id
    WHERE l.day BETWEEN %(start)s AND %(end)s AND l.id >= %(first)s AND l.id < %(last)s
    GROUP BY 1
"""
HISTORY: Final = """
    SELECT store_id, date_trunc('month', business_date::timestamp), sum(net_ht)
    FROM sales_saleline WHERE kind = 'item' GROUP BY 1, 2
"""


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Reports and single rows call by call in turns, the raw queries between the rounds."""
    long = lines or LONG
    found: dict[str, list[float]] = {}
    whole = [month.isoformat() for month in months(first_day(long)) if month.day == 1]
    with servers.worker(ledger(servers, lines=long)) as worker:
        for number in range(max(rounds, -(-ENOUGH // CALLS))):
            measured = worker.call(
                "tests.bench.kpis:ask", calls=CALLS, seed=number, months=whole[-12:]
            )
            for name, times in measured.items():
                found.setdefault(name, []).extend(times)
    report, row = p95(found["report"]), p95(found["row"])
    tell(f"kpi: {len(found['report'])} reports and as many single rows, call by call")
    same, history = min(found["same_question"]), min(found["history"])
    what = f"a month, whole chain, {long / 1e6:g} M lines, nothing cached"
    middle = {name: statistics.median(found[name]) for name in ("report", "row")}
    return [
        Figure(
            "kpi", f"{what}, p95 ÷ one row by Django, p95", ms(report), ms(row),
            report / row, 25, "lower",
        ),
        Figure(
            "kpi", "the same, p50 ÷ p50", ms(middle["report"]), ms(middle["row"]),
            middle["report"] / middle["row"],
        ),
        Figure(
            "kpi", "the same question to the lines, best ÷ ours, p95", ms(report), ms(same),
            same / report, 70,
        ),
        Figure(
            "kpi", "GROUP BY store, month over all lines, best ÷ ours, p95", ms(report),
            ms(history), history / report, 70,
        ),
        _beside("by store", found["by_store"], found["row"]),
        *(
            Figure(
                "kpi", f"{what} {words}, GROUP BY of the lines ÷ ours, best",
                ms(min(found[name])), ms(min(found[f"{name}_lines"])),
                min(found[f"{name}_lines"]) / min(found[name]),
            )
            for name, words in (
                ("category", "by category, a month"),
                ("days", "by category, 28 days"),
                ("product", "by product, a month (20,000 rows)"),
            )
            for what in ("sales, pieces, margin, tickets",)
        ),
        _beside(f"with {BUCKETS} dirty buckets", found["dirty"], found["row"]),
    ]  # fmt: skip


def _beside(what: str, ours: list[float], limit: list[float]) -> Figure:
    return Figure(
        "kpi", f"the month {what}, p95 ÷ one row, p95",
        ms(p95(ours)), ms(p95(limit)), p95(ours) / p95(limit),
    )  # fmt: skip


# What follows runs in a worker, with Django.


def ask(*, calls: int, seed: int, months: list[str]) -> dict[str, list[float]]:
    """Seconds of each call, by what was called."""
    from django.db import connection, transaction

    chance = random.Random(seed)
    whole = [date.fromisoformat(month) for month in months]
    for _ in range(10):
        _report(chance.choice(whole))
        _row(chance)
    times: dict[str, list[float]] = {"report": [], "row": [], "by_store": [], "dirty": []}
    for _ in range(calls):
        times["report"].append(_report(chance.choice(whole)))
        times["row"].append(_row(chance))
        times["by_store"].append(_report(chance.choice(whole), by="store"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT bench.sell(%s)", [LAST_DAY - timedelta(days=seed % 28)])
        for _ in range(calls // 4):
            times["dirty"].append(_report(LAST_DAY.replace(day=1)))
        transaction.set_rollback(True)
    times["same_question"] = [_same_question(chance.choice(whole)) for _ in range(3)]
    for name, words in (
        ("category", {"by": "category"}),
        ("days", {"by": "category", "days": 28}),
        ("product", {"by": "product"}),
    ):
        start = whole[-2]  # not the last: 28 days from its third reach into the next
        times[name] = [_goods(start, **words) for _ in range(5)]
        key = "l.product_id" if name == "product" else "c.parent_id"
        times[f"{name}_lines"] = [
            _timed(BY_GOODS.format(key=key), _window(start)) for _ in range(3)
        ]
    times["history"] = [_timed(HISTORY, {})]
    return times


def _report(start: date, *, by: str | None = None) -> float:
    from reporting.selectors import kpis

    principal = _director()
    began = time.perf_counter()
    report = kpis.report(principal=principal, start=start, end=_last_of(start), by=by)
    seconds = time.perf_counter() - began
    if not float(report.total["net_sales"] or 0):
        raise AssertionError(f"{start} has no sales")
    return seconds


def _goods(start: date, *, by: str, days: int | None = None) -> float:
    from reporting.selectors import kpis

    end = _last_of(start)
    if days:
        start = start + timedelta(days=2)
        end = start + timedelta(days=days - 1)
    principal = _director()
    began = time.perf_counter()
    kpis.report(principal=principal, start=start, end=end, by=by, kpis=OF_GOODS)
    return time.perf_counter() - began


def _window(start: date) -> dict[str, Any]:
    from sales.selectors.sales import key_window

    low, high = key_window(start, _last_of(start))
    return {"start": start, "end": _last_of(start), "first": low, "last": high}


def _row(chance: random.Random) -> float:
    from inventory.models import Product

    key = _first_product() + chance.randrange(20_000)
    began = time.perf_counter()
    Product.objects.get(pk=key)
    return time.perf_counter() - began


def _same_question(start: date) -> float:
    from sales.selectors.sales import key_window

    def window(first: date, last: date) -> dict[str, Any]:
        low, high = key_window(first, last)
        return {"start": first, "end": last, "first": low, "last": high}

    before = start - timedelta(days=1)
    year = timedelta(days=364)
    return (
        _timed(SAME_QUESTION, window(start, _last_of(start)))
        + _timed(NET, window(before.replace(day=1), before))
        + _timed(NET, window(start - year, _last_of(start) - year))
    )


def _timed(statement: str, parameters: dict[str, Any]) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(statement, parameters)
        cursor.fetchall()
        return time.perf_counter() - began


def _last_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _director() -> Any:
    """Read anew: a user remembers her scope."""
    from epm.access.models import Role, ScopeKind, StoreScope, User

    user, made = User.objects.get_or_create(username="director", defaults={"role": Role.DIRECTOR})
    if made:
        StoreScope.objects.create(user=user, kind=ScopeKind.CHAIN)
    return user


def _first_product() -> int:
    from django.db.models import Min

    from inventory.models import Product

    if not _known:
        _known.append(Product.objects.aggregate(first=Min("pk"))["first"])
    return _known[0]


_known: list[int] = []

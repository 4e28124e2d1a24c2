"""What one store sells by hour, cashier and register, and how today goes against its target.

From the lines that key figures add up, so the parts of each kind sum to the store's net sales.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from epm.access.models import User
from epm.organization.models import Store
from epm.platform.calendars import Period
from sales.selectors.sales import key_window
from sales.selectors.targets import target_of_day

# One row for each sale with goods.
SALES: Final = """
    SELECT s.*, g.net_ht, g.net_ttc, g.returned_ttc,
           CASE WHEN s.is_pure_return THEN 0 WHEN s.is_correction THEN -1 ELSE 1 END
               AS transactions
    FROM (
        SELECT l.sale_id, sum(l.net_ht) AS net_ht, sum(l.net_ttc) AS net_ttc,
               coalesce(sum(l.returned_ttc), 0) AS returned_ttc
        FROM reporting_line l
        WHERE l.id >= %(first)s AND l.id < %(last)s
          AND l.store_id = %(store)s AND l.day BETWEEN %(start)s AND %(end)s
        GROUP BY l.sale_id
    ) g
    JOIN sales_sale s ON s.id = g.sale_id
    WHERE s.store_id = %(store)s AND s.business_date BETWEEN %(start)s AND %(end)s
"""
SUMS: Final = "sum(transactions), sum(net_ht), sum(net_ttc), sum(returned_ttc)"
PARTS: Final = f"""
    SELECT grouping(hour, cashier_id, register_id), hour, cashier_id, register_id, {SUMS}
    FROM (SELECT extract(hour FROM sold_at AT TIME ZONE %(zone)s)::int AS hour, sale.*
          FROM ({SALES}) sale) sale
    GROUP BY GROUPING SETS ((hour), (cashier_id), (register_id))
"""  # noqa: S608 - constants
BY_HOUR, BY_CASHIER, BY_REGISTER = 0b011, 0b101, 0b110
DAILY: Final = f"""
    SELECT register_id, business_date, {SUMS} FROM ({SALES}) sale
    GROUP BY register_id, business_date
"""  # noqa: S608 - constants
# What was sold by this time of the business day, and on the whole day.
PROFILE: Final = f"""
    SELECT coalesce(sum(net_ht) FILTER (WHERE
               sold_at AT TIME ZONE %(zone)s - business_date::timestamp <= %(elapsed)s), 0),
           coalesce(sum(net_ht), 0)
    FROM ({SALES}) sale WHERE business_date = ANY (%(days)s)
"""  # noqa: S608 - constants
WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class Sums:
    """Amounts in the store's currency; `returned_ttc` is positive."""

    transactions: int = 0
    net_ht: Decimal = Decimal(0)
    net_ttc: Decimal = Decimal(0)
    returned_ttc: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Performance:
    """None as a key: sales without a cashier, or of no register, such as imported ones."""

    hours: Mapping[int, Sums]
    cashiers: Mapping[int | None, Sums]
    registers: Mapping[int | None, Sums]


@dataclass(frozen=True, slots=True)
class Today:
    """`expected_ht` is the part of `target_ht` that the same weekdays of the four weeks before
    had sold by this time of day; None: no target, or nothing sold on those days."""

    day: date
    net_ht: Decimal
    target_ht: Decimal | None
    expected_ht: Decimal | None


def performance(store: Store, *, period: Period) -> Performance:
    """One query. Whether one may see the store is for the caller."""
    found: dict[int, dict[Any, Sums]] = {BY_HOUR: {}, BY_CASHIER: {}, BY_REGISTER: {}}
    for which, hour, cashier, register, *sums in _rows(PARTS, store, period):
        key = {BY_HOUR: hour, BY_CASHIER: cashier, BY_REGISTER: register}[which]
        found[which][key] = _sums(sums)
    order = [(store.day_cutoff_hour + step) % 24 for step in range(24)]
    hours = {hour: found[BY_HOUR][hour] for hour in order if hour in found[BY_HOUR]}
    return Performance(hours, found[BY_CASHIER], found[BY_REGISTER])


def daily(store: Store, *, period: Period) -> dict[tuple[int | None, date], Sums]:
    """By register and business day. One query."""
    return {(register, day): _sums(sums) for register, day, *sums in _rows(DAILY, store, period)}


def today(store: Store, *, now: datetime) -> Today:
    """How the business day that runs now goes, by the store's clock. Three queries."""
    local = now.astimezone(ZoneInfo(store.timezone)).replace(tzinfo=None)
    day = (local - timedelta(hours=store.day_cutoff_hour)).date()
    elapsed = local - datetime.combine(day, datetime.min.time())
    sold = [_sums(sums) for _register, _day, *sums in _rows(DAILY, store, Period(day, day))]
    target = target_of_day(store.pk, day=day)
    expected = None
    if target is not None:
        days = [day - timedelta(weeks=number) for number in range(1, WEEKS + 1)]
        ((so_far, whole),) = _rows(
            PROFILE, store, Period(days[-1], days[0]), elapsed=elapsed, days=days
        )
        expected = target * so_far / whole if whole > 0 else None
    return Today(day, sum((each.net_ht for each in sold), Decimal(0)), target, expected)


def names_of(cashiers: Mapping[int | None, Sums]) -> dict[int, str]:
    """How cashiers are called, by their key. For who sees people only."""
    users = User.objects.filter(pk__in=[pk for pk in cashiers if pk is not None])
    return {user.pk: str(user) for user in users}


def _sums(row: list[Any]) -> Sums:
    transactions, *amounts = row
    return Sums(int(transactions), *amounts)


def _rows(sql: str, store: Store, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    first, last = key_window(period.start, period.end)
    words = {
        "zone": store.timezone, "store": store.pk, "first": first, "last": last,
        "start": period.start, "end": period.end, **more,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, words)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found

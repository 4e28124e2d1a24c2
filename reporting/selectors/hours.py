"""When a store sells: its net sales by weekday and hour of its own clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db import connection

from epm.organization.models import Store
from epm.platform.calendars import Period
from sales.selectors.sales import key_window

BY_HOUR: Final = """
    SELECT extract(isodow FROM s.business_date)::int,
           extract(hour FROM s.sold_at AT TIME ZONE %(zone)s)::int,
           sum(g.net_ht),
           sum(CASE WHEN s.is_pure_return THEN 0 WHEN s.is_correction THEN -1 ELSE 1 END)
    FROM (
        SELECT l.sale_id, sum(l.net_ht) AS net_ht
        FROM reporting_line l
        WHERE l.id >= %(first)s AND l.id < %(last)s
          AND l.store_id = %(store)s AND l.day BETWEEN %(start)s AND %(end)s
        GROUP BY l.sale_id
    ) g
    JOIN sales_sale s ON s.id = g.sale_id
    WHERE s.store_id = %(store)s AND s.business_date BETWEEN %(start)s AND %(end)s
    GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """Net sales without tax in the store's currency, and transactions, of all such hours."""

    net_ht: Decimal
    transactions: int


@dataclass(frozen=True, slots=True)
class Hours:
    """`cells` by (ISO weekday, local hour); an hour without a sale has none.

    `hours` are those from the first to the last with a sale, in the order of the business day: at
    a cut-off of 4 the hours after midnight come last. `days`: how often each weekday occurs.
    """

    cells: Mapping[tuple[int, int], Cell]
    hours: tuple[int, ...]
    days: Mapping[int, int]

    @property
    def net_ht(self) -> Decimal:
        return sum((cell.net_ht for cell in self.cells.values()), Decimal(0))


def sales_by_hour(store: Store, *, period: Period) -> Hours:
    """One query over the store's own days. Whether one may see the store is for the caller."""
    first, last = key_window(period.start, period.end)
    with connection.cursor() as cursor:
        cursor.execute(
            BY_HOUR,
            {"zone": store.timezone, "store": store.pk, "first": first, "last": last,
             "start": period.start, "end": period.end},
        )  # fmt: skip
        cells = {(weekday, hour): Cell(net, int(count)) for weekday, hour, net, count in cursor}
    return Hours(cells=cells, hours=_in_order(cells, store.day_cutoff_hour), days=_days_of(period))


def _in_order(cells: Mapping[tuple[int, int], Cell], cutoff: int) -> tuple[int, ...]:
    order = [(cutoff + step) % 24 for step in range(24)]
    used = sorted({order.index(hour) for _, hour in cells})
    return tuple(order[used[0] : used[-1] + 1]) if used else ()


def _days_of(period: Period) -> dict[int, int]:
    weeks, rest = divmod(period.days, 7)
    extra = {(period.start + timedelta(days=n)).isoweekday() for n in range(rest)}
    return {weekday: weeks + (weekday in extra) for weekday in range(1, 8)}

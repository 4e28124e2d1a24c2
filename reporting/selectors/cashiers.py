"""What stands out at tills: refunds, overrides, drawers opened, baskets thrown away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from django.db import connection

from epm.platform.calendars import Period
from reporting.kpis.control import Chart, Verdict, judged
from sales.selectors.sales import key_window

Who = Literal["cashier", "register"]
MEASURES: Final[Mapping[str, Chart]] = {
    "refunds": Chart.SHARE,
    "no_receipt": Chart.EVENTS,
    "overrides": Chart.EVENTS,
    "no_sale": Chart.EVENTS,
    "discarded": Chart.EVENTS,
}
# Tickets of tills with goods: imported sales name no register.
TICKETS: Final = """
    SELECT s.store_id, s.{key}, count(*), coalesce(sum(g.net_ttc + g.returned_ttc), 0),
           coalesce(sum(g.returned_ttc), 0), count(*) FILTER (WHERE g.returned_ttc > 0),
           coalesce(sum(o.no_receipt), 0), coalesce(sum(o.overrides), 0)
    FROM (
        SELECT l.sale_id, sum(l.net_ttc) AS net_ttc,
               coalesce(sum(l.returned_ttc), 0) AS returned_ttc
        FROM reporting_line l
        WHERE l.id >= %(first)s AND l.id < %(last)s
          AND l.store_id = ANY (%(stores)s) AND l.day BETWEEN %(start)s AND %(end)s
        GROUP BY l.sale_id
    ) g
    JOIN sales_sale s ON s.id = g.sale_id
    LEFT JOIN (
        SELECT v.sale_id, count(*) FILTER (WHERE v.kind = 'no_receipt') AS no_receipt,
               count(*) FILTER (WHERE v.kind IN ('discount', 'price')) AS overrides
        FROM sales_override v
        WHERE v.sale_id >= %(first)s AND v.sale_id < %(last)s
        GROUP BY v.sale_id
    ) o ON o.sale_id = s.id
    WHERE s.register_id IS NOT NULL AND NOT s.is_correction AND s.{key} IS NOT NULL
    GROUP BY s.store_id, s.{key}
"""
OPENINGS: Final = """
    SELECT m.store_id, {key}, count(*) FROM sales_drawermovement m
    JOIN sales_registersession n ON n.id = m.session_id
    WHERE m.kind = 'no_sale' AND m.store_id = ANY (%(stores)s)
      AND n.business_date BETWEEN %(start)s AND %(end)s AND {key} IS NOT NULL
    GROUP BY 1, 2
"""
# A basket is of the day on which it was put aside, by the store's clock.
DISCARDED: Final = """
    SELECT k.store_id, k.{key}, count(*) FROM sales_parkedticket k
    JOIN organization_store p ON p.id = k.store_id
    WHERE k.state = 'discarded' AND k.store_id = ANY (%(stores)s) AND k.{key} IS NOT NULL
      AND ((k.parked_at AT TIME ZONE p.timezone)
           - make_interval(hours => p.day_cutoff_hour))::date BETWEEN %(start)s AND %(end)s
    GROUP BY 1, 2
"""
COLUMNS: Final[Mapping[Who, tuple[str, str, str]]] = {
    "cashier": ("cashier_id", "m.moved_by_id", "parked_by_id"),
    "register": ("register_id", "n.register_id", "register_id"),
}
Key = tuple[int, int]
"""Store and cashier or register."""


@dataclass(slots=True)
class Counts:
    """Of one cashier or register in one store; amounts incl. tax in the store's currency."""

    tickets: int = 0
    sold_ttc: Decimal = Decimal(0)
    returned_ttc: Decimal = Decimal(0)
    refunds: int = 0
    no_receipt: int = 0
    overrides: int = 0
    no_sale: int = 0
    discarded: int = 0
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @property
    def flagged(self) -> bool:
        return any(verdict.flagged for verdict in self.verdicts.values())


def watched(*, stores: Sequence[int], period: Period, by: Who) -> dict[Key, Counts]:
    """What stands out in these stores, against their pooled rates. Three queries.

    Whether one may see the stores, and the people, is for the caller.
    """
    first, last = key_window(period.start, period.end)
    words: dict[str, Any] = {"stores": list(stores), "start": period.start, "end": period.end,
             "first": first, "last": last}  # fmt: skip
    sales_key, moved_key, parked_key = COLUMNS[by]
    found: dict[Key, Counts] = {}
    with connection.cursor() as cursor:
        cursor.execute(TICKETS.format(key=sales_key), words)
        for store, key, tickets, sold, returned, *events in cursor.fetchall():
            refunds, no_receipt, overrides = (int(count) for count in events)
            found[store, key] = Counts(tickets, sold, returned, refunds, no_receipt, overrides)
        cursor.execute(OPENINGS.format(key=moved_key), words)
        for store, key, count in cursor.fetchall():
            found.setdefault((store, key), Counts()).no_sale = count
        cursor.execute(DISCARDED.format(key=parked_key), words)
        for store, key, count in cursor.fetchall():
            found.setdefault((store, key), Counts()).discarded = count
    for name, chart in MEASURES.items():
        rates = {key: (getattr(each, name), each.tickets) for key, each in found.items()}
        for key, verdict in judged(rates, chart=chart).items():
            found[key].verdicts[name] = verdict
    return found

"""The days that a statement reads of the facts by store and day: each window once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from epm.platform.calendars import Period
from reporting.selectors import sums_known_sql
from sales.selectors.sales import key_window

# Buckets written since the last refresh are read from the ledger, once for all windows, by the
# statement's own snapshot.
LIVE: Final = """
    live AS MATERIALIZED (
        SELECT f.*
        FROM (SELECT array_agg(f.store_id) AS store_list, array_agg(f.day) AS day_list
              FROM (SELECT store_id, business_date AS day FROM sales_ledgerchange) f
              WHERE {windows}) dirty
        CROSS JOIN LATERAL reporting_store_days(dirty.store_list, dirty.day_list) f
        WHERE dirty.store_list IS NOT NULL
    )
"""
STORE_DAYS: Final = """
    {name} AS (
        SELECT {columns} FROM reporting_storeday f
        WHERE {window}
          AND NOT EXISTS (SELECT FROM sales_ledgerchange c
                          WHERE c.store_id = f.store_id AND c.business_date = f.day)
        UNION ALL
        SELECT {columns} FROM live f WHERE {window}
    )
"""
# Of all windows and times: which days have been sold on since the last refresh.
LIVE_DAYS: Final = "live_days AS MATERIALIZED (SELECT * FROM reporting_live_days())"
Stores = tuple[int, ...] | None


@dataclass(slots=True)
class Windows:
    """Columns by what they are read of: days, stores or None for all, and as known at a moment."""

    columns: dict[tuple[Period, Stores, datetime | None], set[str]] = field(default_factory=dict)

    def name(
        self, period: Period, *, stores: Stores, columns: Sequence[str], known_at: datetime | None
    ) -> str:
        """What the window is called in the statement; it has these columns, and others."""
        self.columns.setdefault((period, stores, known_at), set()).update(columns)
        return f"days_{list(self.columns).index((period, stores, known_at))}"

    def sql(self) -> list[str]:
        """Its definitions, for a WITH."""
        live, days = [], []
        for number, ((_, stores, known_at), columns) in enumerate(self.columns.items()):
            window = _window(number, stores)
            if known_at is not None:
                days.append(_known(number, columns, window=window))
                continue
            live.append(window)
            listed = ", ".join(f"f.{name}" for name in sorted(columns))
            days.append(STORE_DAYS.format(name=f"days_{number}", columns=listed, window=window))
        shared = [LIVE_DAYS, LIVE.format(windows=" OR ".join(live))] if live else [LIVE_DAYS]
        return [*shared, *days]

    @property
    def parameters(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for number, (period, stores, known_at) in enumerate(self.columns):
            first_key, end_key = key_window(period.start, period.end)
            values = {
                "start": period.start, "end": period.end, "stores": list(stores or ()),
                "first_key": first_key, "end_key": end_key, "known_at": known_at,
            }  # fmt: skip
            found |= {f"days_{number}_{name}": value for name, value in values.items()}
        return found


def _known(number: int, columns: Collection[str], *, window: str) -> str:
    """Of the ledger's lines; tickets are counted where they are asked for."""
    of_tickets = sorted(columns & sums_known_sql.TICKETS.keys())
    of_lines = sorted(columns - sums_known_sql.TICKETS.keys() - {"store_id", "day"})
    sums = [f"coalesce(sum(f.{name}), 0) AS {name}" for name in of_lines]
    told = [*sums, *(f"{sums_known_sql.TICKETS[name]} AS {name}" for name in of_tickets)]
    keys = {name: f"%(days_{number}_{name})s" for name in ("first_key", "end_key")}
    known = sums_known_sql.KNOWN_SALES.replace("%(known_at)s", f"%(days_{number}_known_at)s")
    template = sums_known_sql.STORE_DAYS_WITH_TICKETS if of_tickets else sums_known_sql.STORE_DAYS
    return template.format(
        name=f"days_{number}",
        sums="".join(f", {each}" for each in told),
        of_sale="".join(f", {each}" for each in sums),
        window=window,
        as_known=known.format(**keys),
        **keys,
    )


def _window(number: int, stores: Stores) -> str:
    days = f"f.day BETWEEN %(days_{number}_start)s AND %(days_{number}_end)s"
    return (
        f"({days}{'' if stores is None else f' AND f.store_id = ANY (%(days_{number}_stores)s)'})"
    )

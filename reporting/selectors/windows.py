"""The days that a statement reads of the facts by store and day: each window once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from epm.platform.calendars import Period

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
    """Columns by what they are read of: days, and stores or None for all."""

    columns: dict[tuple[Period, Stores], set[str]] = field(default_factory=dict)

    def name(self, period: Period, *, stores: Stores, columns: Sequence[str]) -> str:
        """What the window is called in the statement; it has these columns, and others."""
        self.columns.setdefault((period, stores), set()).update(columns)
        return f"days_{list(self.columns).index((period, stores))}"

    def sql(self) -> list[str]:
        """Its definitions, for a WITH."""
        if not self.columns:
            return [LIVE_DAYS]
        windows = [_window(number, stores) for number, (_, stores) in enumerate(self.columns)]
        days = [
            STORE_DAYS.format(
                name=f"days_{number}",
                columns=", ".join(f"f.{name}" for name in sorted(columns)),
                window=window,
            )
            for number, (window, columns) in enumerate(
                zip(windows, self.columns.values(), strict=True)
            )
        ]
        return [LIVE_DAYS, LIVE.format(windows=" OR ".join(dict.fromkeys(windows))), *days]

    @property
    def parameters(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for number, (period, stores) in enumerate(self.columns):
            found |= {
                f"days_{number}_start": period.start,
                f"days_{number}_end": period.end,
                f"days_{number}_stores": list(stores or ()),
            }
        return found


def _window(number: int, stores: Stores) -> str:
    days = f"f.day BETWEEN %(days_{number}_start)s AND %(days_{number}_end)s"
    return (
        f"({days}{'' if stores is None else f' AND f.store_id = ANY (%(days_{number}_stores)s)'})"
    )

"""What has been sold today, each store by its own clock. The whole chain: for operations."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import connection

# One range of the index (store, business date) for each store, whatever the ledger.
TODAY: Final = """
    SELECT s.kind, s.currency, coalesce(sum(sold.tickets), 0), coalesce(sum(sold.net_ht), 0)
    FROM organization_store s
    CROSS JOIN LATERAL (
        SELECT count(*) AS tickets, sum(t.total_ht) AS net_ht
        FROM sales_sale t
        WHERE t.store_id = s.id AND t.business_date =
            ((now() AT TIME ZONE s.timezone) - make_interval(hours => s.day_cutoff_hour))::date
    ) sold
    GROUP BY s.kind, s.currency
    ORDER BY s.kind, s.currency
"""


@dataclass(frozen=True, slots=True)
class SoldToday:
    """Documents of the ledger, returns among them, and their total excl. tax."""

    store_kind: str
    currency: str
    tickets: int
    net_ht: Decimal


def sold_today() -> list[SoldToday]:
    """A row for each kind of store and currency; zeros when nothing was sold."""
    with connection.cursor() as cursor:
        cursor.execute(TODAY)
        return [SoldToday(*row) for row in cursor.fetchall()]


def refresh_lag() -> tuple[int, float]:
    """How many marks wait for the refresher, and since how many seconds the oldest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(marked_at)), 0)"
            " FROM sales_ledgerchange"
        )
        marks, seconds = cursor.fetchone()
    return marks, max(0.0, float(seconds))

"""When there were sales."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from epm.access.selectors.scope import Principal, scope_of

# One step at either end of the index (store, business date) for each store, whatever the ledger;
# as known at a moment as many as sales came in later there.
ENDS = """
    SELECT s.id, first.business_date, last.business_date
    FROM organization_store s
    CROSS JOIN LATERAL (SELECT business_date FROM sales_sale WHERE store_id = s.id {known}
                        ORDER BY business_date LIMIT 1) first
    CROSS JOIN LATERAL (SELECT business_date FROM sales_sale WHERE store_id = s.id {known}
                        ORDER BY business_date DESC LIMIT 1) last
    WHERE %(everything)s OR s.id = ANY (%(stores)s)
"""


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last business day with a sale."""

    first: date
    last: date


def days_with_sales(principal: Principal) -> Span | None:
    """The span of the sales in scope; None without any."""
    return whole(days_of_stores(principal))


def days_of_stores(principal: Principal, *, known_at: datetime | None = None) -> dict[int, Span]:
    """The span of each store in scope that has a sale, by its id.

    `known_at`: of the sales recorded until then.
    """
    scope = scope_of(principal)
    known = "" if known_at is None else "AND recorded_at <= %(known_at)s"
    with connection.cursor() as cursor:
        cursor.execute(
            ENDS.format(known=known),
            {
                "everything": scope.all_stores,
                "stores": list(scope.store_ids),
                "known_at": known_at,
            },
        )
        return {store: Span(first, last) for store, first, last in cursor.fetchall()}


def whole(spans: Mapping[int, Span]) -> Span | None:
    """From the first to the last of them; None without any."""
    if not spans:
        return None
    return Span(
        min(span.first for span in spans.values()), max(span.last for span in spans.values())
    )

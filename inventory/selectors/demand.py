"""Demand as the ledger of stock tells it: sales less returns, on days when there was something to
sell (kpis.md 4.4). What a day in stock and a trading day are: inventory/sql/stock_days.v1.sql.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from epm.access.selectors.scope import Principal
from inventory.selectors.replenishment import visible_ids

LEAST_DAYS: Final = 7
"""Demand seen on fewer in-stock trading days says nothing."""

DEMAND: Final = """
    SELECT s.id, d.product_id, d.days,
           CASE WHEN d.days >= %(least)s THEN d.ads END,
           CASE WHEN d.days >= %(least)s THEN d.sigma END
    FROM unnest(%(stores)s::bigint[]) s (id)
    CROSS JOIN LATERAL inventory_demand(
        s.id, coalesce(%(products)s::bigint[], ARRAY(
            SELECT l.product_id FROM inventory_stocklevel l WHERE l.store_id = s.id)),
        %(until)s) d
    ORDER BY s.id, d.product_id
"""
OUT: Final = """
    SELECT s.id, coalesce(sum(o.out), 0), coalesce(sum(o.ranged), 0)
    FROM unnest(%(stores)s::bigint[]) s (id)
    CROSS JOIN LATERAL (
        SELECT sum(o.trading) AS out, 0 AS ranged
        FROM inventory_out_stretches(s.id, ARRAY(
            SELECT l.product_id FROM inventory_stocklevel l
            JOIN inventory_product p ON p.id = l.product_id AND p.is_active
            WHERE l.store_id = s.id), %(first)s, %(last)s) o
        UNION ALL
        SELECT 0, sum(t.days)
        FROM (SELECT greatest(min(d.day), %(first)s) AS since FROM inventory_stockday d
              JOIN inventory_product p ON p.id = d.product_id AND p.is_active
              WHERE d.store_id = s.id AND d.day <= %(last)s GROUP BY d.product_id) r
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE c.open AND c.day >= r.since) AS days
            FROM calendars c WHERE c.store_id = s.id) t
    ) o
    GROUP BY s.id ORDER BY s.id
"""
CALENDARS: Final = """
    WITH calendars AS MATERIALIZED (
        SELECT s.id AS store_id, t.day, t.open
        FROM unnest(%(stores)s::bigint[]) s (id)
        CROSS JOIN LATERAL inventory_trading_days(s.id, %(first)s, %(last)s) t
    )
"""


@dataclass(frozen=True, slots=True)
class Demand:
    """Average daily sales and their deviation (population) in the product's unit; None: seen on
    fewer than 7 in-stock trading days."""

    store_id: int
    product_id: int
    days: int
    ads: Decimal | None
    sigma: Decimal | None


@dataclass(frozen=True, slots=True)
class OutOfStock:
    """Of the days on which a store traded, over all active products that it had had by then:
    how many without the product."""

    store_id: int
    out_days: int
    ranged_days: int

    @property
    def rate(self) -> Decimal | None:
        """Share of the days out of stock; on-shelf availability is 1 less it."""
        return Decimal(self.out_days) / self.ranged_days if self.ranged_days else None


def demand(
    *,
    principal: Principal,
    today: date,
    store_ids: Collection[int] | None = None,
    product_ids: Collection[int] | None = None,
) -> list[Demand]:
    """Of the last 28 in-stock trading days before `today`, looked for in 91 days."""
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids),
        "products": None if product_ids is None else list(product_ids),
        "until": today,
        "least": LEAST_DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(DEMAND, words)
        return [Demand(*row) for row in cursor.fetchall()]


def out_of_stock(
    *,
    principal: Principal,
    first: date,
    last: date,
    store_ids: Collection[int] | None = None,
) -> list[OutOfStock]:
    """How often products were out of stock from `first` to `last`, by store."""
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids),
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute(CALENDARS + OUT, words)
        return [OutOfStock(*(int(figure) for figure in row)) for row in cursor.fetchall()]

"""ABC by what products bring, XYZ by how steadily they sell (kpis.md 4.8)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from epm.access.selectors.scope import Principal
from inventory.selectors.replenishment import visible_ids
from inventory.selectors.tax_rates import rates_in_sight

A_UP_TO: Final = Decimal("0.80")
B_UP_TO: Final = Decimal("0.95")
X_UP_TO: Final = Decimal("0.5")
Y_UP_TO: Final = Decimal("1.0")
WEEKS: Final = 52
LEAST_WEEKS: Final = 8

# What the ledger sold in a year, at today's prices, less what it was worth as it left. Unknown
# where a price, a rate or the cost of any of it is, and in the sum of two currencies.
MARGINS: Final = """
    SELECT p.id, p.sku, CASE
        WHEN bool_and(d.costed = d.units AND p.sale_price IS NOT NULL AND t.rate IS NOT NULL)
             AND count(DISTINCT s.currency) = 1
        THEN round(sum(d.units * p.sale_price / (1 + t.rate) - d.cost), 3) END
    FROM (
        SELECT store_id, product_id, sum(sold - returned) AS units, sum(cost) AS cost,
               sum(costed) AS costed
        FROM inventory_stockday
        WHERE store_id = ANY (%(stores)s) AND day BETWEEN %(first)s AND %(last)s
          AND (sold > 0 OR returned > 0)
        GROUP BY store_id, product_id
    ) d
    JOIN organization_store s ON s.id = d.store_id
    JOIN inventory_product p ON p.id = d.product_id
    LEFT JOIN unnest(%(regimes)s::text[], %(classes)s::text[], %(rates)s::numeric[])
        t (regime, class, rate)
        ON t.regime = s.vat_regime AND t.class = lower(p.tax_class_code)
    GROUP BY p.id
"""
# A week counts from the first whole one since the product was there. It is left out where a trading
# day of it was without the product in more than half of the stores that have it.
STEADINESS: Final = """
    WITH ranged AS MATERIALIZED (
        SELECT product_id, count(*) AS stores, greatest(min(since), %(first)s) AS since
        FROM (SELECT store_id, product_id, min(day) AS since FROM inventory_stockday
              WHERE store_id = ANY (%(stores)s) AND day <= %(last)s GROUP BY 1, 2) level
        GROUP BY product_id
    ), whole AS (
        SELECT product_id, stores,
               date_trunc('week', since + 6)::date AS since,
               (%(last)s::date + 1 - date_trunc('week', since + 6)::date) / 7 AS weeks
        FROM ranged
    ), out_weeks AS MATERIALIZED (
        SELECT x.product_id, x.week
        FROM (
            SELECT DISTINCT s.id, o.product_id, w.week::date AS week
            FROM unnest(%(stores)s::bigint[]) s (id)
            CROSS JOIN LATERAL inventory_out_stretches(s.id, ARRAY(
                SELECT l.product_id FROM inventory_stocklevel l WHERE l.store_id = s.id),
                %(first)s, %(last)s) o
            CROSS JOIN LATERAL generate_series(
                date_trunc('week', o.first_day), o.last_day, interval '7 days') w (week)
            WHERE o.trading > 0
        ) x JOIN whole r USING (product_id)
        WHERE x.week >= r.since
        GROUP BY x.product_id, x.week, r.stores HAVING 2 * count(*) > r.stores
    ), sold AS (
        SELECT d.product_id, date_trunc('week', d.day)::date AS week,
               sum(d.sold - d.returned) AS units
        FROM inventory_stockday d JOIN whole r USING (product_id)
        WHERE d.store_id = ANY (%(stores)s) AND d.day BETWEEN r.since AND %(last)s
        GROUP BY 1, 2
    ), weekly AS (  -- one pass: joined, weeks of thousands of products would meet one by one
        SELECT product_id, week, sum(units) AS units, bool_or(out) AS out
        FROM (SELECT product_id, week, units, false AS out FROM sold
              UNION ALL SELECT product_id, week, 0, true FROM out_weeks) w
        GROUP BY product_id, week
    ), usable AS (
        SELECT product_id, count(*) FILTER (WHERE out) AS out_weeks,
               sum(units) FILTER (WHERE NOT out) AS units,
               sum(units * units) FILTER (WHERE NOT out) AS squares
        FROM weekly GROUP BY product_id
    ), counted AS (
        SELECT r.product_id, r.weeks - coalesce(u.out_weeks, 0) AS weeks,
               coalesce(u.units, 0) AS units, coalesce(u.squares, 0) AS squares
        FROM whole r LEFT JOIN usable u USING (product_id)
    )
    SELECT p.id, p.sku, c.weeks, CASE WHEN c.weeks > 0 AND c.units > 0 THEN
               round(sqrt(greatest(0, c.squares / c.weeks - (c.units / c.weeks) ^ 2))
                     / (c.units / c.weeks), 6) END
    FROM counted c JOIN inventory_product p ON p.id = c.product_id
"""


@dataclass(frozen=True, slots=True)
class ProductClass:
    """A product's classes; None: n/a. `margin` is of 12 months, excl. tax, in the stores' currency,
    `variation` the deviation of weekly units by their mean over `weeks` usable weeks."""

    product_id: int
    sku: str
    abc: str | None
    margin: Decimal | None
    xyz: str | None
    variation: Decimal | None
    weeks: int


def abc_of(amounts: Iterable[tuple[str, Decimal | None]]) -> dict[str, str | None]:
    """The class of each SKU by what it brings: all of them at once, before any limit.

    From the largest down, ties by SKU: whoever starts below 80 % of the sum is A, below 95 % B,
    the rest C. What brings nothing or less is C, and no part of the sum. None: not known.
    """
    known: list[tuple[str, Decimal]] = []
    found: dict[str, str | None] = {}
    for sku, amount in amounts:
        found[sku] = None
        if amount is not None:
            known.append((sku, amount))
    total = sum((max(amount, Decimal(0)) for _sku, amount in known), Decimal(0))
    before = Decimal(0)
    for sku, amount in sorted(known, key=lambda pair: (-pair[1], pair[0])):
        found[sku] = _abc(before, amount, total=total)
        before += max(amount, Decimal(0))
    return found


def classes(
    *, principal: Principal, today: date, store_ids: Collection[int] | None = None
) -> list[ProductClass]:
    """Every product the stores in scope have sold or had in the year before `today`, by SKU.

    Who knows the margins of real tickets classifies these with `abc_of`; here they are those of
    the ledger of stock at today's prices.
    """
    year_ago = today - timedelta(days=365)
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids), "first": year_ago,
        "last": today - timedelta(days=1),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MARGINS, words | rates_in_sight(principal, on=today))
        margins = {sku: (product, margin) for product, sku, margin in cursor.fetchall()}
    steady = steadiness(principal=principal, today=today, store_ids=store_ids)
    brings = abc_of((sku, margin) for sku, (_product, margin) in margins.items())
    found = []
    for sku in sorted(margins.keys() | steady.keys()):
        product, margin = margins.get(sku, (None, None))
        other, weeks, variation = steady.get(sku, (product, 0, None))
        found.append(
            ProductClass(
                product or other, sku, brings.get(sku), margin,
                xyz_of(variation, weeks=weeks), variation, weeks,
            )
        )  # fmt: skip
    return found


def steadiness(
    *, principal: Principal, today: date, store_ids: Collection[int] | None = None
) -> dict[str, tuple[int, int, Decimal | None]]:
    """By SKU: the product, its usable weeks of the 52 before this one, and the variation of its
    weekly units over them (see `xyz_of`); None: nothing sold."""
    monday = today - timedelta(days=today.weekday())
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids), "first": monday - timedelta(weeks=WEEKS),
        "last": monday - timedelta(days=1),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(STEADINESS, words)
        return {sku: (product, weeks, cv) for product, sku, weeks, cv in cursor.fetchall()}


def xyz_of(variation: Decimal | None, *, weeks: int) -> str | None:
    """X up to 0.5, Y up to 1.0, else Z; None with fewer than 8 usable weeks, or nothing sold."""
    if variation is None or weeks < LEAST_WEEKS:
        return None
    if variation <= X_UP_TO:
        return "X"
    return "Y" if variation <= Y_UP_TO else "Z"


def _abc(before: Decimal, amount: Decimal, *, total: Decimal) -> str:
    if amount <= 0 or before >= B_UP_TO * total:
        return "C"
    return "A" if before < A_UP_TO * total else "B"

"""What stock-outs cost: days out of stock × daily sales in stock × what a unit brings.

Some buyers take something else instead: `SUBSTITUTION` of the units is not lost. Prices are the
products' of today, costs the stores' averages (or else the purchase price), excl. tax.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from inventory.selectors.replenishment import visible_ids
from inventory.selectors.tax_rates import rates_in_sight

SUBSTITUTION: Final = Decimal("0.3")

LOST: Final = """
    WITH out AS MATERIALIZED (
        SELECT s.id AS store_id, s.currency, s.vat_regime, o.product_id,
               sum(o.trading) AS days, min(o.first_day) AS first_day
        FROM organization_store s
        CROSS JOIN LATERAL inventory_out_stretches(s.id, ARRAY(
            SELECT l.product_id FROM inventory_stocklevel l
            JOIN inventory_product p ON p.id = l.product_id AND p.is_active
            WHERE l.store_id = s.id AND (%(categories)s::bigint[] IS NULL
                                         OR p.category_id = ANY (%(categories)s))
            ), %(first)s, %(last)s) o
        WHERE s.id = ANY (%(stores)s) AND o.trading > 0
        GROUP BY s.id, o.product_id
    ), demand AS MATERIALIZED (
        SELECT x.store_id, d.product_id, CASE WHEN d.days >= 7 THEN d.ads END AS ads
        FROM (SELECT store_id, array_agg(product_id) AS products FROM out GROUP BY store_id) x
        CROSS JOIN LATERAL inventory_demand(
            x.store_id, x.products, %(last)s::date + 1, 28, %(last)s::date - %(first)s::date + 92) d
        WHERE d.days > 0
    ), lost AS (
        SELECT o.*, d.ads, o.days * d.ads * %(kept)s AS units,
               p.sale_price / (1 + t.rate) AS price,
               coalesce(l.average_cost, p.purchase_price) AS cost
        FROM out o JOIN demand d USING (store_id, product_id)
        JOIN inventory_product p ON p.id = o.product_id
        JOIN inventory_stocklevel l ON l.store_id = o.store_id AND l.product_id = o.product_id
        LEFT JOIN unnest(%(regimes)s::text[], %(classes)s::text[], %(rates)s::numeric[])
            t (regime, class, rate)
            ON t.regime = o.vat_regime AND t.class = lower(p.tax_class_code)
        WHERE d.ads IS NULL OR d.ads > 0
    ), valued AS (
        SELECT y.*, round(y.units * y.price, 3) AS sales,
               round(y.units * (y.price - y.cost), 3) AS margin
        FROM lost y
    ), ranked AS (
        SELECT y.*, count(*) OVER () AS of, sum(y.days) OVER () AS of_days,
               sum(y.sales) OVER () AS of_sales, count(y.sales) OVER () AS with_sales,
               sum(y.margin) OVER () AS of_margin, count(y.margin) OVER () AS with_margin
        FROM valued y
        ORDER BY {money} DESC NULLS LAST, y.units DESC NULLS LAST, y.store_id, y.product_id
        LIMIT %(most)s
    )
    SELECT r.store_id, r.product_id, r.currency, r.days::integer, r.first_day, r.ads,
           round(r.units, 3), r.sales, r.margin, donor.id, donor.spare, r.first_day - y.lead_days,
           r.of, r.of_days::integer, r.of_sales, r.with_sales, r.of_margin, r.with_margin
    FROM ranked r
    LEFT JOIN inventory_supply y ON y.product_id = r.product_id
    LEFT JOIN LATERAL (
        SELECT n.store_id AS id, d.sellable - n.reorder_point AS spare
        FROM inventory_stockneed n
        JOIN organization_store s ON s.id = n.store_id AND s.currency = r.currency
        CROSS JOIN LATERAL (
            SELECT d.sellable FROM inventory_stockday d
            WHERE d.store_id = n.store_id AND d.product_id = r.product_id AND d.day < r.first_day
            ORDER BY d.day DESC LIMIT 1
        ) d
        WHERE n.product_id = r.product_id AND n.store_id <> r.store_id AND n.ads IS NOT NULL
          AND n.store_id = ANY (%(seen)s) AND d.sellable - n.reorder_point >= 1
        ORDER BY spare DESC, n.store_id LIMIT 1
    ) donor ON true
    ORDER BY {money} DESC NULLS LAST, r.units DESC NULLS LAST, r.store_id, r.product_id
"""


@dataclass(frozen=True, slots=True)
class LostSale:
    """What a product that was out of stock cost a store in a period; None: not known.

    `out_days` are trading days, from `first_day` on. `quantity` is in the product's unit,
    substitution taken off; `sales` and `margin` are excl. tax in `currency`, the margin only for
    who may see costs. `donor_id` is the store in sight that had most to spare beyond its own
    reorder point when it began, `spare` how much: a transfer of it would have prevented as much.
    `order_by` is the day by which an order to the supplier would have come in time.
    """

    store_id: int
    product_id: int
    currency: str
    out_days: int
    first_day: date
    ads: Decimal | None
    quantity: Decimal | None
    sales: Decimal | None
    margin: Decimal | None
    donor_id: int | None
    spare: Decimal | None
    order_by: date | None


@dataclass(frozen=True, slots=True)
class LostSales:
    """The costliest `rows`, and what all `count` of them come to: trading days, and money excl. tax
    of those `with_sales` or `with_margin` whose money is known (None: of none)."""

    rows: list[LostSale]
    count: int = 0
    out_days: int = 0
    sales: Decimal | None = None
    with_sales: int = 0
    margin: Decimal | None = None
    with_margin: int = 0


def lost_sales(
    *,
    principal: Principal,
    first: date,
    last: date,
    store_ids: Collection[int] | None = None,
    substitution: Decimal = SUBSTITUTION,
    category_ids: Collection[int] | None = None,
    most: int | None = 1000,
) -> LostSales:
    """The costliest stock-outs from `first` to `last`, both included, in the stores in scope, of
    the products of these categories, or of all.

    Ranked by margin for who may see costs, else by sales; those of unknown money come last.
    `most` None: every single one.
    """
    costs = rights.sees_costs(principal)
    words = rates_in_sight(principal, on=last) | {
        "stores": visible_ids(principal, store_ids), "seen": visible_ids(principal),
        "first": first, "last": last, "kept": 1 - substitution, "most": most,
        "categories": None if category_ids is None else list(category_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LOST.format(money="margin" if costs else "sales"), words)
        rows = cursor.fetchall()
    if not rows:
        return LostSales([])
    *_one, count, out_days, sales, with_sales, margin, with_margin = rows[0]
    found = [LostSale(*row[:-6]) for row in rows]
    if not costs:
        found, margin, with_margin = [replace(each, margin=None) for each in found], None, 0
    return LostSales(found, count, out_days, sales, with_sales, margin, with_margin)

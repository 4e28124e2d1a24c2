"""Products with their classes and what of them is on hand (kpis.md 4.8)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from inventory.selectors.classes import abc_of, steadiness, xyz_of
from inventory.selectors.replenishment import visible_ids

ON_HAND: Final = """
    WITH RECURSIVE shelf (id) AS (
        SELECT %(category)s::bigint
        UNION SELECT c.id FROM inventory_category c JOIN shelf s ON c.parent_id = s.id
    )
    SELECT p.id, p.sku, p.name, sum(l.on_hand),
           CASE WHEN bool_or(l.costed <> 0) OR NOT bool_or(l.on_hand <> 0) THEN sum(l.value) END
    FROM inventory_stocklevel l JOIN inventory_product p ON p.id = l.product_id
    WHERE l.store_id = ANY (%(stores)s)
      AND (%(category)s::bigint IS NULL OR p.category_id IN (SELECT id FROM shelf))
    GROUP BY p.id ORDER BY p.sku
"""


@dataclass(frozen=True, slots=True)
class ClassedProduct:
    """`abc` and `xyz`, None: n/a. `on_hand` is in the product's unit, `value` excl. tax in the
    stores' currency, `margin` that of 12 months; None: not known, or not to be seen. `variation`
    is that of its weekly sales over `weeks` usable weeks."""

    product_id: int
    sku: str
    name: str
    abc: str | None
    xyz: str | None
    on_hand: Decimal
    value: Decimal | None
    margin: Decimal | None
    variation: Decimal | None
    weeks: int


def classed(
    *,
    principal: Principal,
    today: date,
    store_ids: Collection[int],
    margins: Mapping[str, Decimal | None],
    category: int | None = None,
) -> list[ClassedProduct]:
    """Every product that these stores have or had, by SKU; of one category with all below it.

    `margins`: what each SKU brought in 12 months, of all products whatever the category, excl. tax.
    """
    costs = rights.sees_costs(principal)
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids), "category": category,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ON_HAND, words)
        rows = cursor.fetchall()
    steady = steadiness(principal=principal, today=today, store_ids=store_ids)
    brings = abc_of(margins.items())
    found = []
    for product, sku, name, on_hand, value in rows:
        _product, weeks, variation = steady.get(sku, (product, 0, None))
        found.append(
            ClassedProduct(
                product, sku, name, brings.get(sku), xyz_of(variation, weeks=weeks), on_hand,
                value if costs else None, margins.get(sku) if costs else None, variation, weeks,
            )
        )  # fmt: skip
    return found

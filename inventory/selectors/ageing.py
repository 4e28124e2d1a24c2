"""How old what is on hand is, first in, first out (kpis.md 4.4).

What is left is of the latest opening stock, receipts and transfers in. What these do not account
for (found at a count, say) has an age that nobody knows.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from epm.access.selectors.scope import Principal
from inventory.selectors.replenishment import visible_ids

BUCKETS: Final = ((0, 30), (31, 90), (91, 180), (181, 365), (366, None))
"""From and to how many days since the receipt, both included."""
# Each unit is worth its share of its level's value: all ages sum to the value of the stock.
AGES: Final = """
    SELECT s.id, {product} CASE
               WHEN y.day IS NULL THEN NULL WHEN %(today)s - y.day <= 30 THEN 0
               WHEN %(today)s - y.day <= 90 THEN 31 WHEN %(today)s - y.day <= 180 THEN 91
               WHEN %(today)s - y.day <= 365 THEN 181 ELSE 366 END AS bucket,
           sum(y.quantity), sum(round(y.quantity * l.costed / l.on_hand, 3)),
           CASE WHEN bool_or(l.costed > 0)
                THEN round(sum(CASE WHEN l.costed > 0 THEN l.value * y.quantity / l.on_hand END), 6)
           END
    FROM unnest(%(stores)s::bigint[]) s (id)
    CROSS JOIN LATERAL inventory_layers(s.id, coalesce(%(products)s::bigint[], ARRAY(
        SELECT l.product_id FROM inventory_stocklevel l
        WHERE l.store_id = s.id AND l.on_hand > 0))) y
    JOIN inventory_stocklevel l ON l.store_id = s.id AND l.product_id = y.product_id
    GROUP BY s.id, {product} bucket ORDER BY s.id, {product} bucket NULLS LAST
"""


@dataclass(frozen=True, slots=True)
class Aged:
    """What is of one age: `from_days` to `to_days` since it came; both None: of unknown age.

    `quantity` in the products' units, `costed` of it with a known cost, and `value` what that is
    worth excl. tax in the store's currency; None: no cost known. `product_id` None: all goods.
    """

    store_id: int
    product_id: int | None
    from_days: int | None
    to_days: int | None
    quantity: Decimal
    costed: Decimal
    value: Decimal | None


def ageing(
    *, principal: Principal, today: date, store_ids: Collection[int] | None = None
) -> list[Aged]:
    """What the stores in scope, or those named, have on hand by its age: one query."""
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids),
        "products": None,
        "today": today,
    }
    return [_aged(store, None, *row) for store, *row in _rows(AGES.format(product=""), words)]


def ageing_of_products(
    *,
    principal: Principal,
    today: date,
    product_ids: Collection[int],
    store_ids: Collection[int] | None = None,
) -> list[Aged]:
    """The same for each of these products by itself."""
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids),
        "products": list(product_ids),
        "today": today,
    }
    return [_aged(*row) for row in _rows(AGES.format(product="y.product_id,"), words)]


def _rows(statement: str, words: Mapping[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, words)
        return list(cursor.fetchall())


def _aged(
    store: int, product: int | None, bucket: int | None, quantity: Decimal, costed: Decimal,
    value: Decimal | None,
) -> Aged:  # fmt: skip
    return Aged(
        store,
        product,
        bucket,
        None if bucket is None else dict(BUCKETS)[bucket],
        quantity,
        costed,
        value,
    )

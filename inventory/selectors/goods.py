"""What a till must know of the products on a ticket, in one query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from inventory.selectors.prices import HELD

GOODS: Final = f"""
    SELECT p.id, p.sku, p.name, p.category_id, p.unit = 'piece', lower(p.tax_class_code),
           coalesce(held.price, p.sale_price)
    FROM inventory_product p CROSS JOIN organization_store place
    LEFT JOIN LATERAL ({HELD}) held ON true
    WHERE place.id = %(store)s AND p.id = ANY (%(products)s)
"""  # noqa: S608 - no word of anybody's


@dataclass(frozen=True, slots=True)
class Good:
    """A product in a store on a business day. `price`: the one that holds, in the basis of the
    store's prices; None: not known."""

    id: int
    sku: str
    name: str
    category_id: int | None
    is_piece: bool
    tax_class: str
    price: Decimal | None


def goods_of(product_ids: Collection[int], *, store_id: int, on: date) -> dict[int, Good]:
    """The products by id; who is not there is left out."""
    words: dict[str, Any] = {"products": list(product_ids), "store": store_id, "on": on, "most": 1}
    with connection.cursor() as cursor:
        cursor.execute(GOODS, words)
        return {row[0]: Good(*row) for row in cursor.fetchall()}

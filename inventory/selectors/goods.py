"""What a till must know of the products on a ticket: a part of its one question."""

from dataclasses import dataclass
from decimal import Decimal

from inventory.selectors.prices import held


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


def goods(*, store: str, on: str, products: str, skus: str) -> str:
    """SQL: rows as `Good` has them, the price as text, of the products with an id in the array
    `products` or an SKU in small letters in `skus`."""
    return f"""
        SELECT p.id, p.sku, p.name, p.category_id, p.unit = 'piece', lower(p.tax_class_code),
               coalesce(held.price, p.sale_price)::text
        FROM inventory_product p CROSS JOIN organization_store place
        LEFT JOIN LATERAL ({held(on=on, most="1")}) held ON true
        WHERE place.id = {store} AND (p.id = ANY ({products}) OR lower(p.sku) = ANY ({skus}))
    """  # noqa: S608 - no word of anybody's

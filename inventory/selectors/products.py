"""Questions about products. They are the whole chain's: whoever sees a store sees all of them."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.functional import Promise

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import PriceChange, PriceKind, Product
from inventory.models.product import UnitOfMeasure

LARGEST_ID: Final = 2**63 - 1

# Asked by every scan of every client: written out, it costs a third of what the ORM takes for it.
ONE: Final = """
    SELECT p.id, p.sku, p.name, p.brand, c.id, c.code, p.unit, p.sale_price, p.purchase_price,
           p.tax_class_code, p.is_active, p.is_placeholder,
           ARRAY(SELECT b.code FROM inventory_barcode b WHERE b.product_id = p.id ORDER BY b.code),
           p.attributes::text
    FROM inventory_product p LEFT JOIN inventory_category c ON c.id = p.category_id
    WHERE p.id = %s
"""


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product as every door shows it. Sale price with tax, purchase price without, or None."""

    id: int
    sku: str
    name: str
    brand: str
    category_id: int | None
    category: str | None
    unit: str
    sale_price: Decimal | None
    purchase_price: Decimal | None
    tax_class: str
    is_active: bool
    is_placeholder: bool
    barcodes: list[str]
    attributes: dict[str, Any]


def products_visible_to(principal: Principal) -> QuerySet[Product]:
    """Every product, for whoever sees at least one store."""
    scope = scope_of(principal)
    products = Product.objects.all()
    return products if scope.all_stores or scope.store_ids else products.none()


def one_visible_to(principal: Principal, *, product_id: int) -> ProductCard | None:
    """One product with its barcodes, sorted; None when it is not there or not to be seen."""
    scope = scope_of(principal)
    if not (scope.all_stores or scope.store_ids) or not 0 < product_id <= LARGEST_ID:
        return None
    with connection.cursor() as cursor:
        cursor.execute(ONE, [product_id])
        row = cursor.fetchone()
    if row is None:
        return None
    columns: list[Any] = [*row[:-1], json.loads(row[-1])]
    return ProductCard(*columns)


def by_folded_sku(products: QuerySet[Product]) -> QuerySet[Product]:
    """`products`, each with `folded_sku`, by which an index sorts and finds them."""
    return products.annotate(folded_sku=Lower("sku"))


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A price that changed: sale prices with tax, purchase prices without; None: not known."""

    kind: str
    old: Decimal | None
    new: Decimal | None
    changed_at: datetime


def price_steps(product_id: int, *, with_costs: bool, most: int) -> list[PriceStep]:
    """The latest changes of a product's prices, newest first."""
    found = PriceChange.objects.filter(product=product_id).order_by("-changed_at", "-pk")
    if not with_costs:
        found = found.filter(kind=PriceKind.SALE)
    return [
        PriceStep(str(change.get_kind_display()), change.old, change.new, change.changed_at)
        for change in found[:most]
    ]


def unit_name(code: str) -> str | Promise:
    """What a unit of quantity is called, in the language of the reader."""
    return UnitOfMeasure(code).label

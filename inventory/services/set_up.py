"""Decisions a chain begins with: whom it buys from, a list of prices, how much it keeps.

What somebody has decided already stays as it is, so that each may be called again.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import connection

from epm.organization.models import Store
from epm.platform.actor import acting_as
from inventory.models import (
    Category,
    ListKind,
    PriceList,
    PriceListItem,
    Product,
    StockRule,
)

PREFER = """
    UPDATE inventory_supplierproduct SET is_preferred = true
    WHERE product_id IN (
        SELECT product_id FROM inventory_supplierproduct
        GROUP BY product_id HAVING count(*) = 1 AND NOT bool_or(is_preferred))
"""


def prefer_only_suppliers(*, by: str) -> None:
    """Buy each product that one supplier alone sells there."""
    with acting_as(by), connection.cursor() as cursor:
        cursor.execute(PREFER)


def promote(
    *,
    code: str,
    name: str,
    store_code: str,
    first: date,
    last: date,
    prices: Mapping[str, Decimal],
    by: str,
) -> None:
    """Make a promotion of a store, with its prices by SKU: in its currency, tax included.

    A list of this code stays as it is; SKUs that are no product are left out.
    """
    with acting_as(by):
        store = Store.objects.get(code=store_code)
        promotion, made = PriceList.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "kind": ListKind.PROMOTION, "store": store,
                "currency": store.currency, "starts_on": first, "ends_on": last,
            },
        )  # fmt: skip
        if made:
            products = Product.objects.filter(sku__in=prices).order_by("pk")
            PriceListItem.objects.bulk_create(
                PriceListItem(price_list=promotion, product=product, price=prices[product.sku])
                for product in products
            )


def keep_of_category(*, code: str, minimum: Decimal, maximum: Decimal, by: str) -> None:
    """Make the chain's rule for a category, in its products' units; one that is there stays."""
    with acting_as(by):
        for category in Category.objects.filter(code=code):
            StockRule.objects.get_or_create(
                store=None,
                product=None,
                category=category,
                defaults={"minimum": minimum, "maximum": maximum},
            )

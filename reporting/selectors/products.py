"""One product as head office looks at it: master data, stock and recent sales together."""

from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from inventory.selectors import categories, products
from inventory.selectors.stock_card import by_store
from sales.selectors import product_sales
from sales.selectors.product_sales import StoreSales

RECENT: Final = timedelta(days=30)
SHOWN: Final = ("id", "sku", "name", "brand", "unit", "is_active", "barcodes")


def product_card(*, principal: Principal, product_id: int, today: date) -> dict[str, Any] | None:
    """The product with its prices, category path and sales of the 30 days up to `today`.

    Stock and sales are those of the stores the principal sees. A store that never had the product
    has no stock of it to tell. None when there is no such product.
    """
    found = products.one_visible_to(principal, product_id=product_id)
    if found is None:
        return None
    card = {
        **{name: getattr(found, name) for name in SHOWN},
        "category_path": [asdict(step) for step in categories.path_to(found.category_id)],
        "sale_price": found.sale_price,
        "purchase_price": found.purchase_price,
        "tax_class": found.tax_class,
        "stock": [asdict(one) for one in by_store(principal=principal, product_id=product_id)],
        "sales_30_days": _recent(principal=principal, product_id=product_id, today=today),
    }
    if not rights.sees_costs(principal):
        del card["purchase_price"]
    return card


def _recent(*, principal: Principal, product_id: int, today: date) -> dict[str, Any]:
    start = today - RECENT + timedelta(days=1)
    stores = product_sales.by_store(
        principal=principal, product_id=product_id, start=start, end=today
    )
    return {
        "from": start,
        "to": today,
        **_total(stores),
        "stores": [asdict(one) for one in stores],
    }


def _total(stores: list[StoreSales]) -> dict[str, Any]:
    """Amounts in several currencies have no sum."""
    currencies = {one.currency for one in stores}
    one_currency = len(currencies) <= 1
    return {
        "currency": next(iter(currencies), None) if one_currency else None,
        "quantity": sum((one.quantity for one in stores), Decimal(0)),
        "net_ttc": sum((one.net_ttc for one in stores), Decimal(0)) if one_currency else None,
        "net_ht": sum((one.net_ht for one in stores), Decimal(0)) if one_currency else None,
    }

"""What stands on a product's label, in the language that is active."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import Prefetch, QuerySet

from epm.organization.models import Store
from epm.platform import money, shown
from inventory.models import Barcode, BarcodeKind, Product, UnitOfMeasure
from inventory.selectors.prices import prices_of

SYMBOLS: Final = {
    UnitOfMeasure.KILOGRAM: "kg",
    UnitOfMeasure.GRAM: "g",
    UnitOfMeasure.LITRE: "l",
    UnitOfMeasure.MILLILITRE: "ml",
    UnitOfMeasure.METRE: "m",
    UnitOfMeasure.SQUARE_METRE: "m²",
    UnitOfMeasure.HOUR: "h",
}
PER_LARGE_UNIT: Final = {
    UnitOfMeasure.KILOGRAM: (1, "kg"),
    UnitOfMeasure.GRAM: (1000, "kg"),
    UnitOfMeasure.LITRE: (1, "l"),
    UnitOfMeasure.MILLILITRE: (1000, "l"),
}
"""How many of a unit make the kilogram or litre by which prices are compared."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words as they are printed. Prices include tax; “–” where none is known."""

    name: str
    sku: str
    price: str
    unit_price: str
    code: str
    kind: str
    pack: str


def labels_of(
    products: QuerySet[Product], *, store: Store, on: date, unit_prices: bool
) -> list[Label]:
    """The labels of these products in a store on a business day, in the order of `products`.

    With prices per kg or l too where `unit_prices` asks for them.
    """
    # The code for one piece before that of a carton, an EAN before a code of one's own.
    barcodes = Barcode.objects.order_by("pack_size", "kind", "code")
    rows = list(products.prefetch_related(Prefetch("barcodes", barcodes, to_attr="scannable")))
    held = prices_of([product.pk for product in rows], store.pk, on)
    prices = {each.product_id: each.price for each in held}
    return [
        _label(product, price=prices[product.pk], currency=store.currency, unit_prices=unit_prices)
        for product in rows
    ]


def _label(product: Product, *, price: Decimal | None, currency: str, unit_prices: bool) -> Label:
    unit = UnitOfMeasure(product.unit)
    scannable: list[Barcode] = product.scannable  # type: ignore[attr-defined]
    singles = [barcode for barcode in scannable if barcode.pack_size == 1]
    barcode = next(iter(singles or scannable), None)
    pack = barcode.pack_size if barcode else Decimal(1)
    return Label(
        name=product.name,
        sku=product.sku,
        price=_price(price, unit, currency=currency),
        unit_price=_unit_price(price, unit, currency=currency) if unit_prices else "",
        code=barcode.code if barcode else "",
        kind=barcode.kind if barcode else BarcodeKind.INTERNAL,
        pack="" if pack == 1 else f"× {shown.exact(pack)}",
    )


def _price(price: Decimal | None, unit: UnitOfMeasure, *, currency: str) -> str:
    """Of a piece to the cent; of what is weighed or measured, exactly and with its unit."""
    symbol = SYMBOLS.get(unit)
    if symbol is None or price is None:
        return shown.amount(price, currency=currency)
    return _per(price, symbol, currency=currency)


def _unit_price(price: Decimal | None, unit: UnitOfMeasure, *, currency: str) -> str:
    """Per kg or l where the price itself is not; empty where there is nothing to compare."""
    factor, symbol = PER_LARGE_UNIT.get(unit, (1, ""))
    if factor == 1 or price is None:
        return ""
    return _per(price * factor, symbol, currency=currency)


def _per(price: Decimal, symbol: str, *, currency: str) -> str:
    told = shown.exact(price, at_least=money.exponent(currency))
    return f"{shown.with_currency(told, currency=currency)}/{symbol}"

"""What stands on a product's label, in the language that is active."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Prefetch, QuerySet

from epm.platform import money, shown
from inventory.models import Barcode, BarcodeKind, Product, UnitOfMeasure

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


def labels_of(products: QuerySet[Product], *, currency: str, unit_prices: bool) -> list[Label]:
    """The labels of these products, in their order; prices per kg or l too where asked."""
    # The code for one piece before that of a carton, an EAN before a code of one's own.
    barcodes = Barcode.objects.order_by("pack_size", "kind", "code")
    rows = products.prefetch_related(Prefetch("barcodes", barcodes, to_attr="scannable"))
    return [_label(product, currency=currency, unit_prices=unit_prices) for product in rows]


def _label(product: Product, *, currency: str, unit_prices: bool) -> Label:
    scannable: list[Barcode] = product.scannable  # type: ignore[attr-defined]
    singles = [barcode for barcode in scannable if barcode.pack_size == 1]
    barcode = next(iter(singles or scannable), None)
    pack = barcode.pack_size if barcode else Decimal(1)
    return Label(
        name=product.name,
        sku=product.sku,
        price=_price(product, currency=currency),
        unit_price=_unit_price(product, currency=currency) if unit_prices else "",
        code=barcode.code if barcode else "",
        kind=barcode.kind if barcode else BarcodeKind.INTERNAL,
        pack="" if pack == 1 else f"× {shown.exact(pack)}",
    )


def _price(product: Product, *, currency: str) -> str:
    """Of a piece to the cent; of what is weighed or measured, exactly and with its unit."""
    symbol = SYMBOLS.get(UnitOfMeasure(product.unit))
    if symbol is None or product.sale_price is None:
        return shown.amount(product.sale_price, currency=currency)
    return _per(product.sale_price, symbol, currency=currency)


def _unit_price(product: Product, *, currency: str) -> str:
    """Per kg or l where the price itself is not; empty where there is nothing to compare."""
    factor, symbol = PER_LARGE_UNIT.get(UnitOfMeasure(product.unit), (1, ""))
    if factor == 1 or product.sale_price is None:
        return ""
    return _per(product.sale_price * factor, symbol, currency=currency)


def _per(price: Decimal, symbol: str, *, currency: str) -> str:
    told = shown.exact(price, at_least=money.exponent(currency))
    return f"{shown.with_currency(told, currency=currency)}/{symbol}"

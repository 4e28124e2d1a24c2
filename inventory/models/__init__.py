from inventory.models.barcode import Barcode, BarcodeKind, Embedded, EmbeddedBarcodeRule, kind_of
from inventory.models.category import Category
from inventory.models.price import PriceChange, PriceKind
from inventory.models.product import Product, UnitOfMeasure

__all__ = [
    "Barcode",
    "BarcodeKind",
    "Category",
    "Embedded",
    "EmbeddedBarcodeRule",
    "PriceChange",
    "PriceKind",
    "Product",
    "UnitOfMeasure",
    "kind_of",
]

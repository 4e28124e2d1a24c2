from inventory.models.category import Category
from inventory.models.price import PriceChange, PriceKind
from inventory.models.product import Barcode, Product, UnitOfMeasure

__all__ = [
    "Barcode",
    "Category",
    "PriceChange",
    "PriceKind",
    "Product",
    "UnitOfMeasure",
]

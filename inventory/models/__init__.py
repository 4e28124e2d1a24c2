from inventory.models.category import Category
from inventory.models.price import PriceChange, PriceKind
from inventory.models.price_edit import PriceEdit, PriceEditRow
from inventory.models.price_list import ListedPrice, ListKind, PriceList, PriceListItem
from inventory.models.product import Barcode, Product, UnitOfMeasure

__all__ = [
    "Barcode",
    "Category",
    "ListKind",
    "ListedPrice",
    "PriceChange",
    "PriceEdit",
    "PriceEditRow",
    "PriceKind",
    "PriceList",
    "PriceListItem",
    "Product",
    "UnitOfMeasure",
]

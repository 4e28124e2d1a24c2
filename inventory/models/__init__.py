from inventory.models.barcode import Barcode, BarcodeKind, Embedded, EmbeddedBarcodeRule, kind_of
from inventory.models.category import Category
from inventory.models.movement import INCOMING, OUTGOING, SHRINK, MovementKind, StockMovement
from inventory.models.price import PriceChange, PriceKind
from inventory.models.product import Product, UnitOfMeasure
from inventory.models.repair import StockRepair
from inventory.models.reservation import LONGEST_HOLD, MOST_EXTENSIONS, Reservation
from inventory.models.stock import (
    NegativeStock,
    StockLevel,
    StockPolicy,
    UnavailableReason,
    UnavailableStock,
)
from inventory.models.transfer import (
    Disposition,
    RejectReason,
    Remainder,
    Transfer,
    TransferLine,
    TransferReceipt,
    TransferReceiptLine,
)

__all__ = [
    "INCOMING",
    "LONGEST_HOLD",
    "MOST_EXTENSIONS",
    "OUTGOING",
    "SHRINK",
    "Barcode",
    "BarcodeKind",
    "Category",
    "Disposition",
    "Embedded",
    "EmbeddedBarcodeRule",
    "MovementKind",
    "NegativeStock",
    "PriceChange",
    "PriceKind",
    "Product",
    "RejectReason",
    "Remainder",
    "Reservation",
    "StockLevel",
    "StockMovement",
    "StockPolicy",
    "StockRepair",
    "Transfer",
    "TransferLine",
    "TransferReceipt",
    "TransferReceiptLine",
    "UnavailableReason",
    "UnavailableStock",
    "UnitOfMeasure",
    "kind_of",
]

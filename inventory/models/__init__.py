from inventory.models.adjustment import ADJUSTMENTS, StockAdjustment, StockAdjustmentLine
from inventory.models.approval_limit import ApprovalLimit
from inventory.models.barcode import Barcode, BarcodeKind, Embedded, EmbeddedBarcodeRule, kind_of
from inventory.models.category import Category
from inventory.models.movement import INCOMING, OUTGOING, SHRINK, MovementKind, StockMovement
from inventory.models.price import PriceChange, PriceKind
from inventory.models.price_edit import PriceEdit, PriceEditRow
from inventory.models.price_list import ListedPrice, ListKind, PriceList, PriceListItem
from inventory.models.product import Product, UnitOfMeasure
from inventory.models.purchase_order import PurchaseOrder, PurchaseOrderLine
from inventory.models.purchase_receipt import (
    ChargeSplit,
    PurchaseReceipt,
    PurchaseReceiptLine,
    RejectionReason,
)
from inventory.models.repair import StockRepair
from inventory.models.replenishment import ReplenishmentProposal, ReplenishmentRun, Route
from inventory.models.reservation import LONGEST_HOLD, MOST_EXTENSIONS, Reservation
from inventory.models.stock import (
    NegativeStock,
    StockLevel,
    StockPolicy,
    UnavailableReason,
    UnavailableStock,
)
from inventory.models.stock_alert import StockAlert, StockAlertKind
from inventory.models.stock_day import StockDay, StockNeed, StockWatch
from inventory.models.stock_rule import StockRule
from inventory.models.stocktake import (
    CountKind,
    Stocktake,
    StocktakeCount,
    StocktakeKind,
    StocktakeLine,
)
from inventory.models.supplier import PriceBreak, Supplier, SupplierProduct
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
    "ADJUSTMENTS",
    "INCOMING",
    "LONGEST_HOLD",
    "MOST_EXTENSIONS",
    "OUTGOING",
    "SHRINK",
    "ApprovalLimit",
    "Barcode",
    "BarcodeKind",
    "Category",
    "ChargeSplit",
    "CountKind",
    "Disposition",
    "Embedded",
    "EmbeddedBarcodeRule",
    "ListKind",
    "ListedPrice",
    "MovementKind",
    "NegativeStock",
    "PriceBreak",
    "PriceChange",
    "PriceEdit",
    "PriceEditRow",
    "PriceKind",
    "PriceList",
    "PriceListItem",
    "Product",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "PurchaseReceipt",
    "PurchaseReceiptLine",
    "RejectReason",
    "RejectionReason",
    "Remainder",
    "ReplenishmentProposal",
    "ReplenishmentRun",
    "Reservation",
    "Route",
    "StockAdjustment",
    "StockAdjustmentLine",
    "StockAlert",
    "StockAlertKind",
    "StockDay",
    "StockLevel",
    "StockMovement",
    "StockNeed",
    "StockPolicy",
    "StockRepair",
    "StockRule",
    "StockWatch",
    "Stocktake",
    "StocktakeCount",
    "StocktakeKind",
    "StocktakeLine",
    "Supplier",
    "SupplierProduct",
    "Transfer",
    "TransferLine",
    "TransferReceipt",
    "TransferReceiptLine",
    "UnavailableReason",
    "UnavailableStock",
    "UnitOfMeasure",
    "kind_of",
]

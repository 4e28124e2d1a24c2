from inventory.admin.adjustments import StockAdjustmentAdmin
from inventory.admin.barcodes import EmbeddedBarcodeRuleAdmin
from inventory.admin.categories import CategoryAdmin
from inventory.admin.price_edits import PriceEditAdmin
from inventory.admin.price_lists import PriceListAdmin
from inventory.admin.products import ProductAdmin
from inventory.admin.purchase_orders import PurchaseOrderAdmin
from inventory.admin.purchase_receipts import PurchaseReceiptAdmin
from inventory.admin.reorder_rules import StockRuleAdmin
from inventory.admin.replenishment import ReplenishmentProposalAdmin
from inventory.admin.reservations import ReservationAdmin
from inventory.admin.stock_alerts import StockAlertAdmin
from inventory.admin.stock_levels import StockLevelAdmin
from inventory.admin.stock_movements import StockMovementAdmin
from inventory.admin.stock_rules import StockPolicyAdmin, StockRepairAdmin
from inventory.admin.stocktakes import StocktakeAdmin
from inventory.admin.suppliers import ApprovalLimitAdmin, SupplierAdmin, SupplierProductAdmin
from inventory.admin.transfers import TransferAdmin

__all__ = [
    "ApprovalLimitAdmin",
    "CategoryAdmin",
    "EmbeddedBarcodeRuleAdmin",
    "PriceEditAdmin",
    "PriceListAdmin",
    "ProductAdmin",
    "PurchaseOrderAdmin",
    "PurchaseReceiptAdmin",
    "ReplenishmentProposalAdmin",
    "ReservationAdmin",
    "StockAdjustmentAdmin",
    "StockAlertAdmin",
    "StockLevelAdmin",
    "StockMovementAdmin",
    "StockPolicyAdmin",
    "StockRepairAdmin",
    "StockRuleAdmin",
    "StocktakeAdmin",
    "SupplierAdmin",
    "SupplierProductAdmin",
    "TransferAdmin",
]

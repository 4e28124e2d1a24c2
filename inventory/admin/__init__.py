from inventory.admin.categories import CategoryAdmin
from inventory.admin.products import ProductAdmin
from inventory.admin.purchase_orders import PurchaseOrderAdmin, PurchaseReceiptAdmin
from inventory.admin.reorder_rules import StockRuleAdmin
from inventory.admin.replenishment import ReplenishmentProposalAdmin
from inventory.admin.stock_alerts import StockAlertAdmin
from inventory.admin.suppliers import ApprovalLimitAdmin, SupplierAdmin, SupplierProductAdmin
from inventory.admin.transfers import TransferAdmin

__all__ = [
    "ApprovalLimitAdmin",
    "CategoryAdmin",
    "ProductAdmin",
    "PurchaseOrderAdmin",
    "PurchaseReceiptAdmin",
    "ReplenishmentProposalAdmin",
    "StockAlertAdmin",
    "StockRuleAdmin",
    "SupplierAdmin",
    "SupplierProductAdmin",
    "TransferAdmin",
]

from inventory.admin.categories import CategoryAdmin
from inventory.admin.products import ProductAdmin
from inventory.admin.reorder_rules import StockRuleAdmin
from inventory.admin.replenishment import ReplenishmentProposalAdmin
from inventory.admin.stock_alerts import StockAlertAdmin

__all__ = [
    "CategoryAdmin",
    "ProductAdmin",
    "ReplenishmentProposalAdmin",
    "StockAlertAdmin",
    "StockRuleAdmin",
]

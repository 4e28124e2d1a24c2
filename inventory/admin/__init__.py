from inventory.admin.adjustments import StockAdjustmentAdmin
from inventory.admin.barcodes import EmbeddedBarcodeRuleAdmin
from inventory.admin.categories import CategoryAdmin
from inventory.admin.products import ProductAdmin
from inventory.admin.stocktakes import StocktakeAdmin

__all__ = ["CategoryAdmin", "ProductAdmin", "StockAdjustmentAdmin", "StocktakeAdmin"]
__all__ = ["CategoryAdmin", "EmbeddedBarcodeRuleAdmin", "ProductAdmin"]

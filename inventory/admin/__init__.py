from inventory.admin.barcodes import EmbeddedBarcodeRuleAdmin
from inventory.admin.categories import CategoryAdmin
from inventory.admin.products import ProductAdmin

__all__ = ["CategoryAdmin", "EmbeddedBarcodeRuleAdmin", "ProductAdmin"]

from inventory.admin.barcodes import EmbeddedBarcodeRuleAdmin
from inventory.admin.categories import CategoryAdmin
from inventory.admin.products import ProductAdmin
from inventory.admin.transfers import TransferAdmin

__all__ = ["CategoryAdmin", "EmbeddedBarcodeRuleAdmin", "ProductAdmin"]
__all__ = ["CategoryAdmin", "ProductAdmin", "TransferAdmin"]

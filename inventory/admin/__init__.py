from inventory.admin.categories import CategoryAdmin
from inventory.admin.products import ProductAdmin
from inventory.admin.reservations import ReservationAdmin
from inventory.admin.stock_levels import StockLevelAdmin
from inventory.admin.stock_movements import StockMovementAdmin
from inventory.admin.stock_rules import StockPolicyAdmin, StockRepairAdmin

__all__ = [
    "CategoryAdmin",
    "ProductAdmin",
    "ReservationAdmin",
    "StockLevelAdmin",
    "StockMovementAdmin",
    "StockPolicyAdmin",
    "StockRepairAdmin",
]

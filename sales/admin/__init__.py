from sales.admin.closings import ClosingAdmin
from sales.admin.customers import CustomerAdmin
from sales.admin.registers import CashRegisterAdmin
from sales.admin.sales import SaleAdmin
from sales.admin.sessions import RegisterSessionAdmin
from sales.admin.staffing import StoreFootfallAdmin, StoreLabourAdmin
from sales.admin.stored_value import StoredValueAdmin
from sales.admin.targets import StoreTargetAdmin
from sales.admin.taxes import TaxClassAdmin, TaxRegimeAdmin

__all__ = [
    "CashRegisterAdmin",
    "ClosingAdmin",
    "CustomerAdmin",
    "RegisterSessionAdmin",
    "SaleAdmin",
    "StoreFootfallAdmin",
    "StoreLabourAdmin",
    "StoreTargetAdmin",
    "StoredValueAdmin",
    "TaxClassAdmin",
    "TaxRegimeAdmin",
]

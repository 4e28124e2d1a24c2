from sales.admin.closings import ClosingAdmin
from sales.admin.customers import CustomerAdmin
from sales.admin.refused_tickets import RefusedTicketAdmin
from sales.admin.registers import CashRegisterAdmin
from sales.admin.sales import SaleAdmin
from sales.admin.sessions import RegisterSessionAdmin
from sales.admin.staffing import StoreFootfallAdmin, StoreLabourAdmin
from sales.admin.stored_value import StoredValueAdmin
from sales.admin.targets import StoreTargetAdmin
from sales.admin.taxes import TaxClassAdmin, TaxRegimeAdmin
from sales.admin.till_rules import DiscountReasonAdmin, TillLimitAdmin, TillPolicyAdmin
from sales.admin.till_trail import (
    ApprovalAdmin,
    DiscrepancyAdmin,
    OverrideAdmin,
    ParkedTicketAdmin,
    TicketMailAdmin,
)

__all__ = [
    "ApprovalAdmin",
    "CashRegisterAdmin",
    "ClosingAdmin",
    "CustomerAdmin",
    "DiscountReasonAdmin",
    "DiscrepancyAdmin",
    "OverrideAdmin",
    "ParkedTicketAdmin",
    "RefusedTicketAdmin",
    "RegisterSessionAdmin",
    "SaleAdmin",
    "StoreFootfallAdmin",
    "StoreLabourAdmin",
    "StoreTargetAdmin",
    "StoredValueAdmin",
    "TaxClassAdmin",
    "TaxRegimeAdmin",
    "TicketMailAdmin",
    "TillLimitAdmin",
    "TillPolicyAdmin",
]

from sales.models.customer import Customer
from sales.models.ledger_change import LedgerChange
from sales.models.line import LineKind, SaleLine
from sales.models.register import CashRegister
from sales.models.sale import Sale
from sales.models.target import StoreDayTarget, StoreTarget
from sales.models.tax import NO_VAT_REGIME, TaxClass, TaxRate
from sales.models.tender import Tender, TenderKind

__all__ = [
    "NO_VAT_REGIME",
    "CashRegister",
    "Customer",
    "LedgerChange",
    "LineKind",
    "Sale",
    "SaleLine",
    "StoreDayTarget",
    "StoreTarget",
    "TaxClass",
    "TaxRate",
    "Tender",
    "TenderKind",
]

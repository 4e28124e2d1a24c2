from sales.models.closing import Closing, ClosingKind
from sales.models.customer import Customer
from sales.models.ledger_change import LedgerChange
from sales.models.line import Disposition, LineKind, SaleLine
from sales.models.mail import TicketMail, TicketMailState
from sales.models.parked import ParkedTicket
from sales.models.refused import RefusedTicket
from sales.models.register import CashRegister
from sales.models.sale import Sale
from sales.models.session import DrawerMovement, DrawerMovementKind, RegisterSession
from sales.models.staffing import StoreFootfall, StoreLabour
from sales.models.stored_value import EntryKind, StoredValue, StoredValueEntry, StoredValueKind
from sales.models.target import Phasing, Profile, StoreDayTarget, StoreTarget
from sales.models.tax import NO_VAT_REGIME, TaxClass, TaxRate, TaxRegime
from sales.models.tender import Tender, TenderKind
from sales.models.ticket import RegisterChain, Ticket, TicketPrint
from sales.models.till_rule import (
    Approval,
    DiscountReason,
    Override,
    OverrideKind,
    RefundRule,
    TillLimit,
    TillPolicy,
)

__all__ = [
    "NO_VAT_REGIME",
    "Approval",
    "CashRegister",
    "Closing",
    "ClosingKind",
    "Customer",
    "DiscountReason",
    "Disposition",
    "DrawerMovement",
    "DrawerMovementKind",
    "EntryKind",
    "LedgerChange",
    "LineKind",
    "Override",
    "OverrideKind",
    "ParkedTicket",
    "Phasing",
    "Profile",
    "RefundRule",
    "RefusedTicket",
    "RegisterChain",
    "RegisterSession",
    "Sale",
    "SaleLine",
    "StoreDayTarget",
    "StoreFootfall",
    "StoreLabour",
    "StoreTarget",
    "StoredValue",
    "StoredValueEntry",
    "StoredValueKind",
    "TaxClass",
    "TaxRate",
    "TaxRegime",
    "Tender",
    "TenderKind",
    "Ticket",
    "TicketMail",
    "TicketMailState",
    "TicketPrint",
    "TillLimit",
    "TillPolicy",
]

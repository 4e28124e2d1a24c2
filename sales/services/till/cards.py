"""Gift cards and store credit on a ticket: sold, paid with, paid back onto."""

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from sales import value_codes
from sales.models import EntryKind, StoredValueKind, TenderKind
from sales.services.stored_value import account_of
from sales.services.till.basket import Paid, Value
from sales.services.till.bill import Bill
from sales.services.till.refusals import BeyondLimit, CardNotNamed

KINDS: Final = {
    TenderKind.GIFT_CARD: StoredValueKind.GIFT_CARD,
    TenderKind.STORE_CREDIT: StoredValueKind.STORE_CREDIT,
}


def add_sold(bill: Bill, line: Value) -> None:
    """A gift card that is sold, or loaded. Raise UnknownValue."""
    if line.code:
        _book(bill, EntryKind.LOAD, account_of(code=line.code).code, line.amount)
    else:
        _open(bill, StoredValueKind.GIFT_CARD, line.amount)


def add_tendered(bill: Bill) -> None:
    """What is paid with cards, and what is paid back onto them; without a code, onto a new one.

    Raise UnknownValue, CardNotNamed.
    """
    for paid in bill.basket.tenders:
        kind = KINDS.get(paid.kind)
        if kind is None:
            continue
        if paid.amount < 0 and not paid.code:
            _open(bill, kind, -paid.amount)
        else:
            entry = EntryKind.REDEEM if paid.amount > 0 else EntryKind.REFUND
            _book(bill, entry, _code(paid, kind), -paid.amount)


def refuse_unearned(bill: Bill) -> None:
    """Money on a card is made here, not handed over offline: only as the rules have it.

    Raise BeyondLimit.
    """
    if bill.basket.noted and any(entry["amount"] > 0 for entry in bill.entries):
        raise BeyondLimit(
            _("Offline, no card is filled beyond the rules: somebody must approve the ticket."),
            limit="cards",
        )


def shown_code(paid: Paid) -> str:
    """What a receipt may show of a card."""
    return paid.reference or (f"…{value_codes.read(paid.code)[-4:]}" if paid.code else "")


def _code(paid: Paid, kind: StoredValueKind) -> str:
    if not paid.code:
        raise CardNotNamed(_("Scan the card, or type its code."))
    account = account_of(code=paid.code)
    if account.kind != kind:
        raise CardNotNamed(
            _("The code is of another kind: “%(kind)s”.") % {"kind": account.get_kind_display()}
        )
    return account.code


def _open(bill: Bill, kind: StoredValueKind, amount: Decimal) -> None:
    code = value_codes.made()
    bill.cards.append({"kind": kind.value, "code": code})
    _book(bill, EntryKind.ISSUE, code, amount)


def _book(bill: Bill, kind: EntryKind, code: str, amount: Decimal) -> None:
    bill.entries.append(
        {"line_no": len(bill.entries) + 1, "kind": kind.value, "code": code, "amount": amount}
    )

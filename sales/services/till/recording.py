"""A ticket enters the ledger: reckoned here, written by one statement (sales/sql/ticket.v1.sql)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext as _

from epm.platform.ids import uuid7_derived
from inventory.selectors.prices import business_day
from sales.models import LineKind, Ticket
from sales.selectors import discount_reasons, tickets
from sales.selectors.customers import exempt
from sales.selectors.till_facts import Facts, facts_of
from sales.services.session_refusals import NoOpenSession, RegisterOutOfUse
from sales.services.till import bounds, cards, paying, pricing, returning
from sales.services.till.basket import Basket, Returned, Sold, Unreceipted, Value
from sales.services.till.bill import Bill
from sales.services.till.refusals import (
    ApprovalUnusable,
    ClockAhead,
    ReasonUnknown,
    TaxUnknown,
    TicketReused,
    TipNotTaken,
    refused_at_the_till,
)

AHEAD: Final = timedelta(minutes=5)
"""A till's clock may be so much ahead of ours; a ticket of later is none."""
RECORD: Final = """
    SELECT outcome, sale, number, session, is_late, ticket_hash, recorded_at
    FROM sales_record_ticket(%s)
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A ticket as it was numbered. `again`: it had been before."""

    sale_id: UUID
    number: int
    session_id: int
    is_late: bool
    hash: bytes
    recorded_at: datetime
    again: bool


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A ticket that only lacks its number: the document for the statement, and its change."""

    bill: Bill
    document: dict[str, Any]
    change: Decimal


def record(*, basket: Basket, now: datetime) -> Recorded:
    """Reckon a ticket and write it, all or nothing; the same again is the same ticket.

    Raises the refusals of sales.services.till.refusals and InsufficientStock; then nothing is
    written.
    """
    digest = tickets.digest_of(basket.uuid)
    if digest is not None:
        return _known(basket, digest)
    with returning.held(basket):
        return write(reckoned=reckon(basket=basket, now=now))


def reckon(
    *, basket: Basket, now: datetime, unpaid: bool = False, facts: Facts | None = None
) -> Reckoned:
    """Everything but writing: no lock is taken. `unpaid`: no matter how it is paid. `facts`: of
    this very basket, where they are known already."""
    bill = _bill(basket, now=now, facts=facts)
    origins = _add_goods(bill)
    _add_plain(bill)
    bounds.refuse_too_large(bill)
    if unpaid:
        return Reckoned(bill, _document(bill, [], origins), Decimal(0))
    _refuse_earlier_day(bill)
    returning.check_refund(bill)
    returned = {line.sale_id for line in basket.lines if isinstance(line, Returned)}
    payment = paying.settle(bill, returned_of=list(returned))
    cards.add_tendered(bill)
    cards.refuse_unearned(bill)
    if basket.approval is not None and bill.till.approver_id is None and not basket.offline:
        raise ApprovalUnusable(
            _("It was used for another ticket, or its time is over: ask for a new one.")
        )
    return Reckoned(bill, _document(bill, payment.tenders, origins), payment.change)


def _add_goods(bill: Bill) -> list[UUID]:
    """What is sold and what comes back; the keys of the lines that come back."""
    numbered = list(enumerate(bill.basket.lines, 1))
    sold = [(no, line) for no, line in numbered if isinstance(line, Sold)]
    unreceipted = [(no, line) for no, line in numbered if isinstance(line, Unreceipted)]
    returned = [(no, line) for no, line in numbered if isinstance(line, Returned)]
    if sold:
        pricing.add_sold(bill, sold, reasons=_reasons(bill.basket))
    if unreceipted:
        pricing.add_unreceipted(bill, unreceipted)
    return returning.add_returned(bill, returned) if returned else []


def _add_plain(bill: Bill) -> None:
    """Gift cards sold, and a tip."""
    for line in bill.basket.lines:
        if isinstance(line, Value):
            bill.add_plain(LineKind.VALUE.value, line.amount)
            cards.add_sold(bill, line)
    if bill.basket.tip:
        if bill.basket.offline and not bill.till.takes_tips:
            bill.basket.noted.append({"kind": "tip-not-taken"})
        elif not bill.till.takes_tips:
            raise TipNotTaken(_("Tips are not taken here; give the change back."))
        bill.add_plain(LineKind.TIP.value, bill.basket.tip)


def write(*, reckoned: Reckoned) -> Recorded:
    """Write what was reckoned. Raises what the laws of the ledgers refuse, and TicketReused."""
    with transaction.atomic(), refused_at_the_till(), connection.cursor() as cursor:
        cursor.execute(RECORD, [as_text(reckoned.document)])
        outcome, *told = cursor.fetchone()
    if outcome == "reused":
        raise TicketReused(_("The key is of another ticket; make a new one for each."))
    sale_id, number, session_id, is_late, digest, recorded_at = told
    return Recorded(
        sale_id, number, session_id, is_late, bytes(digest), recorded_at, outcome == "known"
    )


def as_text(document: Mapping[str, Any]) -> str:
    """The document of a ticket as the statement reads it."""
    return orjson.dumps(document, default=str).decode()


def issued(bill: Bill) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The cards that a ticket opens, each with the entry that fills it, in the entries' order."""
    opened = {card["code"]: card for card in bill.cards}
    return [(opened[entry["code"]], entry) for entry in bill.entries if entry["code"] in opened]


def _known(basket: Basket, digest: bytes) -> Recorded:
    if digest != basket.digest:
        raise TicketReused(_("The key is of another ticket; make a new one for each."))
    known = Ticket.objects.select_related("sale", "session").get(uuid=basket.uuid)
    return Recorded(
        known.sale_id, known.number, known.session_id, known.session.is_late, bytes(known.hash),
        known.sale.recorded_at, again=True,
    )  # fmt: skip


def _bill(basket: Basket, *, now: datetime, facts: Facts | None) -> Bill:
    facts = facts or facts_of(
        basket.register_id,
        at=basket.sold_at,
        role=basket.role,
        approval=basket.approval,
        cashier_id=basket.cashier_id,
        products={line.product_id for line in basket.lines if isinstance(line, Sold | Unreceipted)},
    )
    if facts is None or not (facts.till.is_active or basket.offline):
        raise RegisterOutOfUse(_("Choose a register of the store that is in use."))
    till = facts.till
    if not till.has_regime:
        raise TaxUnknown(
            _("The store's tax regime “%(regime)s” is none in use.") % {"regime": till.vat_regime}
        )
    if basket.sold_at > now + AHEAD:
        raise ClockAhead(_("Set the till's clock: the ticket is of a time to come."))
    bounds.refuse_too_old(basket, now=now)
    return Bill(
        basket=basket,
        till=till,
        on=facts.on,
        goods=facts.goods,
        inclusive=till.prices_include_tax,
        rates=facts.taxes,
        exempt=basket.customer_id is not None and exempt(basket.customer_id, facts.on),
    )


def _refuse_earlier_day(bill: Bill) -> None:
    """What is sold now is in the open session: the cash of an earlier day would be expected in no
    drawer."""
    since, at = bill.till.open_since, bill.basket.sold_at
    if bill.basket.offline or since is None or at >= since:
        return
    if bill.on != business_day(bill.till, at=since):
        raise NoOpenSession(
            _("Open a session on the register first; what was sold offline goes into a batch.")
        )


def _reasons(basket: Basket) -> dict[str, int]:
    given = [line.discount for line in basket.lines if isinstance(line, Sold) and line.discount]
    codes = {
        discount.reason for discount in [*given, *([basket.discount] if basket.discount else [])]
    }
    if not codes:
        return {}
    known = discount_reasons.ids_by_code(codes)
    for code in sorted(codes - known.keys()):
        if basket.offline:
            basket.noted.append({"kind": "reason-unknown", "of": code})
            continue
        raise ReasonUnknown(
            _("“%(code)s” is no reason for a discount.") % {"code": code}, reason=code
        )
    return known


def _document(
    bill: Bill, tenders: Sequence[Mapping[str, Any]], origins: Sequence[UUID]
) -> dict[str, Any]:
    basket, till = bill.basket, bill.till
    goods = [line["quantity"] for line in bill.lines if line["kind"] == LineKind.ITEM]
    return {
        "uuid": basket.uuid,
        "digest": basket.digest.hex(),
        "offline": basket.offline,
        "told_at": basket.told_at,
        "sale": {
            "id": uuid7_derived(at=basket.sold_at, seed=str(basket.uuid)),
            "store_id": till.store_id,
            "register_id": till.register_id,
            "customer_id": basket.customer_id,
            "cashier_id": basket.cashier_id,
            "sold_at": basket.sold_at,
            "business_date": bill.on,
            "currency": till.currency,
            "total_ttc": bill.total,
            "total_ht": sum([line["net_ht"] for line in bill.lines], Decimal(0)),
            "total_vat": sum([line["vat"] for line in bill.lines], Decimal(0)),
            "is_pure_return": bool(goods) and all(quantity < 0 for quantity in goods),
        },
        "lines": bill.lines,
        "moves": bill.moves,
        "issue": _issue(bill.moves),
        "origins": origins or None,
        "tenders": tenders,
        "overrides": _overrides(bill),
        "cards": bill.cards or None,
        "entries": bill.entries or None,
        "approval": basket.approval if bill.uses_approval else None,
        "taxes": [
            {"tax": code, "rate": str(rate), "base": str(base), "amount": str(amount)}
            for (code, rate), (base, amount) in sorted(bill.taxes.items())
        ],
        "discrepancies": basket.noted or None,
    }


def _issue(moves: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """What leaves, as arrays in the order of the products; None unless all does, each once."""
    by_product = {move["product_id"]: move for move in moves}
    if not moves or len(by_product) < len(moves) or any(move["quantity"] >= 0 for move in moves):
        return None
    left = [by_product[product] for product in sorted(by_product)]
    return {
        "products": _array(move["product_id"] for move in left),
        "quantities": _array(-move["quantity"] for move in left),
        "line_nos": _array(move["line_no"] for move in left),
    }


def _array(numbers: Iterable[int | Decimal]) -> str:
    return "{" + ",".join(map(str, numbers)) + "}"


def _overrides(bill: Bill) -> list[dict[str, Any]] | None:
    approver = bill.till.approver_id if bill.uses_approval else None
    return [row | {"approved_by_id": approver} for row in bill.overrides] or None

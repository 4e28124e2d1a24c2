"""How a ticket is paid: tenders, cash rounding, change, and which way money goes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from epm.platform import shown
from sales.models import LineKind, OverrideKind, RefundRule, TenderKind
from sales.selectors.tills import paid_for
from sales.services.till.basket import Paid
from sales.services.till.bill import ZERO, Bill
from sales.services.till.cards import shown_code
from sales.services.till.refusals import PrepaidForGoods, RefundWay, TendersDiffer, TotalDiffers

CREDIT = frozenset({TenderKind.GIFT_CARD, TenderKind.STORE_CREDIT})
NO_GOODS = frozenset({LineKind.VALUE, LineKind.TIP, LineKind.ROUNDING})


@dataclass(frozen=True, slots=True)
class Payment:
    """The rows of the tenders, change among them as negative cash, and how much of it there is."""

    tenders: list[dict[str, Any]]
    change: Decimal


def settle(bill: Bill, *, returned_of: Sequence[UUID]) -> Payment:
    """Round what is paid in cash, work out the change. Raise TendersDiffer, TotalDiffers,
    PrepaidForGoods, RefundWay.

    `returned_of`: the tickets that goods come back of, whose tenders say how money goes back.
    """
    paid = bill.basket.tenders
    cash = [tender.amount for tender in paid if tender.kind == TenderKind.CASH]
    others = sum([tender.amount for tender in paid if tender.kind != TenderKind.CASH], ZERO)
    if cash:
        _round_cash(bill, bill.total - others)
    if bill.basket.offline:
        _put_down(bill, sum(cash, others), others=others, in_cash=bool(cash))
    total = bill.total
    _check_prepaid(bill)
    if bill.basket.total is not None and bill.basket.total != total and not bill.basket.looked_at:
        raise TotalDiffers(
            _("The ticket comes to %(ours)s, not to %(theirs)s.")
            % {"ours": shown.exact(total), "theirs": shown.exact(bill.basket.total)},
            total=str(total),
        )
    change = _change(bill, total, cash=cash, others=others)
    if total < 0:
        _check_way(bill, returned_of)
    rows = [
        {"line_no": number, "kind": tender.kind.value, "amount": tender.amount,
         "reference": shown_code(tender)}
        for number, tender in enumerate(paid, 1)
    ]  # fmt: skip
    if change:
        rows.append(
            {"line_no": len(rows) + 1, "kind": TenderKind.CASH.value, "amount": -change,
             "reference": ""}
        )  # fmt: skip
    return Payment(rows, change)


def _round_cash(bill: Bill, due: Decimal) -> None:
    """Where there are no small coins, what is due in cash is rounded by a line of its own."""
    step = bill.till.cash_rounding
    if step:
        rounded = (due / step).quantize(Decimal(1), ROUND_HALF_UP) * step
        if rounded != due:
            bill.add_plain("rounding", rounded - due)


def _put_down(bill: Bill, paid: Decimal, *, others: Decimal, in_cash: bool) -> None:
    """What was paid offline is a fact: what it differs by from ours is a line of its own."""
    told = bill.basket.total
    if told is None:  # cash beyond our total was given, and its change given back
        told = bill.total if in_cash and max(others, ZERO) <= bill.total <= paid else paid
    fits = told == paid or (in_cash and 0 <= told < paid)
    if bill.basket.looked_at and not fits:
        told, fits = paid, True
    if told != bill.total and fits:
        difference = told - bill.total
        bill.basket.noted.append({"kind": "total", "difference": str(difference)})
        bill.add_plain("rounding", difference)


def _change(bill: Bill, total: Decimal, *, cash: Sequence[Decimal], others: Decimal) -> Decimal:
    paid = sum(cash, others)
    forwards = all(tender.amount > 0 for tender in bill.basket.tenders)
    backwards = all(tender.amount < 0 for tender in bill.basket.tenders)
    change = paid - total
    if total >= 0 and forwards and 0 <= change <= sum(cash, ZERO):
        return change
    if not change and ((total < 0 and backwards) or bill.basket.looked_at):
        return ZERO
    raise TendersDiffer(
        _("The ticket comes to %(total)s, the tenders to %(paid)s.")
        % {"total": shown.exact(total), "paid": shown.exact(paid)},
        total=str(total),
        paid=str(paid),
    )


def _check_prepaid(bill: Bill) -> None:
    """Prepaid value buys goods: no prepaid value again, whose age would begin anew, and no tip,
    which would be cash. Raise PrepaidForGoods.
    """
    prepaid = sum(
        [paid.amount for paid in bill.basket.tenders if paid.kind in CREDIT and paid.amount > 0],
        ZERO,
    )
    if not prepaid:
        return
    goods = [line["net_ttc"] for line in bill.lines if line["kind"] not in NO_GOODS]
    most = max(sum(goods, ZERO), ZERO)
    if prepaid <= most:
        return
    if not bill.basket.offline:
        raise PrepaidForGoods(
            _("Of this ticket, %(most)s can be paid with gift cards and store credit.")
            % {"most": shown.exact(most)},
            most=str(most),
        )
    bill.basket.noted.append({"kind": "prepaid-beyond-goods", "difference": str(prepaid - most)})


def _check_way(bill: Bill, returned_of: Sequence[UUID]) -> None:
    """Money goes back as it came, as credit, or as a second person approves."""
    till = bill.till
    unreceipted = any(
        line["quantity"] < 0 and not line.get("origin_line_id") for line in bill.lines
    )
    rule = till.unreceipted_refunds if unreceipted else till.refunds
    wrong = _wrong_way(bill, rule, returned_of)
    if wrong is None:
        return
    if till.approved is not None or till.limit.approves:
        bill.uses_approval |= not till.limit.approves
        bill.override(OverrideKind.REFUND_WAY, -wrong.amount)
    elif bill.basket.offline:
        bill.basket.noted.append({"kind": "refund-way", "of": wrong.kind.value})
    else:
        raise RefundWay(
            _("%(amount)s cannot be paid back as “%(kind)s” here.")
            % {"amount": shown.exact(-wrong.amount), "kind": wrong.kind.label},
            rule=rule.value,
        )


def _wrong_way(bill: Bill, rule: RefundRule, returned_of: Sequence[UUID]) -> Paid | None:
    if rule == RefundRule.ANY:
        return None
    known = paid_for(returned_of) if returned_of and rule != RefundRule.CREDIT else {}
    imported = bool(returned_of) and rule != RefundRule.CREDIT and not known
    for tender in bill.basket.tenders:
        if tender.kind in CREDIT and rule != RefundRule.ORIGINAL:
            continue
        known[tender.kind] = known.get(tender.kind, ZERO) + tender.amount
        if not imported and known[tender.kind] < -bill.till.cash_rounding:
            return tender
    return None

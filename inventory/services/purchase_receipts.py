"""Receive what a supplier delivers: part of an order, all of it, or too much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from epm.access.selectors.scope import Principal
from epm.platform.money import allocated, quantum
from epm.platform.transitions import move
from inventory.models import (
    ChargeSplit,
    MovementKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseReceipt,
    PurchaseReceiptLine,
    RejectionReason,
)
from inventory.selectors import purchase_approval
from inventory.services import movements, purchase_orders
from inventory.services.movements import Document, Move
from inventory.services.purchase_lines import BEYOND
from inventory.services.purchase_refusals import (
    ApprovalRefused,
    ChargesNotShared,
    DeliveryRefused,
    MoreThanOrdered,
)
from inventory.services.stock_refusals import PostingReused
from inventory.services.whole import refuse_fractions
from inventory.states import PURCHASE_ORDER, PurchaseOrderState

MILLIONTH: Final = Decimal("0.000001")
NOTHING: Final = Decimal(0)
WORTH_TOO_MUCH: Final = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one line of an order, in the product's unit. What is rejected never reaches
    the shelf; `reason` is a RejectionReason."""

    line_id: int
    accepted: Decimal
    rejected: Decimal = NOTHING
    reason: str = ""
    weight_kg: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The papers of a delivery. Freight and duty are excl. tax in the store's currency; they are
    shared among what was accepted by value, quantity or weight."""

    note: str = ""
    freight: Decimal = NOTHING
    duty: Decimal = NOTHING
    split_by: str = ChargeSplit.VALUE


@transaction.atomic
def receive(
    *,
    order_id: int,
    key: UUID,
    lines: Sequence[Delivered],
    by: str,
    now: datetime,
    receiver: Principal,
    delivery: Delivery = Delivery(),
    more_than_ordered: bool = False,
) -> PurchaseReceipt:
    """Take what came of an order into stock, at its landed cost; a line may come short or over.

    `key` is the act: again with the same lines it changes nothing and returns the delivery. The
    landed unit cost is the order's unit cost in the store's currency and the line's share of
    freight and duty, excl. tax; where the order's cost is not known it stays unknown. What comes
    beyond what was ordered is taken with `more_than_ordered` only, and by a `receiver` who might
    approve that much. Raises NoSuchOrder, InvalidTransition, DeliveryRefused, MoreThanOrdered,
    ApprovalRefused, ChargesNotShared, PostingReused.
    """
    order = purchase_orders.locked(order_id=order_id)
    known = PurchaseReceipt.objects.filter(key=key).first()
    if known is not None:
        return _the_same(known, order=order, lines=lines)
    PURCHASE_ORDER.check(order.state, "receive")
    ordered = {line.pk: line for line in order.lines.select_related("product")}
    came = [each for each in lines if each.accepted or each.rejected]
    _check(came, ordered)
    refuse_fractions(
        quantities=(
            (ordered[e.line_id].product_id, q) for e in came for q in (e.accepted, e.rejected)
        )
    )
    _check_surplus(came, ordered, order=order, receiver=receiver, confirmed=more_than_ordered)
    shares = _shares(came, ordered, order=order, delivery=delivery)
    receipt = PurchaseReceipt.objects.create(
        order=order,
        key=key,
        received_at=now,
        received_by=by,
        delivery_note=delivery.note,
        freight=delivery.freight,
        duty=delivery.duty,
        split_by=delivery.split_by,
    )
    taken = [
        PurchaseReceiptLine(
            receipt=receipt,
            line_id=each.line_id,
            accepted=each.accepted,
            rejected=each.rejected,
            reason=each.reason,
            weight_kg=each.weight_kg,
            charges=share,
            unit_cost=_landed(ordered[each.line_id], each, share=share, order=order),
        )
        for each, share in zip(came, shares, strict=True)
    ]
    PurchaseReceiptLine.objects.bulk_create(taken)
    moves = [
        Move(order.store_id, ordered[line.line_id].product_id, line.accepted, line.unit_cost)
        for line in taken
        if line.accepted
    ]
    if moves:
        movements.post(
            posting=key,
            kind=MovementKind.RECEIPT,
            moves=moves,
            document=Document("purchase_order", order.number),
            at=now,
        )
    move(PURCHASE_ORDER, order, event="receive", to=_state_after(order))
    return receipt


def _the_same(
    known: PurchaseReceipt, *, order: PurchaseOrder, lines: Sequence[Delivered]
) -> PurchaseReceipt:
    asked = {(each.line_id, each.accepted, each.rejected) for each in lines
             if each.accepted or each.rejected}  # fmt: skip
    there = set(known.lines.values_list("line", "accepted", "rejected"))
    if known.order_id != order.pk or asked != there:
        raise PostingReused(_("Something else was received under this key."))
    return known


def _check(came: Sequence[Delivered], ordered: Mapping[int, PurchaseOrderLine]) -> None:
    if not came:
        raise DeliveryRefused(_("Nothing was accepted or rejected."))
    if len({each.line_id for each in came}) < len(came):
        raise DeliveryRefused(_("Each line of the order comes once in a delivery."))
    for each in came:
        if said := _fault(each, ordered):
            raise DeliveryRefused(said, lines=[{"line": each.line_id}])


def _check_surplus(
    came: Sequence[Delivered],
    ordered: Mapping[int, PurchaseOrderLine],
    *,
    order: PurchaseOrder,
    receiver: Principal,
    confirmed: bool,
) -> None:
    over = {
        each.line_id: each.accepted - ordered[each.line_id].incoming
        for each in came
        if each.accepted > ordered[each.line_id].incoming
    }
    if not over:
        return
    if not confirmed:
        raise MoreThanOrdered(
            _("Of “%(product)s” %(over)s more would come than were ordered.")
            % {"product": ordered[min(over)].product.sku, "over": over[min(over)]},
            lines=[{"line": line, "over": str(quantity)} for line, quantity in over.items()],
        )
    coming = {each.line_id: each.accepted for each in came}
    if said := purchase_approval.why_not_so_much(order, receiver=receiver, coming=coming):
        raise ApprovalRefused(said)


def _fault(each: Delivered, ordered: Mapping[int, PurchaseOrderLine]) -> str:
    if (line := ordered.get(each.line_id)) is None:
        return _("The order has no such line.")
    if each.accepted < 0 or each.rejected < 0 or (each.weight_kg or 1) <= 0:
        return _("Quantities are not less than 0.")
    if line.received + each.accepted >= BEYOND or each.rejected >= BEYOND:
        return _("So many cannot be received.")
    if each.rejected and each.reason not in RejectionReason.values:
        return _("Say why goods were rejected.")
    if not each.rejected and each.reason:
        return _("Nothing was rejected for this reason.")
    return ""


def _shares(
    came: Sequence[Delivered],
    ordered: Mapping[int, PurchaseOrderLine],
    *,
    order: PurchaseOrder,
    delivery: Delivery,
) -> list[Decimal]:
    """Freight and duty of each line, to the smallest coin; they sum to the whole."""
    if delivery.freight < 0 or delivery.duty < 0:
        raise ChargesNotShared(_("Freight and duty are not less than 0."))
    total = delivery.freight + delivery.duty
    coin = quantum(order.stock_currency)
    if delivery.freight % coin or delivery.duty % coin:
        raise ChargesNotShared(
            _("%(currency)s has no smaller coin.") % {"currency": order.stock_currency}
        )
    if not total:
        return [NOTHING] * len(came)
    weights = [_weight(each, ordered[each.line_id], by=delivery.split_by) for each in came]
    whole = [weight for weight in weights if weight is not None]
    if len(whole) < len(weights) or not any(whole):
        raise ChargesNotShared(
            _("By “%(split)s” nothing says which line bears how much; choose another way.")
            % {"split": delivery.split_by}
        )
    return allocated(total, weights=whole, currency=order.stock_currency)


def _weight(each: Delivered, line: PurchaseOrderLine, *, by: str) -> Decimal | None:
    """What the line bears of each coin; None where that is not known."""
    if not each.accepted or by == ChargeSplit.QUANTITY:
        return each.accepted
    if by == ChargeSplit.WEIGHT:
        return each.weight_kg
    return None if line.unit_cost is None else each.accepted * line.unit_cost


def _landed(
    line: PurchaseOrderLine, each: Delivered, *, share: Decimal, order: PurchaseOrder
) -> Decimal | None:
    if line.unit_cost is None or not each.accepted:
        return None
    bought = line.unit_cost * (order.exchange_rate or 1)
    cost = (bought + share / each.accepted).quantize(MILLIONTH, rounding=ROUND_HALF_UP)
    if max(cost, cost * each.accepted) >= WORTH_TOO_MUCH:
        raise DeliveryRefused(
            _("So much cannot be booked into stock."), lines=[{"line": each.line_id}]
        )
    return cost


def _state_after(order: PurchaseOrder) -> PurchaseOrderState:
    lines = list(order.lines.values_list("received", "incoming", "surplus"))
    if not any(received for received, _incoming, _surplus in lines):
        return PurchaseOrderState.ORDERED
    if any(incoming for _received, incoming, _surplus in lines):
        return PurchaseOrderState.PARTIALLY_RECEIVED
    if any(surplus for _received, _incoming, surplus in lines):
        return PurchaseOrderState.OVER_RECEIVED
    return PurchaseOrderState.RECEIVED

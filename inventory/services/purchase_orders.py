"""Order goods from a supplier, from the draft to the end; deliveries are in purchase_receipts.

Every verb locks the order first. `by` is who acts, as the ledger names people; whether that
person sees the order's store is the door's question (`orders_visible_to`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from epm.access.selectors.scope import Principal
from epm.organization.models import Store
from epm.platform.transitions import changes_of, move
from inventory.models import PurchaseOrder, Supplier
from inventory.models.purchase_order import HIGHEST_RATE
from inventory.selectors import purchase_approval, suppliers
from inventory.services import purchase_lines
from inventory.services.closed_stores import refuse_closed
from inventory.services.purchase_lines import Wanted as Wanted  # noqa: PLC0414 - it is ours too
from inventory.services.purchase_refusals import (
    ApprovalRefused,
    ExchangeRateRefused,
    NoSuchOrder,
    OrderSettled,
    SupplierInactive,
)
from inventory.states import PURCHASE_ORDER, PurchaseOrderState


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order says besides its lines.

    `exchange_rate`: the store's currency for one of the supplier's, only where these differ.
    """

    expected_on: date | None = None
    exchange_rate: Decimal | None = None
    note: str = ""


@transaction.atomic
def create(
    *,
    supplier_id: int,
    store_id: int,
    lines: Sequence[Wanted],
    by: str,
    now: datetime,
    terms: Terms = Terms(),
    round_up: bool = False,
) -> PurchaseOrder:
    """Draft an order of `lines` from a supplier for a store, in the supplier's currency.

    Quantities must be whole packs of at least the supplier's minimum; `round_up` makes them so.
    A supplier of another currency than the store's needs an exchange rate before the draft is
    submitted. Raises SupplierInactive, StoreClosed, OrderLinesRefused, NotWholePacks,
    ExchangeRateRefused.
    """
    refuse_closed(store_id=store_id, at=now)
    supplier = Supplier.objects.get(pk=supplier_id)
    if not supplier.is_active:
        raise SupplierInactive(_("%(supplier)s is not active.") % {"supplier": supplier})
    order = PurchaseOrder(
        supplier=supplier,
        store_id=store_id,
        currency=supplier.currency,
        stock_currency=Store.objects.values_list("currency", flat=True).get(pk=store_id),
        exchange_rate=terms.exchange_rate,
        expected_on=terms.expected_on,
        note=terms.note,
        created_at=now,
        created_by=by,
    )
    _check_rate(order)
    order.save()
    purchase_lines.write(order=order, lines=lines, round_up=round_up)
    return order


@transaction.atomic
def edit(
    *,
    order_id: int,
    lines: Sequence[Wanted],
    terms: Terms,
    round_up: bool = False,
) -> PurchaseOrder:
    """Make a draft say this instead; its supplier and store stay. Amounts as in `create`.

    Raises NoSuchOrder, OrderSettled, OrderLinesRefused, NotWholePacks, ExchangeRateRefused.
    """
    order = locked(order_id=order_id)
    if order.state != PurchaseOrderState.DRAFT:
        raise OrderSettled(_("%(order)s is no draft any more.") % {"order": order.number})
    order.expected_on, order.note = terms.expected_on, terms.note
    order.exchange_rate = terms.exchange_rate
    _check_rate(order)
    order.version += 1
    order.save(update_fields=["expected_on", "exchange_rate", "note", "version"])
    purchase_lines.write(order=order, lines=lines, round_up=round_up)
    return order


@transaction.atomic
def submit(*, order_id: int, by: str, submitter: Principal | None = None) -> PurchaseOrder:
    """Ask for approval of a draft, as `submitter`: who that is may not approve a large one.

    Raises NoSuchOrder, InvalidTransition, ExchangeRateRefused.
    """
    order = locked(order_id=order_id)
    PURCHASE_ORDER.check(order.state, "submit")
    if order.currency != order.stock_currency and order.exchange_rate is None:
        raise ExchangeRateRefused(
            _("Say what one %(currency)s is worth in %(stock)s.")
            % {"currency": order.currency, "stock": order.stock_currency}
        )
    order.submitted_by = by
    order.submitter_id = purchase_approval.person_behind(submitter)
    order.save(update_fields=["submitted_by", "submitter"])
    move(PURCHASE_ORDER, order, event="submit")
    return order


@transaction.atomic
def approve(*, order_id: int, by: str, approver: Principal) -> PurchaseOrder:
    """Approve what was submitted: within the limit of the approver's role, or as a director.

    What only a director may approve another than its submitter must. Raises NoSuchOrder,
    InvalidTransition, ApprovalRefused.
    """
    order = locked(order_id=order_id)
    PURCHASE_ORDER.check(order.state, "approve")
    if said := purchase_approval.why_not(order, approver=approver, by=by):
        raise ApprovalRefused(said)
    order.approved_by = by
    order.save(update_fields=["approved_by"])
    move(PURCHASE_ORDER, order, event="approve")
    return order


@transaction.atomic
def send_back(*, order_id: int, reason: str) -> PurchaseOrder:
    """Make a draft of it again, for whoever wrote it to mend. Who approved it is forgotten.

    Raises NoSuchOrder, InvalidTransition, ReasonMissing.
    """
    order = locked(order_id=order_id)
    move(PURCHASE_ORDER, order, event="send_back", reason=reason)
    order.submitted_by = order.approved_by = ""
    order.submitter = None
    order.save(update_fields=["submitted_by", "submitter", "approved_by"])
    return order


@transaction.atomic
def order(*, order_id: int, now: datetime) -> PurchaseOrder:
    """Note that the supplier has it: its goods are incoming from now on.

    Without a day it is expected after the longest lead time of its lines, if all are known. Raises
    NoSuchOrder, InvalidTransition, StoreClosed.
    """
    ordered = locked(order_id=order_id)
    PURCHASE_ORDER.check(ordered.state, "order")
    refuse_closed(store_id=ordered.store_id, at=now)
    ordered.ordered_at = now
    if ordered.expected_on is None:
        ordered.expected_on = _due(ordered, now)
    ordered.save(update_fields=["ordered_at", "expected_on"])
    move(PURCHASE_ORDER, ordered, event="order")
    return ordered


@transaction.atomic
def close_short(*, order_id: int, reason: str) -> PurchaseOrder:
    """Stop waiting for the rest: what has not come is cancelled, what came stays.

    Raises NoSuchOrder, InvalidTransition, ReasonMissing.
    """
    return _ended(order_id, event="close_short", reason=reason)


@transaction.atomic
def cancel(*, order_id: int, reason: str) -> PurchaseOrder:
    """Call it off before anything was received; after that, `close_short`.

    Raises NoSuchOrder, InvalidTransition, ReasonMissing.
    """
    return _ended(order_id, event="cancel", reason=reason)


@transaction.atomic
def close(*, order_id: int) -> PurchaseOrder:
    """File an order of which all has come. Raises NoSuchOrder, InvalidTransition."""
    return _ended(order_id, event="close")


@transaction.atomic
def hold(*, order_id: int, reason: str) -> PurchaseOrder:
    """Let nothing happen to it until it is resumed; what was ordered stays incoming.

    Raises NoSuchOrder, InvalidTransition, ReasonMissing.
    """
    held = locked(order_id=order_id)
    move(PURCHASE_ORDER, held, event="hold", reason=reason)
    return held


@transaction.atomic
def resume(*, order_id: int) -> PurchaseOrder:
    """Go on where it was when it was put on hold. Raises NoSuchOrder, InvalidTransition."""
    held = locked(order_id=order_id)
    PURCHASE_ORDER.check(held.state, "resume")
    before = changes_of(held).filter(event="hold").latest("pk").from_state
    move(PURCHASE_ORDER, held, event="resume", to=before)
    return held


def locked(*, order_id: int) -> PurchaseOrder:
    """The order, which nobody else changes until the transaction ends. Raises NoSuchOrder."""
    found = PurchaseOrder.objects.select_for_update(no_key=True).filter(pk=order_id).first()
    if found is None:
        raise NoSuchOrder(_("There is no purchase order %(number)s.") % {"number": order_id})
    return found


def _ended(order_id: int, *, event: str, reason: str = "") -> PurchaseOrder:
    """What is still to come of it is not to come any more."""
    ended = locked(order_id=order_id)
    PURCHASE_ORDER.check(ended.state, event, reason=reason)
    ended.lines.filter(incoming__gt=0).update(cancelled=F("incoming"))
    move(PURCHASE_ORDER, ended, event=event, reason=reason)
    return ended


def _check_rate(order: PurchaseOrder) -> None:
    rate = order.exchange_rate
    if rate is None:
        return
    if order.currency == order.stock_currency:
        raise ExchangeRateRefused(
            _("Supplier and store both count in %(currency)s.") % {"currency": order.currency}
        )
    if not 0 < rate < HIGHEST_RATE:
        raise ExchangeRateRefused(_("An exchange rate is more than 0 and less than a million."))


def _due(order: PurchaseOrder, now: datetime) -> date | None:
    """The day of the last line to come, in the store's days; None when one's is not known."""
    offers = suppliers.offers(
        supplier_id=order.supplier_id,
        product_ids=list(order.lines.values_list("product", flat=True)),
    )
    days = [offer.lead_time_days for offer in offers.values()]
    known = [each for each in days if each is not None]
    if not days or len(known) < len(days):
        return None
    today = now.astimezone(ZoneInfo(order.store.timezone)).date()
    return today + timedelta(days=max(known))

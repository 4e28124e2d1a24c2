"""Who may approve which purchase order."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils.translation import gettext as _

from epm.access.models import ApiKey, Role, User
from epm.access.selectors.scope import Principal
from epm.platform.money import rounded
from inventory.models import ApprovalLimit, PurchaseOrder, PurchaseOrderLine
from inventory.selectors.purchase_orders import orders_visible_to
from inventory.states import PurchaseOrderState

NOTHING: Final = Decimal(0)


def with_worth(orders: QuerySet[PurchaseOrder]) -> QuerySet[PurchaseOrder]:
    """`orders`, each with its `worth`: excl. tax in its own currency, None as in `worth_of`."""
    lines = PurchaseOrderLine.objects.filter(order=OuterRef("pk")).order_by().values("order")
    total = Case(
        When(
            Exact(Count("pk"), Count("unit_cost")),
            then=Sum(F("ordered") * F("unit_cost"), output_field=DecimalField()),
        )
    )
    rows: QuerySet[PurchaseOrder] = orders.annotate(
        worth=Subquery(lines.annotate(total=total).values("total"))
    )
    return rows


def worth_of(
    order: PurchaseOrder, *, coming: Mapping[int, Decimal] | None = None
) -> Decimal | None:
    """What the order comes to, excl. tax in the store's currency; None while a cost of it is not
    known. With `coming`, by line, what comes beyond what was ordered counts too."""
    total = Decimal(0)
    for line in order.lines.all():
        if line.unit_cost is None:
            return None
        came = NOTHING if coming is None else line.received + coming.get(line.pk, NOTHING)
        total += max(line.ordered, came) * line.unit_cost
    return rounded(total * (order.exchange_rate or 1), currency=order.stock_currency)


def waiting_for(approver: User) -> QuerySet[PurchaseOrder]:
    """The submitted orders in scope that are within what the role of `approver` may approve."""
    orders = orders_visible_to(approver).filter(state=PurchaseOrderState.SUBMITTED)
    if approver.is_superuser or approver.role == Role.DIRECTOR:
        return orders
    limit = ApprovalLimit.objects.filter(role=approver.role, currency=OuterRef("stock_currency"))
    rated = F("worth") * Coalesce(F("exchange_rate"), Decimal(1), output_field=DecimalField())
    return with_worth(orders).filter(LessThanOrEqual(rated, Subquery(limit.values("amount"))))


def why_not(order: PurchaseOrder, *, approver: Principal, by: str) -> str:
    """Why `approver`, who acts as `by`, may not approve the order; empty when she may.

    A role approves up to its limit, a director everything. What no limit reaches (or is not known)
    takes four eyes: a director, and not the one who submitted it. A machine approves nothing.
    """
    if not isinstance(approver, User):
        return _("Only a person approves an order.")
    limits = _limits(order)
    worth = worth_of(order)
    if approver.is_superuser or approver.role == Role.DIRECTOR:
        large = worth is None or worth > max(limits.values(), default=Decimal(0))
        if large and (order.submitter_id == approver.pk or order.submitted_by == by):
            return _("An order this large is approved by another than who submitted it.")
        return ""
    if not _within(worth, limits.get(approver.role)):
        return _("This order is beyond what your role may approve.")
    return ""


def why_not_so_much(
    order: PurchaseOrder, *, receiver: Principal, coming: Mapping[int, Decimal]
) -> str:
    """Why `receiver` may not take `coming` (by line) beyond what was ordered; empty when she may.

    With it the order is within what she may approve. A machine takes no more than was ordered.
    """
    if not isinstance(receiver, User):
        return _("Only a person takes more than was ordered.")
    if receiver.is_superuser or receiver.role == Role.DIRECTOR:
        return ""
    if not _within(worth_of(order, coming=coming), _limits(order).get(receiver.role)):
        return _("With what came too much this order is beyond what your role may approve.")
    return ""


def person_behind(principal: Principal | None) -> int | None:
    """The id of the person who acts; of an API key, of whoever made it."""
    if isinstance(principal, User):
        return principal.pk
    key_id = getattr(principal, "key_id", None)
    if key_id is None:
        return None
    return ApiKey.objects.filter(pk=key_id).values_list("created_by", flat=True).first()


def _limits(order: PurchaseOrder) -> dict[str, Decimal]:
    limits = ApprovalLimit.objects.filter(currency=order.stock_currency)
    return dict(limits.values_list("role", "amount"))


def _within(worth: Decimal | None, limit: Decimal | None) -> bool:
    return worth is not None and limit is not None and worth <= limit

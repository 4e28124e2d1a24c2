"""Who may approve which purchase order."""

from decimal import Decimal

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

from epm.access.models import Role, User
from epm.access.selectors.scope import Principal
from epm.platform.money import rounded
from inventory.models import ApprovalLimit, PurchaseOrder, PurchaseOrderLine
from inventory.selectors.purchase_orders import orders_visible_to
from inventory.states import PurchaseOrderState


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


def worth_of(order: PurchaseOrder) -> Decimal | None:
    """What the order comes to, excl. tax in the store's currency; None while a cost of it is not
    known."""
    total = Decimal(0)
    for ordered, cost in order.lines.values_list("ordered", "unit_cost"):
        if cost is None:
            return None
        total += ordered * cost
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
    limits = dict(
        ApprovalLimit.objects.filter(currency=order.stock_currency).values_list("role", "amount")
    )
    worth = worth_of(order)
    if approver.is_superuser or approver.role == Role.DIRECTOR:
        large = worth is None or worth > max(limits.values(), default=Decimal(0))
        if large and order.submitted_by == by:
            return _("An order this large is approved by another than who submitted it.")
        return ""
    limit = limits.get(approver.role)
    if limit is None or worth is None or worth > limit:
        return _("This order is beyond what your role may approve.")
    return ""

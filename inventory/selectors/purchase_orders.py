"""Questions about purchase orders: which, what is to come, how well suppliers deliver."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Min, QuerySet, Sum

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import PurchaseOrder, PurchaseOrderLine, PurchaseReceipt
from inventory.states import PurchaseOrderState

EXPECTED: Final = (
    PurchaseOrderState.ORDERED, PurchaseOrderState.PARTIALLY_RECEIVED, PurchaseOrderState.ON_HOLD,
)  # fmt: skip
"""The states in which what was ordered is still to come; of those on hold, only if ordered."""

# Orders due in the window. In full: every line came as it was ordered, or more of it. On time: by
# the store's day, the delivery that made it full was not late.
SERVICE: Final = """
    WITH due AS (
        SELECT o.id, o.supplier_id, o.expected_on, s.timezone, s.day_cutoff_hour
        FROM inventory_purchaseorder o JOIN organization_store s ON s.id = o.store_id
        WHERE o.expected_on BETWEEN %(first)s AND %(last)s AND o.ordered_at IS NOT NULL
          AND o.state <> 'cancelled'
          AND (%(all)s OR o.store_id = ANY (%(stores)s))
    ), lines AS (
        SELECT d.id, sum(l.ordered) AS ordered, sum(least(l.received, l.ordered)) AS received,
               bool_and(l.received >= l.ordered) AS in_full,
               bool_and(coalesce(t.accepted, 0) >= l.ordered) AS in_full_on_time
        FROM due d JOIN inventory_purchaseorderline l ON l.order_id = d.id
        LEFT JOIN LATERAL (
            SELECT sum(x.accepted) AS accepted
            FROM inventory_purchasereceiptline x
            JOIN inventory_purchasereceipt r ON r.id = x.receipt_id
            WHERE x.line_id = l.id
              AND (r.received_at AT TIME ZONE d.timezone
                   - make_interval(hours => d.day_cutoff_hour))::date <= d.expected_on
        ) t ON true
        GROUP BY d.id
    )
    SELECT d.supplier_id, count(*), count(*) FILTER (WHERE i.in_full),
           count(*) FILTER (WHERE i.in_full_on_time), sum(i.ordered), sum(i.received)
    FROM due d JOIN lines i ON i.id = d.id
    GROUP BY d.supplier_id ORDER BY d.supplier_id
"""


def orders_visible_to(principal: Principal) -> QuerySet[PurchaseOrder]:
    """Purchase orders for the stores in scope."""
    return PurchaseOrder.objects.filter(scope_of(principal).covers("store"))


def order_lines_visible_to(principal: Principal) -> QuerySet[PurchaseOrderLine]:
    """Their lines."""
    return PurchaseOrderLine.objects.filter(scope_of(principal).covers("order__store"))


def receipts_visible_to(principal: Principal) -> QuerySet[PurchaseReceipt]:
    """Deliveries to the stores in scope."""
    return PurchaseReceipt.objects.filter(scope_of(principal).covers("order__store"))


@dataclass(frozen=True, slots=True)
class Incoming:
    """So much of a product is on its way to a store, in its unit; `first_on` is the earliest day
    any of it is expected, None when nobody knows."""

    store_id: int
    product_id: int
    quantity: Decimal
    first_on: date | None


def incoming(
    *,
    principal: Principal,
    store_ids: Collection[int] | None = None,
    product_ids: Collection[int] | None = None,
) -> list[Incoming]:
    """What suppliers have yet to deliver, by store and product, from the moment it was ordered.

    An order on hold still counts: the supplier has it.
    """
    lines = order_lines_visible_to(principal).filter(
        incoming__gt=0, order__ordered_at__isnull=False, order__state__in=EXPECTED
    )
    if store_ids is not None:
        lines = lines.filter(order__store__in=store_ids)
    if product_ids is not None:
        lines = lines.filter(product__in=product_ids)
    rows = (
        lines.values("order__store", "product")
        .annotate(quantity=Sum("incoming"), first_on=Min("order__expected_on"))
        .order_by("order__store", "product")
        .values_list("order__store", "product", "quantity", "first_on")
    )
    return [Incoming(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class SupplierService:
    """How a supplier delivered the orders that were due in a window (kpis.md 4.4)."""

    supplier_id: int
    orders: int
    in_full: int
    on_time_in_full: int
    ordered: Decimal
    received: Decimal
    """Of what was ordered: what came too much makes up for nothing."""

    @property
    def fill_rate(self) -> Decimal:
        """Units received of units ordered."""
        return self.received / self.ordered

    @property
    def otif(self) -> Decimal:
        """Share of the orders that came in full by the day they were expected."""
        return Decimal(self.on_time_in_full) / self.orders


def service_of_suppliers(*, principal: Principal, first: date, last: date) -> list[SupplierService]:
    """Of each supplier with orders due from `first` to `last` (both included) in the stores in
    scope, as known now. Orders cancelled or never sent count for nobody; what was closed short
    counts as not delivered."""
    scope = scope_of(principal)
    words: dict[str, Any] = {
        "first": first, "last": last, "all": scope.all_stores, "stores": list(scope.store_ids),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SERVICE, words)
        return [SupplierService(*row) for row in cursor.fetchall()]

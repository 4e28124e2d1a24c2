"""Questions about stock: what a store has, what of it can be promised, what moved."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import DecimalField, QuerySet, Sum
from django.db.models.expressions import RawSQL

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import (
    Reservation,
    StockLevel,
    StockMovement,
    StockPolicy,
    StockRepair,
    UnavailableStock,
)

AVAILABILITY: Final = """
    SELECT l.store_id, l.product_id, l.on_hand, l.on_hand - l.unavailable - now.available,
           l.unavailable, l.shortfall, now.available, o.code, p.sku
    FROM inventory_stocklevel l
    CROSS JOIN LATERAL (SELECT inventory_available(l) AS available OFFSET 0) now
    JOIN organization_store o ON o.id = l.store_id
    JOIN inventory_product p ON p.id = l.product_id
    WHERE l.product_id = ANY (%s) AND (%s OR l.store_id = ANY (%s))
    ORDER BY l.store_id, l.product_id
"""
# One step at either end of the index (store, business date) for each store, whatever the ledger.
ENDS: Final = """
    SELECT s.id, first.business_date, last.business_date
    FROM organization_store s
    CROSS JOIN LATERAL (SELECT business_date FROM inventory_stockmovement WHERE store_id = s.id
                        ORDER BY business_date LIMIT 1) first
    CROSS JOIN LATERAL (SELECT business_date FROM inventory_stockmovement WHERE store_id = s.id
                        ORDER BY business_date DESC LIMIT 1) last
    WHERE %s OR s.id = ANY (%s)
"""


NONE: Final = Decimal("0.000")
SHORT: Final = """
    SELECT l.product_id, p.sku, l.shortfall
    FROM inventory_stocklevel l
    JOIN inventory_product p ON p.id = l.product_id
    JOIN inventory_stockpolicy y ON y.store_id = l.store_id AND y.negative = 'warn'
    WHERE l.store_id = %s AND l.product_id = ANY (%s) AND l.shortfall > 0
    ORDER BY l.product_id
"""


@dataclass(frozen=True, slots=True)
class Availability:
    """A level as a seller needs it, in the product's unit.

    `reserved` and `available` leave holds out that are over by the clock; `available` is below 0
    where a store has promised or handed over more than it had.
    """

    store_id: int
    product_id: int
    on_hand: Decimal
    reserved: Decimal
    unavailable: Decimal
    shortfall: Decimal
    available: Decimal
    store: str
    sku: str


def levels_visible_to(principal: Principal) -> QuerySet[StockLevel]:
    """Stock levels of the stores in scope."""
    return StockLevel.objects.filter(scope_of(principal).covers("store"))


def unavailable_by_reason(*, store_id: int, product_id: int) -> dict[str, Decimal]:
    """What of a level cannot be sold, by reason; those that hold nothing back are left out."""
    kept = UnavailableStock.objects.filter(
        level__store=store_id, level__product=product_id, quantity__gt=0
    )
    return dict(kept.order_by("reason").values_list("reason", "quantity"))


def with_available(levels: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
    """`levels`, each with what is `available` of it: holds over by the clock do not count."""
    available = RawSQL(
        "inventory_available(inventory_stocklevel)",  # the row itself
        [],
        output_field=DecimalField(max_digits=12, decimal_places=3),
    )
    return levels.annotate(available=available)


def movements_visible_to(principal: Principal) -> QuerySet[StockMovement]:
    """The ledger of the stores in scope."""
    return StockMovement.objects.filter(scope_of(principal).covers("store"))


def reservations_visible_to(principal: Principal) -> QuerySet[Reservation]:
    """What is promised in the stores in scope."""
    return Reservation.objects.filter(scope_of(principal).covers("store"))


def policies_visible_to(principal: Principal) -> QuerySet[StockPolicy]:
    """The stock policies of the stores in scope."""
    return StockPolicy.objects.filter(scope_of(principal).covers("store"))


def repairs_visible_to(principal: Principal) -> QuerySet[StockRepair]:
    """Levels that were put right, in the stores in scope."""
    return StockRepair.objects.filter(scope_of(principal).covers("level__store"))


def days_with_stock(principal: Principal) -> dict[int, tuple[date, date]]:
    """The first and last business day with a movement of each store in scope that has one."""
    scope = scope_of(principal)
    with connection.cursor() as cursor:
        cursor.execute(ENDS, [scope.all_stores, list(scope.store_ids)])
        return {store: (first, last) for store, first, last in cursor.fetchall()}


def availability(
    *, product_ids: Collection[int], principal: Principal, store_ids: Collection[int] | None = None
) -> list[Availability]:
    """The levels of these products in the stores in scope (or those of them named): one query.

    A product a store never had is absent: there are 0 of it.
    """
    scope = scope_of(principal)
    everywhere = scope.all_stores and store_ids is None
    if store_ids is None:
        stores = list(scope.store_ids)
    else:
        stores = [store for store in store_ids if scope.allows(store)]
    with connection.cursor() as cursor:
        cursor.execute(AVAILABILITY, [list(product_ids), everywhere, stores])
        return [Availability(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Short:
    """A product of which a store has promised or handed over more than it had, by how much."""

    product: int
    sku: str
    short: Decimal


def worth_a_warning(*, store_id: int, product_ids: Collection[int]) -> list[Short]:
    """What of these is short in a store whose policy is to book and warn."""
    with connection.cursor() as cursor:
        cursor.execute(SHORT, [store_id, list(product_ids)])
        return [Short(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Worth:
    """Stock at the end of a day: quantity, of which with a known cost, and what that is worth
    excl. tax in the store's currency."""

    quantity: Decimal
    costed: Decimal
    value: Decimal


def worth_on(*, store_id: int, day: date, product_id: int | None = None) -> Worth:
    """What a store (or one product of it) had at the end of a business day, as known now."""
    moved = StockMovement.objects.filter(store=store_id, business_date__lte=day)
    if product_id is not None:
        moved = moved.filter(product=product_id)
    sums = moved.aggregate(q=Sum("quantity"), c=Sum("costed"), v=Sum("value"))
    return Worth(*(sums[name] or Decimal(0) for name in ("q", "c", "v")))

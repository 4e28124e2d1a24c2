"""What there is to say of one product in one store: its movements, its course, what is promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import DecimalField, Func, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from epm.access.selectors.scope import Principal
from inventory.models import (
    PurchaseOrderLine,
    Reservation,
    StockLevel,
    StockMovement,
    TransferLine,
    UnavailableStock,
)
from inventory.selectors.products import products_visible_to
from inventory.selectors.purchase_orders import EXPECTED
from inventory.selectors.stock import levels_visible_to, reservations_visible_to
from inventory.states import ReservationState

LONGEST: Final = timedelta(days=365)

# By the day it happened on, not by the order it was written down in: a delivery booked late lies
# where it came. The days before `first` are the sum that the course begins with.
COURSE: Final = """
    SELECT greatest(business_date, %(first)s), sum(sum(quantity)) OVER (
        ORDER BY greatest(business_date, %(first)s))
    FROM inventory_stockmovement
    WHERE store_id = %(store)s AND product_id = %(product)s
    GROUP BY 1 ORDER BY 1
"""
BY_DATE: Final = """
    SELECT position, balance FROM (
        SELECT position, sum(quantity) OVER (ORDER BY occurred_at, position) AS balance
        FROM inventory_stockmovement
        WHERE store_id = %s AND product_id = %s
    ) course WHERE position = ANY (%s)
"""


def with_available(levels: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
    """`levels`, each with `available`: without what is held beyond its time."""
    available: Func = Func(
        template="inventory_available(inventory_stocklevel)",
        output_field=DecimalField(max_digits=12, decimal_places=3),
    )
    return levels.annotate(available=available)


def with_coming(levels: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
    """`levels`, each with what is `in_transit` to the store and `ordered` for it; none is 0."""
    sent = TransferLine.objects.filter(
        in_transit__gt=0, product=OuterRef("product"), transfer__destination=OuterRef("store")
    )
    bought = PurchaseOrderLine.objects.filter(
        incoming__gt=0, product=OuterRef("product"), order__store=OuterRef("store"),
        order__ordered_at__isnull=False, order__state__in=EXPECTED,
    )  # fmt: skip
    return levels.annotate(in_transit=_sum(sent, "in_transit"), ordered=_sum(bought, "incoming"))


def _sum(lines: QuerySet, column: str) -> Coalesce:
    total = lines.order_by().values("product").annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total), Decimal(0))


@dataclass(frozen=True, slots=True)
class StoreStock:
    """What a store has of a product, in its unit. Below 0: more was handed over than it had.

    Neither `reserved` nor `available` counts holds that are over by the clock.
    """

    store: str
    on_hand: Decimal
    reserved: Decimal
    unavailable: Decimal
    available: Decimal


def by_store(*, principal: Principal, product_id: int) -> list[StoreStock]:
    """The stock of a product in each store in scope that ever had it, by code: one query."""
    levels = with_available(levels_visible_to(principal)).filter(product=product_id)
    rows = levels.order_by("store__code").values_list(
        "store__code", "on_hand", "unavailable", "available"
    )  # type: ignore[misc]
    return [
        StoreStock(store, on_hand, on_hand - unavailable - available, unavailable, available)
        for store, on_hand, unavailable, available in rows
    ]


def of_products_called(
    levels: QuerySet[StockLevel], text: str, *, principal: Principal
) -> QuerySet[StockLevel]:
    """`levels` of the products whose SKU or name holds `text`, or that have it as a barcode."""
    found = products_visible_to(principal).filter(
        Q(sku__icontains=text) | Q(name__icontains=text) | Q(barcodes__code=text)
    )
    return levels.filter(product__in=found.order_by().values("pk"))


def level_visible_to(principal: Principal, *, level_id: int) -> StockLevel | None:
    """A level with its store and product; None when it is not there or not to be seen."""
    levels = with_coming(with_available(levels_visible_to(principal)))
    return levels.select_related("store", "product").filter(pk=level_id).first()


def movements_before(
    level: StockLevel, *, position: int | None, most: int
) -> Sequence[StockMovement]:
    """The latest movements of a level, or the latest before that one; newest first."""
    found = StockMovement.objects.filter(store=level.store_id, product=level.product_id)
    if position is not None:
        found = found.filter(position__lt=position)
    return list(found.order_by("-position")[:most])


def balances_by_date(level: StockLevel, positions: Sequence[int]) -> dict[int, Decimal]:
    """What was on hand when each of these movements had happened, whenever it was written down."""
    with connection.cursor() as cursor:
        cursor.execute(BY_DATE, [level.store_id, level.product_id, list(positions)])
        return dict(cursor.fetchall())


def unavailable_of(level: StockLevel) -> list[UnavailableStock]:
    """How much of it cannot be sold, and why; nothing for reasons that are over."""
    return list(level.unavailable_by_reason.filter(quantity__gt=0).order_by("reason"))


def promised_of(level: StockLevel, *, principal: Principal, most: int) -> list[Reservation]:
    """What is held or committed of it now; not what is over by the clock."""
    running = Q(state=ReservationState.ACTIVE, expires_at__gt=Now()) | Q(
        state=ReservationState.COMMITTED
    )
    found = reservations_visible_to(principal).filter(
        running, store=level.store_id, product=level.product_id
    )
    return list(found.order_by("held_at", "pk")[:most])


@dataclass(frozen=True, slots=True)
class DayEnd:
    """What was on hand at the end of a business day, in the product's unit."""

    day: date
    on_hand: Decimal


def course_of(level: StockLevel, *, until: date) -> list[DayEnd]:
    """The days of the last year on which it moved, the first with what came before."""
    words: dict[str, int | date] = {
        "store": level.store_id,
        "product": level.product_id,
        "first": until - LONGEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(COURSE, words)
        return [DayEnd(*row) for row in cursor.fetchall()]

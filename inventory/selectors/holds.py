"""How a basket stands: what it keeps back, for how long, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

from epm.access.selectors.scope import Principal, scope_of

# A hold that is over by the clock is told as such, whether or not anybody has swept it.
BASKET: Final = """
    SELECT r.store_id, o.code, r.product_id, p.sku, r.quantity, r.consumed,
           CASE WHEN r.state = 'active' AND r.expires_at <= clock_timestamp() THEN 'expired'
                ELSE r.state END,
           r.held_at, r.expires_at, r.extensions, r.document_kind, r.document_ref
    FROM inventory_reservation r
    JOIN organization_store o ON o.id = r.store_id
    JOIN inventory_product p ON p.id = r.product_id
    WHERE r.basket = %s AND r.holder = %s
    ORDER BY r.product_id
"""
OF_LEVEL: Final = """
    SELECT coalesce(sum(quantity - consumed) FILTER (
               WHERE state = 'active' AND expires_at > clock_timestamp()), 0),
           coalesce(sum(quantity - consumed) FILTER (WHERE state = 'committed'), 0)
    FROM inventory_reservation
    WHERE store_id = %s AND product_id = %s AND state IN ('active', 'committed')
"""


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One product of a basket, in its unit."""

    product: int
    sku: str
    quantity: Decimal
    consumed: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class Basket:
    """All lines of a basket; they are one store's, and end together. None: it has no end."""

    store_id: int
    store: str
    held_at: datetime
    expires_at: datetime | None
    extensions: int
    document_kind: str
    document_ref: str
    lines: list[HeldLine]


@dataclass(frozen=True, slots=True)
class Promised:
    """What of a level is kept back by holds that still run, and by orders."""

    held: Decimal
    committed: Decimal


def basket_visible_to(principal: Principal, *, basket: UUID, holder: str) -> Basket | None:
    """The basket that `holder` holds in a store in scope; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(BASKET, [basket, holder])
        rows = cursor.fetchall()
    if not rows or not scope_of(principal).allows(rows[0][0]):
        return None
    store_id, code, *_line, held_at, expires_at, extensions, kind, ref = rows[0]
    lines = [HeldLine(*row[2:7]) for row in rows]
    return Basket(store_id, code, held_at, expires_at, extensions, kind, ref, lines)


def promised(*, store_id: int, product_id: int) -> Promised:
    """What is promised of one level now."""
    with connection.cursor() as cursor:
        cursor.execute(OF_LEVEL, [store_id, product_id])
        return Promised(*cursor.fetchone())

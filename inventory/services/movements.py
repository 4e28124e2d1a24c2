"""Write into the ledger of stock. Every movement goes through `post`."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from inventory.models import MovementKind, StockMovement
from inventory.services.stock_refusals import PostingReused, refused_by_law

INSERT: Final = """
    INSERT INTO inventory_stockmovement
        (posting, line_no, kind, store_id, product_id, quantity, unit_cost, blocked, reason,
         costed, value, document_kind, document_ref, note, occurred_at, forced)
    SELECT %(posting)s, line_no, kind, store_id, product_id, quantity, unit_cost, blocked,
           reason, costed, value, %(document_kind)s, %(document_ref)s, note, %(at)s, %(forced)s
    FROM unnest(%(lines)s::int[], %(kinds)s::text[], %(stores)s::bigint[], %(products)s::bigint[],
                %(quantities)s::numeric[], %(costs)s::numeric[], %(blocked)s::numeric[],
                %(reasons)s::text[], %(notes)s::text[],
                %(costed)s::numeric[], %(values)s::numeric[])
         asked (line_no, kind, store_id, product_id, quantity, unit_cost, blocked, reason, note,
                costed, value)
    ORDER BY store_id, product_id, line_no
    RETURNING id, kind, line_no, store_id, product_id, quantity, unit_cost, value, balance, blocked,
              costed
"""
# Whoever posts the same act at the same time waits here, before any level is locked.
TWINS: Final = "SELECT pg_advisory_xact_lock(hashtextextended('posting ' || %s, 0))"


@dataclass(frozen=True, slots=True)
class Move:
    """What happens to one level. `quantity` is signed, in the product's unit; `unit_cost` excl.
    tax in the store's currency, None: not known (what leaves is worth the average anyway).
    `kind`: where it is another one than that of the whole posting. `costed` and `value`: of an
    adjustment that brings goods back, how much of them has a known cost, and what that comes to."""

    store_id: int
    product_id: int
    quantity: Decimal = Decimal(0)
    unit_cost: Decimal | None = None
    blocked: Decimal = Decimal(0)
    reason: str = ""
    note: str = ""
    kind: MovementKind | None = None
    costed: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What a movement was written for: its kind, and its number or key."""

    kind: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Posted:
    """A movement as the ledger has it. `value`: by how much the stock is worth more, excl. tax;
    `costed`: by how much more of it has a known cost."""

    id: UUID
    kind: str
    line_no: int
    store_id: int
    product_id: int
    quantity: Decimal
    unit_cost: Decimal | None
    value: Decimal
    balance: Decimal
    blocked: Decimal
    costed: Decimal


@transaction.atomic
def post(
    *,
    posting: UUID,
    kind: MovementKind,
    moves: Sequence[Move],
    document: Document,
    at: datetime,
    forced: bool = False,
) -> list[Posted]:
    """Book `moves` together, in their order as lines 1, 2 …; each changes its level with it.

    `posting` is the key of the act: again with the same content changes nothing and returns what
    is there. `forced`: the goods have left already, whatever the store's policy. The actor is
    whoever acts (epm.platform.actor). Raises InsufficientStock, MoreThanUnavailable,
    PostingReused; then nothing is booked.
    """
    await_twins(posting=posting)
    if known := posted(posting=posting):
        if not _same(known, kind=kind, moves=moves):
            raise PostingReused(_("The ledger has other movements of this key."))
        return known
    with refused_by_law(), connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "posting": posting,
                "kinds": [move.kind or kind for move in moves],
                "lines": list(range(1, len(moves) + 1)),
                "stores": [move.store_id for move in moves],
                "products": [move.product_id for move in moves],
                "quantities": [move.quantity for move in moves],
                "costs": [move.unit_cost for move in moves],
                "blocked": [move.blocked for move in moves],
                "reasons": [move.reason for move in moves],
                "notes": [move.note for move in moves],
                "costed": [move.costed for move in moves],
                "values": [move.value for move in moves],
                "document_kind": document.kind,
                "document_ref": document.ref,
                "at": at,
                "forced": forced,
            },
        )
        return sorted((Posted(*row) for row in cursor.fetchall()), key=_line)


def _line(posted: Posted) -> int:
    return posted.line_no


def await_twins(*, posting: UUID) -> None:
    """Wait until nobody else is at this act. Whoever locks levels before `post` does this first."""
    with connection.cursor() as cursor:
        cursor.execute(TWINS, [str(posting)])


def posted(*, posting: UUID) -> list[Posted]:
    """The movements of this act, by line; none when it never happened.

    Without those that the ledger added, whose numbers are negative (inventory_tell_counts).
    """
    rows = StockMovement.objects.filter(posting=posting, line_no__gt=0).order_by("line_no")
    return [Posted(*row) for row in rows.values_list(*(each.name for each in fields(Posted)))]


def _same(known: Sequence[Posted], *, kind: MovementKind, moves: Sequence[Move]) -> bool:
    asked = [
        (each.kind or kind, each.store_id, each.product_id, each.quantity, each.blocked)
        for each in moves
    ]
    return asked == [
        (each.kind, each.store_id, each.product_id, each.quantity, each.blocked) for each in known
    ]

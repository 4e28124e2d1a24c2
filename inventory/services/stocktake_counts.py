"""Count: every scan is kept, several people add up, and the books of that moment go with it.

Locks in this order: the stocktake (shared), the levels by product (shared: a sale under way is
waited for, counters do not wait for each other), the lines by product.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from inventory.models import CountKind, Stocktake, StocktakeCount
from inventory.selectors import stocktakes as asked
from inventory.services.stock_refusals import refused_by_law
from inventory.services.stocktake_refusals import (
    CountBelowZero,
    CountedElsewhere,
    CountKeyReused,
    CountNotUndoable,
    NoSuchStocktake,
    NotInStocktake,
)
from inventory.services.whole import refuse_fractions
from inventory.states import STOCKTAKE, StocktakeState

LOCK: Final = "SELECT state FROM inventory_stocktake WHERE id = %s FOR SHARE"
TWINS: Final = "SELECT pg_advisory_xact_lock(hashtextextended('count ' || %s, 0))"
# A level is there before anybody can sell or receive the product, so that it can be locked.
ENSURE_LEVELS: Final = """
    INSERT INTO inventory_stocklevel (store_id, product_id)
    SELECT %(store)s, product_id FROM unnest(%(products)s::bigint[]) asked (product_id)
    ORDER BY product_id ON CONFLICT (store_id, product_id) DO NOTHING
"""
LOCK_LEVELS: Final = """
    SELECT FROM inventory_stocklevel
    WHERE store_id = %(store)s AND product_id = ANY (%(products)s)
    ORDER BY store_id, product_id FOR SHARE
"""
# What turns up although the books had none of it: its snapshot is of now.
ENSURE_LINES: Final = """
    INSERT INTO inventory_stocktakeline
        (stocktake_id, store_id, product_id, running, found, snapshot, snapshot_position, round,
         entries, counted_by, moved)
    SELECT %(stocktake)s, store_id, product_id, true, true, on_hand, position, %(round)s, 0, '',
           false
    FROM inventory_stocklevel
    WHERE store_id = %(store)s AND product_id = ANY (%(found)s)
    ORDER BY product_id
    ON CONFLICT DO NOTHING
"""
LOCK_LINES: Final = """
    SELECT product_id, round, counted FROM inventory_stocktakeline
    WHERE stocktake_id = %(stocktake)s AND product_id = ANY (%(products)s)
    ORDER BY product_id FOR NO KEY UPDATE
"""
COUNT: Final = """
    WITH entered AS (
        INSERT INTO inventory_stocktakecount
            (line_id, round, act, kind, quantity, delta, book, position, unit_cost, counted_at,
             actor)
        SELECT n.id, n.round, %(act)s, %(kind)s, asked.quantity,
               asked.quantity - CASE WHEN %(kind)s = 'add' THEN 0 ELSE coalesce(n.counted, 0) END,
               l.on_hand, l.position, l.average_cost, %(now)s, %(by)s
        FROM unnest(%(products)s::bigint[], %(quantities)s::numeric[])
             asked (product_id, quantity)
        JOIN inventory_stocktakeline n
            ON n.stocktake_id = %(stocktake)s AND n.product_id = asked.product_id
        JOIN inventory_stocklevel l ON l.store_id = n.store_id AND l.product_id = n.product_id
        ORDER BY asked.product_id
        RETURNING line_id, delta, book, position, unit_cost
    )
    UPDATE inventory_stocktakeline n
    SET counted = coalesce(n.counted, 0) + e.delta, entries = n.entries + 1,
        book = e.book, count_position = e.position, unit_cost = e.unit_cost,
        moved = %(kind)s = 'add'
            AND (n.moved OR coalesce(n.count_position, e.position) <> e.position),
        counted_at = %(now)s, counted_by = %(by)s
    FROM entered e WHERE n.id = e.line_id
"""
# Back to the latest scan that is left, and what tills have told since to have sold before it;
# without any the line is not counted.
UNDO: Final = """
    UPDATE inventory_stocktakeline n
    SET entries = n.entries - 1,
        counted = CASE WHEN n.entries > 1 THEN n.counted - %(delta)s END,
        book = last.book + last.late, count_position = last.position, unit_cost = last.unit_cost,
        moved = coalesce(last.moved, false),
        counted_at = last.counted_at, counted_by = coalesce(last.actor, '')
    FROM (SELECT) one
    LEFT JOIN LATERAL (
        SELECT c.book, c.position, c.unit_cost, c.counted_at, c.actor,
               min(c.position) OVER (ORDER BY c.id) <> c.position AS moved,
               inventory_told_late(of.store_id, of.product_id, c.position, c.counted_at) AS late
        FROM inventory_stocktakecount c JOIN inventory_stocktakeline of ON of.id = c.line_id
        WHERE c.line_id = %(line)s AND c.round = %(round)s AND c.kind <> 'undo'
          AND NOT EXISTS (SELECT FROM inventory_stocktakecount u WHERE u.undoes_id = c.id)
        ORDER BY c.id DESC LIMIT 1
    ) last ON true
    WHERE n.id = %(line)s
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """So much of a product was seen, in its unit."""

    product_id: int
    quantity: Decimal


@transaction.atomic
def count(
    *,
    stocktake_id: int,
    lines: Sequence[Counted],
    kind: CountKind = CountKind.ADD,
    act: UUID,
    by: str,
    now: datetime,
) -> Mapping[int, Decimal]:
    """Add `lines` to what was counted of their products, or set it; what it is now, by product.

    A product named twice counts as the sum. `act` is the key of this call: again with the same
    content writes nothing. Raises InvalidTransition unless it is being counted, NotInStocktake,
    CountBelowZero, CountedElsewhere, CountKeyReused.
    """
    if kind not in (CountKind.ADD, CountKind.SET):
        raise ValueError(kind)
    stocktake = _counting(stocktake_id, "count")
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line.product_id] += line.quantity
    refuse_fractions(quantities=((line.product_id, line.quantity) for line in lines))
    with connection.cursor() as cursor:
        cursor.execute(TWINS, [str(act)])
    known = StocktakeCount.objects.filter(act=act)
    if happened := {
        each: (same, quantity)
        for each, same, quantity in known.values_list("line__product_id", "kind", "quantity")
    }:
        if happened != {product: (kind, quantity) for product, quantity in sums.items()}:
            raise CountKeyReused(_("Make a new key for each count."))
    else:
        enter(stocktake=stocktake, sums=sums, kind=kind, act=act, by=by, now=now)
    now_counted = stocktake.lines.filter(product__in=sums, counted__isnull=False)
    return {line.product_id: line.counted or Decimal(0) for line in now_counted}


@transaction.atomic
def undo(*, count_id: int, act: UUID, by: str, now: datetime) -> None:
    """Take a scan back by one that counters it; a line left without any is uncounted, not 0.

    Again with the same `act` is harmless. Raises InvalidTransition, CountNotUndoable where it was
    undone already, is of an earlier round, or a count that was set came after it.
    """
    found = StocktakeCount.objects.select_related("line").filter(pk=count_id).first()
    if found is None:
        raise CountNotUndoable(_("There is no such count."))
    stocktake = _counting(found.line.stocktake_id, "undo")
    line = stocktake.lines.select_for_update(no_key=True).get(pk=found.line_id)
    if StocktakeCount.objects.filter(act=act, undoes=found).exists():
        return
    later = line.counts.filter(round=line.round, kind=CountKind.SET, pk__gt=found.pk)
    if (
        found.kind == CountKind.UNDO
        or found.round != line.round
        or StocktakeCount.objects.filter(undoes=found).exists()
        or later.filter(undone_by__isnull=True).exists()
    ):
        raise CountNotUndoable(_("It was taken back, or counted anew since."))
    if line.entries > 1 and (line.counted or 0) < found.delta:
        raise CountBelowZero(_("Less was counted than that."))
    StocktakeCount.objects.create(
        line=line, round=line.round, act=act, kind=CountKind.UNDO, quantity=-found.quantity,
        delta=-found.delta, book=found.book, position=found.position, unit_cost=found.unit_cost,
        undoes=found, counted_at=now, actor=by,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(UNDO, {"delta": found.delta, "line": line.pk, "round": line.round})


def enter(
    *,
    stocktake: Stocktake,
    sums: Mapping[int, Decimal],
    kind: CountKind,
    act: UUID,
    by: str,
    now: datetime,
) -> None:
    """Write the entries of one act; the caller has locked `stocktake` and looked for its twin."""
    products = sorted(sums)
    words: dict[str, Any] = {
        "stocktake": stocktake.pk, "store": stocktake.store_id, "round": stocktake.round,
        "products": products, "quantities": [sums[each] for each in products],
        "kind": kind, "act": act, "by": by, "now": now,
        "found": _found(stocktake, products),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(ENSURE_LEVELS, words)
        cursor.execute(LOCK_LEVELS, words)
        if words["found"]:
            cursor.execute(ENSURE_LINES, words)
        cursor.execute(LOCK_LINES, words)
        locked = cursor.fetchall()
        if len(locked) < len(products):
            raise CountedElsewhere.by(asked.running_with(stocktake, words["found"]))
        for product, in_round, counted in locked:
            if in_round != stocktake.round:
                raise NotInStocktake(_("Only what was chosen is counted again."), product=product)
            before = counted or Decimal(0) if kind == CountKind.ADD else Decimal(0)
            if before + sums[product] < 0:
                raise CountBelowZero(_("Less was counted than that."), product=product)
        with refused_by_law():
            cursor.execute(COUNT, words)


def _found(stocktake: Stocktake, products: Sequence[int]) -> list[int]:
    """Of these, what has no line yet but may get one. Raises NotInStocktake."""
    known = set(stocktake.lines.filter(product__in=products).values_list("product_id", flat=True))
    new = [each for each in products if each not in known]
    if not new:
        return []
    belong = set(asked.in_scope(stocktake).filter(pk__in=new).values_list("pk", flat=True))
    for each in new:
        if each not in belong or stocktake.round > 1:
            raise NotInStocktake(_("This stocktake leaves it out."), product=each)
    return new


def _counting(stocktake_id: int, event: str) -> Stocktake:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [stocktake_id])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchStocktake(_("No stocktake has this number."))
    if row[0] != StocktakeState.COUNTING:
        STOCKTAKE.check(row[0], event)
    return Stocktake.objects.get(pk=stocktake_id)

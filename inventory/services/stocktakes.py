"""Take stock: schedule, start, review, recount, approve, post. Counting is stocktake_counts'.

A line's adjustment is what was counted less what the books said at that very movement of its
level: whatever is sold or received before, meanwhile and after is right by itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from epm.platform.transitions import move
from inventory.models import CountKind, MovementKind, Stocktake, StocktakeKind
from inventory.models.stocktake import USUAL_UNITS, USUAL_VALUE
from inventory.selectors import stocktakes as asked
from inventory.services import movements
from inventory.services.movements import Document, Move, Posted
from inventory.services.stocktake_counts import enter
from inventory.services.stocktake_refusals import (
    ApprovalNeedsAnother,
    CountedElsewhere,
    NoSuchStocktake,
    NothingCounted,
    NothingToCount,
)
from inventory.states import STOCKTAKE, StocktakeState

DOCUMENT: Final = "stocktake"

# What there is of the part to be counted, and what was asked for by name, in one snapshot.
SNAPSHOT: Final = """
    INSERT INTO inventory_stocktakeline
        (stocktake_id, store_id, product_id, running, found, snapshot, snapshot_position, round,
         entries, counted_by, moved)
    SELECT %(stocktake)s, %(store)s, p.id, true, false, coalesce(l.on_hand, 0),
           coalesce(l.position, 0), 1, 0, '', false
    FROM inventory_product p
    LEFT JOIN inventory_stocklevel l ON l.store_id = %(store)s AND l.product_id = p.id
    WHERE p.id = ANY (%(products)s)
       OR (l.on_hand <> 0 AND (%(all)s OR p.category_id = ANY (%(categories)s)))
    ORDER BY p.id
    ON CONFLICT (store_id, product_id) WHERE running DO NOTHING
"""
TAKEN: Final = """
    SELECT o.stocktake_id FROM inventory_stocktakeline o
    JOIN inventory_product p ON p.id = o.product_id
    LEFT JOIN inventory_stocklevel l ON l.store_id = o.store_id AND l.product_id = o.product_id
    WHERE o.store_id = %(store)s AND o.running AND o.stocktake_id <> %(stocktake)s
      AND (p.id = ANY (%(products)s)
           OR (l.on_hand <> 0 AND (%(all)s OR p.category_id = ANY (%(categories)s))))
    LIMIT 1
"""
# What a till tells late changes the books of a line under the lock of its level: no longer, now. So
# whoever changes several counted lines waits here first, in the order all take.
LOCK_COUNTED: Final = """
    SELECT FROM inventory_stocklevel l
    JOIN inventory_stocktakeline n ON n.store_id = l.store_id AND n.product_id = l.product_id
    WHERE n.stocktake_id = %s AND n.counted IS NOT NULL
    ORDER BY l.store_id, l.product_id FOR NO KEY UPDATE OF l
"""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a line may be off before somebody else must approve it: in the product's unit, in %
    of the books, in value excl. tax in the store's currency. None sets no such limit."""

    units: Decimal | None = None
    percent: Decimal | None = None
    value: Decimal | None = None


USUAL: Final = Tolerance(units=USUAL_UNITS, value=USUAL_VALUE)


@transaction.atomic
def schedule(
    *,
    store_id: int,
    on: date,
    category_ids: Collection[int] | None = None,
    product_ids: Collection[int] | None = None,
    blind: bool = True,
    tolerance: Tolerance = USUAL,
    note: str = "",
) -> Stocktake:
    """Plan a stocktake of a store for a day: of everything, or of these categories and products.

    Raises NothingToCount where a part is asked for that is empty.
    """
    everything = category_ids is None and product_ids is None
    if not everything and not category_ids and not product_ids:
        raise NothingToCount(_("Name a category or a product, or count everything."))
    return Stocktake.objects.create(
        store_id=store_id,
        kind=StocktakeKind.FULL if everything else StocktakeKind.CYCLIC,
        category_ids=sorted(category_ids or ()),
        product_ids=sorted(product_ids or ()),
        blind=blind,
        scheduled_on=on,
        tolerance_units=tolerance.units,
        tolerance_percent=tolerance.percent,
        tolerance_value=tolerance.value,
        note=note,
    )


@transaction.atomic
def start(*, stocktake_id: int, now: datetime) -> Stocktake:
    """Note what the books say of everything to be counted, in one statement; counting begins.

    Raises InvalidTransition, CountedElsewhere.
    """
    stocktake = _locked(stocktake_id)
    STOCKTAKE.check(stocktake.state, "start")
    Stocktake.objects.filter(pk=stocktake.pk).update(started_at=now)
    words: dict[str, Any] = {
        "stocktake": stocktake.pk,
        "store": stocktake.store_id,
        "all": stocktake.kind == StocktakeKind.FULL,
        "products": stocktake.product_ids,
        "categories": asked.category_ids_below(stocktake),
    }
    with connection.cursor() as cursor:
        cursor.execute(SNAPSHOT, words)
        cursor.execute(TAKEN, words)
        taken = cursor.fetchone()
    if taken is not None:
        raise CountedElsewhere.by(taken[0])
    return _step(stocktake, "start")


@transaction.atomic
def review(*, stocktake_id: int) -> Stocktake:
    """End the counting. Raises InvalidTransition, NothingCounted."""
    stocktake = _locked(stocktake_id)
    STOCKTAKE.check(stocktake.state, "review")
    _refuse_uncounted(stocktake)
    return _step(stocktake, "review")


@transaction.atomic
def recount(*, stocktake_id: int, line_ids: Collection[int], reason: str = "") -> Stocktake:
    """Count these lines once more, from nothing; the others stay as they were counted.

    What is not counted this time is uncounted. Raises InvalidTransition, NothingToCount.
    """
    stocktake = _locked(stocktake_id)
    STOCKTAKE.check(stocktake.state, "recount")
    _lock_counted(stocktake)
    stocktake.round += 1
    Stocktake.objects.filter(pk=stocktake.pk).update(round=stocktake.round)
    again = stocktake.lines.filter(pk__in=line_ids).update(
        round=stocktake.round, counted_before=F("counted"), entries=0, counted=None, book=None,
        count_position=None, unit_cost=None, counted_at=None, counted_by="", moved=False,
    )  # fmt: skip
    if not again:
        raise NothingToCount(_("Choose the lines to count again."))
    return _step(stocktake, "recount", reason=reason)


@transaction.atomic
def zero_uncounted(*, stocktake_id: int, act: UUID, by: str, now: datetime) -> int:
    """Say that there is nothing of what was not counted; how many lines that is.

    Only during review, and never where nothing was counted at all. Whoever says it has counted
    these lines, so that somebody else approves what goes beyond the tolerance. Raises
    InvalidTransition, NothingCounted.
    """
    stocktake = _locked(stocktake_id)
    STOCKTAKE.check(stocktake.state, "approve")
    _refuse_uncounted(stocktake)
    uncounted = stocktake.lines.filter(counted__isnull=True)
    products = list(uncounted.values_list("product_id", flat=True))
    uncounted.update(round=stocktake.round)
    if products:
        nothing = dict.fromkeys(products, Decimal(0))
        enter(stocktake=stocktake, sums=nothing, kind=CountKind.ZERO, act=act, by=by, now=now)
    return len(products)


@transaction.atomic
def approve(*, stocktake_id: int, by: str, above: bool, reason: str = "") -> Stocktake:
    """Accept what was found. `above`: whether `by` may approve beyond the tolerance.

    Beyond it, that takes somebody who may and has counted none of those lines. Raises
    InvalidTransition, NothingCounted, ApprovalNeedsAnother.
    """
    stocktake = _locked(stocktake_id)
    STOCKTAKE.check(stocktake.state, "approve")
    _refuse_uncounted(stocktake)
    if lines := asked.needing_another(stocktake, by=by, above=above):
        raise ApprovalNeedsAnother.of(lines)
    return _step(stocktake, "approve", reason=reason)


@transaction.atomic
def post(*, stocktake_id: int, now: datetime) -> list[Posted]:
    """Book what every counted line was off by, as it was counted; uncounted lines stay as they are.

    A count is a fact: it is booked whatever was promised or sold since. Again changes nothing and
    returns what was booked. Raises InvalidTransition, NothingCounted.
    """
    stocktake = _locked(stocktake_id)
    # No other store knows the moment: nobody there can use up this key by a movement of their own.
    posting = uuid5(NAMESPACE_URL, f"{DOCUMENT}/{stocktake.pk}/{stocktake.started_at}")
    if stocktake.state == StocktakeState.POSTED:
        return movements.posted(posting=posting)
    STOCKTAKE.check(stocktake.state, "post")
    _refuse_uncounted(stocktake)
    _lock_counted(stocktake)
    off = stocktake.lines.filter(~Q(variance=0), counted__isnull=False).order_by("product_id")
    booked = movements.post(
        posting=posting,
        kind=MovementKind.COUNT,
        moves=[
            Move(stocktake.store_id, product, variance)
            for product, variance in off.values_list("product_id", "variance")
        ],
        document=Document(DOCUMENT, str(stocktake.pk)),
        at=now,
        forced=True,
    )
    stocktake.lines.update(running=False)
    _step(stocktake, "post")
    return booked


@transaction.atomic
def cancel(*, stocktake_id: int, reason: str) -> Stocktake:
    """Give it up; nothing is booked. Raises InvalidTransition, ReasonMissing."""
    stocktake = _locked(stocktake_id)
    STOCKTAKE.check(stocktake.state, "cancel", reason=reason)
    _lock_counted(stocktake)
    stocktake.lines.update(running=False)
    return _step(stocktake, "cancel", reason=reason)


def _locked(stocktake_id: int) -> Stocktake:
    found = Stocktake.objects.select_for_update(no_key=True).filter(pk=stocktake_id).first()
    if found is None:
        raise NoSuchStocktake(_("No stocktake has this number."))
    return found


def _lock_counted(stocktake: Stocktake) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_COUNTED, [stocktake.pk])


def _step(stocktake: Stocktake, event: str, *, reason: str = "") -> Stocktake:
    move(STOCKTAKE, stocktake, event=event, reason=reason)
    stocktake.refresh_from_db()
    return stocktake


def _refuse_uncounted(stocktake: Stocktake) -> None:
    if not stocktake.lines.filter(counted__isnull=False).exists():
        raise NothingCounted(_("What nobody has counted is not nothing: count first, or cancel."))

"""Single acts on the stock: adjust, take out of sale and back, write off; and put one right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.refusals import Kind, Refusal
from epm.platform.transitions import ReasonMissing
from inventory.models import SHRINK, MovementKind, StockAdjustment, StockAdjustmentLine
from inventory.models.stock import UnavailableReason
from inventory.services import movements
from inventory.services.movements import Document, Move, Posted
from inventory.services.stock_refusals import PostingReused
from inventory.services.whole import refuse_fractions

DOCUMENT: Final = "adjustment"
TWINS: Final = "SELECT pg_advisory_xact_lock(hashtextextended('adjustment ' || %s, 0))"


class NothingToAdjust(Refusal):
    code = "inventory/nothing-to-adjust"
    title = gettext_lazy("There is nothing to adjust")
    kind = Kind.INVALID


class NoSuchAdjustment(Refusal):
    code = "inventory/no-such-adjustment"
    title = gettext_lazy("There is no such adjustment")
    kind = Kind.MISSING


class NotReversible(Refusal):
    code = "inventory/not-reversible"
    title = gettext_lazy("The adjustment cannot be reversed")


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of a product, in its unit."""

    product_id: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Act:
    """Where, when, by whom and by which key something is done; `note` says why."""

    store_id: int
    posting: UUID
    by: str
    at: datetime
    note: str = ""


@transaction.atomic
def adjust(*, act: Act, lines: Sequence[Amount]) -> StockAdjustment:
    """Put the books right by signed quantities, worth the average cost. The note must say why.

    Again with the same posting changes nothing. Raises ReasonMissing, NothingToAdjust,
    InsufficientStock, PostingReused.
    """
    if not act.note.strip():
        raise ReasonMissing(_("Say why the books were wrong."))
    moves = [Move(act.store_id, line.product_id, line.quantity) for line in lines]
    return _booked(act, MovementKind.ADJUSTMENT, moves)


@transaction.atomic
def mark_unavailable(
    *, act: Act, reason: UnavailableReason, lines: Sequence[Amount]
) -> StockAdjustment:
    """Take positive quantities out of sale for a reason; they stay on hand.

    Raises NothingToAdjust, InsufficientStock, PostingReused.
    """
    return _booked(act, MovementKind.STATUS, _blocking(act, reason, _positive(lines), sign=1))


@transaction.atomic
def make_available(
    *, act: Act, reason: UnavailableReason, lines: Sequence[Amount]
) -> StockAdjustment:
    """Put positive quantities that were out of sale for that reason back.

    Raises NothingToAdjust, MoreThanUnavailable, PostingReused.
    """
    return _booked(act, MovementKind.STATUS, _blocking(act, reason, _positive(lines), sign=-1))


@transaction.atomic
def scrap(
    *,
    act: Act,
    cause: MovementKind,
    lines: Sequence[Amount],
    unavailable_for: UnavailableReason | None = None,
) -> StockAdjustment:
    """Write positive quantities off by damage, expiry, theft or loss: known shrink, at the average.

    Out of what can be sold, or of what was `unavailable_for` a reason. Raises NothingToAdjust,
    InsufficientStock, MoreThanUnavailable, PostingReused.
    """
    if cause not in SHRINK:
        raise ValueError(cause)
    moves = [
        Move(act.store_id, line.product_id, -line.quantity)
        if unavailable_for is None
        else Move(
            act.store_id,
            line.product_id,
            -line.quantity,
            blocked=-line.quantity,
            reason=unavailable_for,
        )
        for line in _positive(lines)
    ]
    return _booked(act, cause, moves)


@transaction.atomic
def reverse(
    *, adjustment_id: int, posting: UUID, by: str, at: datetime, note: str
) -> StockAdjustment:
    """Put an adjustment right by one of its kind that does the opposite, at what its goods were
    worth; of which nobody knew the cost, nobody knows it then. What it brought in leaves at the
    average where that value is no longer there.

    Raises NoSuchAdjustment, NotReversible (once only, and not a reversal), ReasonMissing, and what
    the opposite raises.
    """
    wrong = StockAdjustment.objects.select_for_update(no_key=True).filter(pk=adjustment_id).first()
    if wrong is None:
        raise NoSuchAdjustment(_("No adjustment has this number."))
    if not note.strip():
        raise ReasonMissing(_("Say what was wrong with it."))
    done = StockAdjustment.objects.filter(reverses=wrong).first()
    if wrong.reverses_id is not None or (done is not None and done.posting != posting):
        raise NotReversible(_("It was reversed already, or is a reversal itself."))
    kind = MovementKind(wrong.kind)
    moves = [
        Move(
            wrong.store_id,
            line.product_id,
            -line.quantity,
            blocked=-line.blocked,
            reason=line.reason,
            costed=-booked.costed if line.quantity else None,
            value=-booked.value if line.quantity else None,
        )
        for line, booked in zip(
            wrong.lines.order_by("pk"), movements.posted(posting=wrong.posting), strict=True
        )
    ]
    act = Act(wrong.store_id, posting, by, at, note)
    return _booked(act, kind, moves, reverses=wrong)


def _positive(lines: Sequence[Amount]) -> Sequence[Amount]:
    if any(line.quantity <= 0 for line in lines):
        raise NothingToAdjust(_("A quantity is more than 0 here."))
    return lines


def _blocking(
    act: Act, reason: UnavailableReason, lines: Sequence[Amount], *, sign: int
) -> list[Move]:
    return [
        Move(act.store_id, line.product_id, blocked=sign * line.quantity, reason=reason)
        for line in lines
    ]


def _booked(
    act: Act, kind: MovementKind, moves: Sequence[Move], *, reverses: StockAdjustment | None = None
) -> StockAdjustment:
    """The document and its movements together, or the one there is of this posting."""
    if not moves or not all(each.quantity or each.blocked for each in moves):
        raise NothingToAdjust(_("Say of which product, and how much."))
    if reverses is None:
        refuse_fractions(
            quantities=((each.product_id, each.quantity or each.blocked) for each in moves)
        )
    with connection.cursor() as cursor:
        cursor.execute(TWINS, [str(act.posting)])
    known = StockAdjustment.objects.filter(posting=act.posting).first()
    if known is not None and (known.store_id, known.reverses) != (act.store_id, reverses):
        raise PostingReused(_("The key belongs to another adjustment."))
    document = known or StockAdjustment.objects.create(
        store_id=act.store_id, kind=kind, note=act.note.strip(), posting=act.posting,
        reverses=reverses, happened_at=act.at, actor=act.by,
    )  # fmt: skip
    told = [replace(each, note=act.note.strip()) for each in moves]
    booked = movements.post(
        posting=act.posting,
        kind=kind,
        moves=told,
        document=Document(DOCUMENT, str(document.pk)),
        at=act.at,
    )
    if known is None:
        StockAdjustmentLine.objects.bulk_create(
            _line(document, move, posted) for move, posted in zip(told, booked, strict=True)
        )
    return document


def _line(document: StockAdjustment, move: Move, posted: Posted) -> StockAdjustmentLine:
    return StockAdjustmentLine(
        adjustment=document,
        product_id=posted.product_id,
        quantity=posted.quantity,
        blocked=posted.blocked,
        reason=move.reason,
        unit_cost=posted.unit_cost,
        value=posted.value,
    )

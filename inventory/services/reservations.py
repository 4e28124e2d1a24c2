"""Keep goods back for a basket: hold, extend, commit to an order, hand over, let go.

A basket is one store's, known by the key its holder made. All of its lines go together; levels are
locked in the order (store, product) before any reservation, so that no two ways cross. Time is the
database's: a hold that is over by its clock counts nowhere, swept or not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.refusals import Kind, Refusal
from inventory.models import MovementKind, Reservation
from inventory.services import movements
from inventory.services.movements import Document, Move, Posted
from inventory.services.stock_refusals import HoldEnded, PostingReused, refused_by_law
from inventory.states import ReservationState

HOLD_SECONDS: Final = 15 * 60
SWEEP: Final = 500

HOLD: Final = "SELECT inventory_hold(%s, %s, %s::bigint[], %s::numeric[], %s, %s, %s, %s)"
LOCK: Final = """
    SELECT FROM inventory_stocklevel l
    JOIN inventory_reservation r ON r.store_id = l.store_id AND r.product_id = l.product_id
    WHERE r.basket = %s ORDER BY l.store_id, l.product_id FOR NO KEY UPDATE OF l
"""
LOCK_THESE: Final = """
    SELECT FROM inventory_stocklevel
    WHERE (store_id, product_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
    ORDER BY store_id, product_id FOR NO KEY UPDATE
"""
EXTEND: Final = """
    UPDATE inventory_reservation
    SET expires_at = greatest(expires_at, clock_timestamp() + make_interval(secs => %s)),
        extensions = extensions + 1
    WHERE basket = %s AND state = 'active'
"""
COMMIT: Final = """
    UPDATE inventory_reservation
    SET state = 'committed', expires_at = NULL, document_kind = %s, document_ref = %s
    WHERE basket = %s AND state = 'active'
"""
RELEASE: Final = """
    UPDATE inventory_reservation SET closed_at = clock_timestamp(), state = CASE
        WHEN state = 'active' AND expires_at <= clock_timestamp() THEN 'expired'
        ELSE 'released' END
    WHERE basket = %s AND state IN ('active', 'committed')
"""
CONSUME: Final = """
    UPDATE inventory_reservation r
    SET consumed = r.consumed + asked.quantity,
        state = CASE WHEN r.consumed + asked.quantity = r.quantity THEN 'consumed' ELSE r.state END,
        closed_at = CASE WHEN r.consumed + asked.quantity = r.quantity THEN clock_timestamp() END
    FROM unnest(%s::bigint[], %s::numeric[]) asked (product_id, quantity)
    WHERE r.basket = %s AND r.product_id = asked.product_id AND r.state IN ('active', 'committed')
"""
# One level at a time, and only where nobody works: a sweep is never in the way.
SWEEPABLE: Final = """
    SELECT l.store_id, l.product_id FROM inventory_stocklevel l
    WHERE l.id IN (
        SELECT l.id FROM inventory_reservation r
        JOIN inventory_stocklevel l ON l.store_id = r.store_id AND l.product_id = r.product_id
        WHERE r.state = 'active' AND r.expires_at <= clock_timestamp()
        ORDER BY r.expires_at LIMIT %s)
    ORDER BY l.store_id, l.product_id FOR NO KEY UPDATE OF l SKIP LOCKED
"""


class NoSuchHold(Refusal):
    code = "inventory/no-such-hold"
    title = gettext_lazy("There is no such reservation")
    kind = Kind.MISSING


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of a product, in its unit; more than 0."""

    product_id: int
    quantity: Decimal


def hold(
    *,
    basket: UUID,
    store_id: int,
    lines: Sequence[Wanted],
    holder: str,
    actor: str = "",
    seconds: int = HOLD_SECONDS,
    quota: int | None = None,
) -> datetime | None:
    """Keep `lines` of a store back for `seconds`, all or none, in one statement; until when.

    None: this very basket was held before, and nothing was done (`of_basket` says how it stands).
    `holder` may hold `quota` lines at once. `actor`: who acts, where no door has said it. Raises
    InsufficientStock with what is available of each line, HoldKeyReused, HoldQuotaExceeded.
    """
    with refused_by_law(), connection.cursor() as cursor:
        cursor.execute(
            HOLD,
            [
                basket, store_id, [line.product_id for line in lines],
                [line.quantity for line in lines], seconds, holder, actor, quota,
            ],
        )  # fmt: skip
        (ends,) = cursor.fetchone()
    return ends  # type: ignore[no-any-return]


def lock(*, levels: Collection[tuple[int, int]]) -> None:
    """Lock these levels (store, product) until the transaction ends, in the order all take.

    Whoever holds several baskets in one transaction does this first: otherwise two of them could
    wait for each other.
    """
    stores, products = (
        [store for store, _product in levels],
        [product for _store, product in levels],
    )
    with connection.cursor() as cursor:
        cursor.execute(LOCK_THESE, [stores, products])


@transaction.atomic
def extend(*, basket: UUID, holder: str, seconds: int = HOLD_SECONDS) -> list[Reservation]:
    """Let an active basket run for `seconds` from now, three times and an hour at most.

    Raises NoSuchHold, HoldEnded, HoldExtendedEnough.
    """
    return _step(EXTEND, [seconds, basket], basket=basket, holder=holder)


@transaction.atomic
def commit(*, basket: UUID, holder: str, document: Document) -> list[Reservation]:
    """Give the basket to an order: it no longer ends by itself. Again, for the same order, is
    harmless, also when it was handed over since.

    Raises NoSuchHold; HoldEnded, also when it is another order's or was handed over in part.
    """
    lines = _locked(basket, holder)
    if all(_is_committed_to(document, line) for line in lines):
        return lines
    if any(line.consumed for line in lines):
        raise HoldEnded(_("It is over already."))
    return _step(COMMIT, [document.kind, document.ref, basket], basket=basket, holder=holder)


@transaction.atomic
def release(*, basket: UUID, holder: str) -> list[Reservation]:
    """Let go of what the basket still keeps back. Again is harmless. Raises NoSuchHold."""
    _locked(basket, holder)
    with refused_by_law(), connection.cursor() as cursor:
        cursor.execute(RELEASE, [basket])
    return of_basket(basket=basket, holder=holder)


@transaction.atomic
def consume(
    *,
    basket: UUID,
    holder: str,
    posting: UUID,
    document: Document,
    at: datetime,
    quantities: Mapping[int, Decimal] | None = None,
    kind: MovementKind = MovementKind.SALE,
) -> list[Posted]:
    """Hand over what is left of the basket, or `quantities` by product: it leaves the stock.

    `kind`: what it leaves as. `document`: what for, unless it was committed to one. Again with the
    same `posting` changes nothing. Raises NoSuchHold, HoldEnded, PostingReused, and what
    `movements.post` raises.
    """
    movements.await_twins(posting=posting)
    lines = _locked(basket, holder)
    if known := movements.posted(posting=posting):
        _refuse_others(known, kind=kind, lines=lines, quantities=quantities)
        return known
    if lines[0].document_ref:
        document = Document(lines[0].document_kind, lines[0].document_ref)
    left = {line.product_id: line.quantity - line.consumed for line in lines}
    wanted = {product: quantity for product, quantity in (quantities or left).items() if quantity}
    _take(basket, wanted, left=left)
    return movements.post(
        posting=posting,
        kind=kind,
        moves=[Move(lines[0].store_id, product, -wanted[product]) for product in sorted(wanted)],
        document=document,
        at=at,
    )


def of_basket(*, basket: UUID, holder: str) -> list[Reservation]:
    """The lines of a basket, by product. Raises NoSuchHold."""
    lines = Reservation.objects.filter(basket=basket, holder=holder).order_by("product_id")
    if not lines:
        raise NoSuchHold(_("No basket of yours has this key."))
    return list(lines)


@transaction.atomic
def sweep() -> int:
    """Put down up to 500 levels' holds that are over as expired; how many levels there were.

    For tidiness only: what is over counts nowhere already.
    """
    with connection.cursor() as cursor:
        cursor.execute(SWEEPABLE, [SWEEP])
        levels = cursor.fetchall()
        for level in levels:
            cursor.execute("SELECT inventory_expire_holds(%s, %s)", level)
    return len(levels)


def _locked(basket: UUID, holder: str) -> list[Reservation]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [basket])
    return of_basket(basket=basket, holder=holder)


def _step(statement: str, words: Sequence[Any], *, basket: UUID, holder: str) -> list[Reservation]:
    """Change all lines of a basket that is wholly active, or refuse."""
    lines = _locked(basket, holder)
    if any(line.state != ReservationState.ACTIVE for line in lines):
        raise HoldEnded(_("It is over already."))
    with refused_by_law(), connection.cursor() as cursor:
        cursor.execute(statement, words)
    return of_basket(basket=basket, holder=holder)


def _is_committed_to(document: Document, line: Reservation) -> bool:
    return line.state in (ReservationState.COMMITTED, ReservationState.CONSUMED) and (
        document == Document(line.document_kind, line.document_ref)
    )


def _refuse_others(
    known: Sequence[Posted],
    *,
    kind: MovementKind,
    lines: Sequence[Reservation],
    quantities: Mapping[int, Decimal] | None,
) -> None:
    """The movements of a key are of what this basket handed over, and as asked for, if it was."""
    gone = {each.product_id: -each.quantity for each in known}
    consumed = {line.product_id: line.consumed for line in lines}
    asked = {p: q for p, q in quantities.items() if q} if quantities else gone
    if (
        {(each.kind, each.store_id) for each in known} != {(kind, lines[0].store_id)}
        or asked != gone
        or any(quantity > consumed.get(product, 0) for product, quantity in gone.items())
    ):
        raise PostingReused(_("The ledger has other movements of this key."))


def _take(basket: UUID, wanted: Mapping[int, Decimal], *, left: Mapping[int, Decimal]) -> None:
    """Take `wanted` out of what the basket keeps back."""
    if not wanted or any(left.get(product, 0) < quantity for product, quantity in wanted.items()):
        raise HoldEnded(_("The basket keeps back less than that."))
    with refused_by_law(), connection.cursor() as cursor:
        cursor.execute(CONSUME, [list(wanted), list(wanted.values()), basket])
        if cursor.rowcount != len(wanted):
            raise HoldEnded(_("It is over already."))

"""What goods on the way are worth, to the last digit: nothing of it gets lost by rounding."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from django.db import connection

from inventory.models import MovementKind, Transfer, TransferLine
from inventory.services.movements import Document, Move, Posted

QUANTITY: Final = Decimal("0.001")
COST: Final = Decimal("0.000001")
NOTHING: Final = Decimal(0)
OPEN_LEVELS: Final = """
    INSERT INTO inventory_stocklevel (store_id, product_id)
    SELECT store, product FROM unnest(%(stores)s::bigint[]) store,
        unnest(%(products)s::bigint[]) product
    ORDER BY store, product ON CONFLICT (store_id, product_id) DO NOTHING
"""
LOCK_LEVELS: Final = """
    SELECT FROM inventory_stocklevel
    WHERE store_id = ANY (%(stores)s) AND product_id = ANY (%(products)s)
    ORDER BY store_id, product_id FOR NO KEY UPDATE
"""
Slice = tuple[Decimal, Decimal | None]
"""So much, at so much a unit excl. tax; None: nobody knows."""


def document_of(*, transfer: Transfer) -> Document:
    """What its movements and reservations are written for."""
    return Document("transfer", str(transfer.pk))


def lock_levels(*, store_ids: Iterable[int], product_ids: Iterable[int]) -> None:
    """Lock the levels of an act that posts twice, in the one order of all: (store, product)."""
    words = {"stores": list(store_ids), "products": list(product_ids)}
    with connection.cursor() as cursor:
        cursor.execute(OPEN_LEVELS, words)
        cursor.execute(LOCK_LEVELS, words)


def put(*, line: TransferLine, left: Posted) -> None:
    """What has left the source is on the way now, with what it was worth there."""
    quantity = -left.quantity
    costed, value = -left.costed, max(NOTHING, -left.value)
    if not NOTHING <= costed <= quantity:  # the source sent what its books did not have
        costed = NOTHING if left.unit_cost is None else quantity
        value = NOTHING if left.unit_cost is None else _rounded(quantity * left.unit_cost)
    value = value if costed else NOTHING
    line.shipped += quantity
    line.costed += costed
    line.value += value
    line.shipped_value += value
    line.unit_cost = left.unit_cost


def take(*, line: TransferLine, quantity: Decimal) -> list[Slice]:
    """What `quantity` of the goods on the way is worth; the line has that much less of both.

    The caller then adds `quantity` to what has become of it.
    """
    whole = line.left()
    known = line.costed
    if quantity != whole:
        known = (line.costed * quantity / whole).quantize(QUANTITY, ROUND_HALF_UP)
    worth = line.value if known == line.costed else _rounded(line.value * known / line.costed)
    line.costed -= known
    line.value -= worth
    unknown: list[Slice] = [(quantity - known, None)] if quantity > known else []
    return [*_priced(known, worth), *unknown]


def _priced(quantity: Decimal, worth: Decimal) -> list[Slice]:
    """`quantity` worth exactly `worth`: what no unit cost divides evenly, the last unit bears."""
    if not quantity:
        return []
    if quantity <= 1:
        return [(quantity, _rounded(worth / quantity))]
    unit = (worth / quantity).quantize(COST, ROUND_DOWN)
    if unit * quantity == worth:
        return [(quantity, unit)]
    return [(quantity - 1, unit), (Decimal(1), worth - _rounded(unit * (quantity - 1)))]


def _rounded(value: Decimal) -> Decimal:
    """As the ledger rounds what goods are worth."""
    return value.quantize(COST, ROUND_HALF_UP)


def into(
    *,
    store_id: int,
    line: TransferLine,
    slices: Sequence[Slice],
    reason: str = "",
    note: str = "",
) -> Iterator[Move]:
    """They come into a store; with a `reason`, out of sale there."""
    for quantity, unit_cost in slices:
        yield Move(
            store_id, line.product_id, quantity, unit_cost,
            blocked=quantity if reason else NOTHING, reason=reason, note=note,
            kind=MovementKind.TRANSFER_IN,
        )  # fmt: skip


def written_off(
    *,
    store_id: int,
    line: TransferLine,
    slices: Sequence[Slice],
    kind: MovementKind,
    note: str,
) -> Iterator[Move]:
    """They come back into the source's books, and leave them as its loss."""
    yield from into(store_id=store_id, line=line, slices=slices, note=note)
    total = sum((quantity for quantity, _unit_cost in slices), NOTHING)
    yield Move(store_id, line.product_id, -total, note=note, kind=kind)

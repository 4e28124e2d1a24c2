"""End a transfer without the goods that are still on the way: they go back, or are lost."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from epm.platform.transitions import move
from inventory.models import MovementKind, Remainder, Transfer, TransferLine
from inventory.services import movements, transit
from inventory.services.movements import Move
from inventory.services.transfers import is_done, let_go, lines_of, locked, save_moved
from inventory.states import TRANSFER, TransferState


@transaction.atomic
def cancel(
    *,
    transfer_id: int,
    reason: str,
    key: UUID,
    at: datetime,
    remainder: Remainder = Remainder.BACK,
) -> Transfer:
    """Call it off. Before it is shipped nothing moves; goods on the way go to their `remainder`.

    Again with the same `key` changes nothing. Raises ReasonMissing, InvalidTransition.
    """
    return _end(transfer_id, "cancel", reason=reason, key=key, at=at, remainder=remainder)


@transaction.atomic
def close_short(
    *,
    transfer_id: int,
    reason: str,
    key: UUID,
    at: datetime,
    remainder: Remainder = Remainder.WRITE_OFF,
) -> Transfer:
    """No more will arrive: what is still on the way goes to its `remainder`.

    Again with the same `key` changes nothing. Raises ReasonMissing, InvalidTransition.
    """
    return _end(transfer_id, "close_short", reason=reason, key=key, at=at, remainder=remainder)


def _end(
    transfer_id: int, event: str, *, reason: str, key: UUID, at: datetime, remainder: Remainder
) -> Transfer:
    transfer = locked(transfer_id=transfer_id)
    if is_done(transfer=transfer, key=key):
        return transfer
    TRANSFER.check(transfer.state, event, reason=reason)
    if transfer.state == TransferState.READY:
        let_go(transfer=transfer)
    lines = lines_of(transfer=transfer)
    moves: list[Move] = []
    for _product, line in sorted(lines.items()):
        if left := line.left():
            moves += _ended(transfer, line, left, remainder=remainder, note=reason[:200])
    if moves:
        save_moved(lines=lines)
        movements.post(
            posting=key, kind=MovementKind.TRANSFER_IN, moves=moves, at=at,
            document=transit.document_of(transfer=transfer),
        )  # fmt: skip
    move(TRANSFER, transfer, event=event, reason=reason)
    return transfer


def _ended(
    transfer: Transfer, line: TransferLine, left: Decimal, *, remainder: Remainder, note: str
) -> list[Move]:
    slices = transit.take(line=line, quantity=left)
    if remainder == Remainder.BACK:
        line.returned += left
        return list(transit.into(store_id=transfer.source_id, line=line, slices=slices, note=note))
    line.lost += left
    return list(
        transit.written_off(
            store_id=transfer.source_id, line=line, slices=slices, kind=MovementKind.LOSS, note=note
        )
    )

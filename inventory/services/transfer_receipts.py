"""Receive what a transfer brings: in as many deliveries as it takes, with what is broken of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.refusals import Refusal
from epm.platform.transitions import move
from inventory.models import (
    Disposition,
    MovementKind,
    RejectReason,
    Transfer,
    TransferLine,
    TransferReceipt,
    TransferReceiptLine,
    UnavailableReason,
)
from inventory.services import movements, transit
from inventory.services.movements import Move
from inventory.services.stock_refusals import PostingReused
from inventory.services.transfers import (
    TransferEmpty,
    line_of,
    lines_of,
    locked,
    save_moved,
)
from inventory.services.whole import refuse_fractions
from inventory.states import TRANSFER, TransferState

NOTHING: Final = Decimal(0)
LOSSES: Final = {
    RejectReason.DAMAGED: MovementKind.DAMAGE,
    RejectReason.EXPIRED: MovementKind.EXPIRY,
    RejectReason.WRONG: MovementKind.LOSS,
    RejectReason.OTHER: MovementKind.LOSS,
}


class MoreThanSent(Refusal):
    code = "inventory/more-than-sent"
    title = gettext_lazy("More would arrive than was sent")


@dataclass(frozen=True, slots=True)
class Arrived:
    """Of one product: so much accepted, so much rejected, why, and what happens to that."""

    product_id: int
    accepted: Decimal = NOTHING
    rejected: Decimal = NOTHING
    reason: RejectReason = RejectReason.DAMAGED
    disposition: Disposition = Disposition.WRITE_OFF


@transaction.atomic
def receive(
    *,
    transfer_id: int,
    key: UUID,
    arrived: Sequence[Arrived],
    at: datetime,
    note: str = "",
    more_than_sent: bool = False,
) -> TransferReceipt:
    """Book one delivery. Accepted goods come in at the cost they left with; rejected ones never
    reach the shelf: written off they are the source's loss, sent back they wait there out of sale.

    What comes beyond what was sent is taken with `more_than_sent` only: the source's books then
    learn that it left there. Again with the same `key` changes nothing. Raises NotOnTransfer,
    MoreThanSent, TransferEmpty, PostingReused, InvalidTransition.
    """
    transfer = locked(transfer_id=transfer_id)
    if known := TransferReceipt.objects.filter(posting=key).first():
        if known.transfer_id != transfer_id:
            raise PostingReused(_("This key is of another transfer's delivery."))
        return known
    TRANSFER.check(transfer.state, "receive")
    arrived = [each for each in arrived if each.accepted or each.rejected]
    if not arrived:
        raise TransferEmpty(_("Say what arrived."))
    refuse_fractions(
        quantities=((e.product_id, q) for e in arrived for q in (e.accepted, e.rejected))
    )
    lines = lines_of(transfer=transfer)
    over = _over(lines, arrived)
    if over and not more_than_sent:
        raise MoreThanSent(
            _("Of “%(product)s” %(over)s more would arrive than are on the way.")
            % {"product": lines[min(over)].product.sku, "over": over[min(over)]},
            lines=[{"product": p, "over": str(quantity)} for p, quantity in over.items()],
        )
    if over:
        stores = [transfer.source_id, transfer.destination_id]
        transit.lock_levels(store_ids=stores, product_ids={each.product_id for each in arrived})
        _find_at_the_source(transfer, lines, over, key=key, at=at)
    receipt = TransferReceipt.objects.create(
        transfer=transfer, posting=key, received_at=at, note=note
    )
    moves = _moves(receipt, lines, arrived, over=over)
    save_moved(lines=lines)
    movements.post(
        posting=key, kind=MovementKind.TRANSFER_IN, moves=moves, at=at,
        document=transit.document_of(transfer=transfer),
    )  # fmt: skip
    move(TRANSFER, transfer, event="receive", to=_state_after(lines))
    return receipt


def _over(lines: Mapping[int, TransferLine], arrived: Sequence[Arrived]) -> dict[int, Decimal]:
    """By how much more arrives of each product than is on the way."""
    totals: dict[int, Decimal] = {}
    for each in arrived:
        totals[each.product_id] = (
            totals.get(each.product_id, NOTHING) + each.accepted + each.rejected
        )
    return {
        product: total - line_of(lines=lines, product_id=product).left()
        for product, total in sorted(totals.items())
        if total > line_of(lines=lines, product_id=product).left()
    }


def _find_at_the_source(
    transfer: Transfer,
    lines: Mapping[int, TransferLine],
    over: Mapping[int, Decimal],
    *,
    key: UUID,
    at: datetime,
) -> None:
    """What came beyond what was sent had left the source too."""
    gone = movements.post(
        posting=uuid5(key, "over"),
        kind=MovementKind.TRANSFER_OUT,
        moves=[Move(transfer.source_id, product, -over[product]) for product in over],
        document=transit.document_of(transfer=transfer),
        at=at,
        forced=True,
    )
    for posted in gone:
        transit.put(line=lines[posted.product_id], left=posted)
        lines[posted.product_id].over += over[posted.product_id]


def _moves(
    receipt: TransferReceipt,
    lines: Mapping[int, TransferLine],
    arrived: Sequence[Arrived],
    *,
    over: Mapping[int, Decimal],
) -> list[Move]:
    """Take what arrived out of the lines and put it down in the receipt; where it goes."""
    moves: list[Move] = []
    told: list[TransferReceiptLine] = []
    beyond = dict(over)
    for each in arrived:
        line = lines[each.product_id]
        if each.accepted:
            slices = transit.take(line=line, quantity=each.accepted)
            line.accepted += each.accepted
            moves += transit.into(
                store_id=receipt.transfer.destination_id, line=line, slices=slices
            )
        if each.rejected:
            slices = transit.take(line=line, quantity=each.rejected)
            line.rejected += each.rejected
            moves += _rejected(receipt.transfer, line, slices, each)
        here = min(beyond.get(each.product_id, NOTHING), each.accepted + each.rejected)
        beyond[each.product_id] = beyond.get(each.product_id, NOTHING) - here
        told.append(
            TransferReceiptLine(
                receipt=receipt, line=line, accepted=each.accepted, rejected=each.rejected,
                over=here,
                reason=each.reason if each.rejected else "",
                disposition=each.disposition if each.rejected else "",
            )
        )  # fmt: skip
    TransferReceiptLine.objects.bulk_create(told)
    return moves


def _rejected(
    transfer: Transfer, line: TransferLine, slices: Sequence[transit.Slice], each: Arrived
) -> list[Move]:
    why = str(each.reason.label)
    if each.disposition == Disposition.WRITE_OFF:
        return list(
            transit.written_off(
                store_id=transfer.source_id,
                line=line,
                slices=slices,
                kind=LOSSES[each.reason],
                note=why,
            )
        )
    damaged = each.reason == RejectReason.DAMAGED
    out_of_sale = UnavailableReason.DAMAGED if damaged else UnavailableReason.QUARANTINE
    returns = each.disposition == Disposition.RETURN
    store = transfer.source_id if returns else transfer.destination_id
    return list(
        transit.into(store_id=store, line=line, slices=slices, reason=out_of_sale, note=why)
    )


def _state_after(lines: Mapping[int, TransferLine]) -> str:
    if any(line.left() for line in lines.values()):
        return TransferState.PARTIALLY_RECEIVED.value
    if any(line.over for line in lines.values()):
        return TransferState.OVER_RECEIVED.value
    return TransferState.RECEIVED.value

"""Send goods from store to store: plan, keep back, ship.

Each act locks the transfer, then levels in the order (store, product). What is in transit belongs
to the transfer and is worth what it was at its source. Until the destination accepts goods they
are the source's risk: what is lost or written off on the way is the source's loss in the ledger.
Receiving is in services/transfer_receipts.py, ending early in services/transfer_endings.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform import shown
from epm.platform.refusals import Kind, Refusal
from epm.platform.transitions import InvalidTransition, move
from epm.platform.versions import refuse_stale
from inventory.models import MovementKind, StockMovement, Transfer, TransferLine
from inventory.services import reservations, transit
from inventory.services.closed_stores import refuse_closed
from inventory.services.reservations import Wanted
from inventory.services.stock_refusals import PostingReused, refused_by_law
from inventory.services.whole import refuse_fractions
from inventory.states import TRANSFER

MOVED: Final = (
    "shipped", "accepted", "rejected", "lost", "returned", "over", "costed", "value",
    "shipped_value", "unit_cost",
)  # fmt: skip


class TransferEmpty(Refusal):
    code = "inventory/transfer-empty"
    title = gettext_lazy("No goods are named")
    kind = Kind.INVALID


class NotOnTransfer(Refusal):
    code = "inventory/not-on-transfer"
    title = gettext_lazy("The product is not on this transfer")
    kind = Kind.INVALID


class MoreThanPlanned(Refusal):
    code = "inventory/more-than-planned"
    title = gettext_lazy("More would be shipped than was planned")
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Planned:
    """So much of a product is to be sent, in its unit; more than 0."""

    product_id: int
    quantity: Decimal


@transaction.atomic
def create(
    *,
    key: UUID,
    source_id: int,
    destination_id: int,
    lines: Sequence[Planned] = (),
    note: str = "",
    expected_on: date | None = None,
) -> Transfer:
    """A draft. `key` is the act's: again makes no second one. Lines of one product are added up.

    Raises StoresCannotExchange for one store, or two with different currencies; StoreClosed.
    """
    planned = {
        "source_id": source_id, "destination_id": destination_id, "note": note,
        "expected_on": expected_on,
    }  # fmt: skip
    with refused_by_law():
        transfer, made = Transfer.objects.get_or_create(key=key, defaults=planned)
    if made:
        refuse_closed(store_id=destination_id)
        _plan(transfer, lines)
    return transfer


@transaction.atomic
def edit(
    *,
    transfer_id: int,
    lines: Sequence[Planned],
    note: str,
    expected_on: date | None,
    seen: int | None = None,
) -> Transfer:
    """Give a draft other lines, note and date. `seen`: the version that was edited; None: any.

    Raises InvalidTransition once it is no draft any more, VersionChanged.
    """
    transfer = locked(transfer_id=transfer_id)
    refuse_stale(seen=seen, now=transfer.version)
    if transfer.state != TRANSFER.initial:
        raise InvalidTransition(
            _("Only a draft is edited."),
            state=transfer.state, event="edit", allowed=", ".join(TRANSFER.events(transfer.state)),
        )  # fmt: skip
    transfer.note, transfer.expected_on = note, expected_on
    transfer.version += 1
    transfer.save(update_fields=["note", "expected_on", "version"])
    transfer.lines.all().delete()
    _plan(transfer, lines)
    return transfer


@transaction.atomic
def ready(*, transfer_id: int) -> Transfer:
    """Keep the planned goods back at the source until they are shipped.

    Raises TransferEmpty, InsufficientStock with what is available of each, StoreClosed for the
    destination, InvalidTransition.
    """
    transfer = locked(transfer_id=transfer_id)
    TRANSFER.check(transfer.state, "ready")
    refuse_closed(store_id=transfer.destination_id)
    lines = [Wanted(line.product_id, line.quantity) for line in transfer.lines.all()]
    if not lines:
        raise TransferEmpty(_("Add lines first."))
    transfer.hold = uuid4()
    who = _holder(transfer)
    reservations.hold(basket=transfer.hold, store_id=transfer.source_id, lines=lines, holder=who)
    reservations.commit(
        basket=transfer.hold, holder=who, document=transit.document_of(transfer=transfer)
    )
    transfer.save(update_fields=["hold"])
    move(TRANSFER, transfer, event="ready")
    return transfer


@transaction.atomic
def redraft(*, transfer_id: int) -> Transfer:
    """Let go of the goods and plan again. Raises InvalidTransition."""
    transfer = locked(transfer_id=transfer_id)
    TRANSFER.check(transfer.state, "redraft")
    let_go(transfer=transfer)
    move(TRANSFER, transfer, event="redraft")
    return transfer


@transaction.atomic
def ship(
    *, transfer_id: int, key: UUID, at: datetime, quantities: Mapping[int, Decimal] | None = None
) -> Transfer:
    """The goods leave the source: what is planned, or less of it, `quantities` by product.

    Again with the same `key` changes nothing. Raises NotOnTransfer, MoreThanPlanned,
    TransferEmpty, PostingReused, InvalidTransition.
    """
    transfer = locked(transfer_id=transfer_id)
    if is_done(transfer=transfer, key=key):
        return transfer
    TRANSFER.check(transfer.state, "ship")
    lines = lines_of(transfer=transfer)
    wanted = {product: line.quantity for product, line in lines.items()}
    if quantities is not None:
        wanted = {product: each for product, each in quantities.items() if each}
    for product, quantity in wanted.items():
        if quantity > line_of(lines=lines, product_id=product).quantity:
            raise MoreThanPlanned(_("At most %(planned)s were planned of “%(product)s”.") % {
                "planned": shown.exact(lines[product].quantity),
                "product": lines[product].product.sku,
            }, product=product)  # fmt: skip
    if not wanted:
        raise TransferEmpty(_("Nothing would be shipped."))
    gone = reservations.consume(
        basket=_hold_of(transfer), holder=_holder(transfer), posting=key, at=at,
        document=transit.document_of(transfer=transfer), quantities=wanted,
        kind=MovementKind.TRANSFER_OUT,
    )  # fmt: skip
    for posted in gone:
        transit.put(line=lines[posted.product_id], left=posted)
    save_moved(lines=lines)
    let_go(transfer=transfer)
    transfer.shipped_at = at
    transfer.save(update_fields=["shipped_at"])
    move(TRANSFER, transfer, event="ship")
    return transfer


def locked(*, transfer_id: int) -> Transfer:
    """The transfer, for this transaction alone."""
    return Transfer.objects.select_for_update().get(pk=transfer_id)


def is_done(*, transfer: Transfer, key: UUID) -> bool:
    """Whether this act has moved goods of the transfer already. Raises PostingReused."""
    wrote = set(
        StockMovement.objects.filter(posting=key).values_list("document_kind", "document_ref")
    )
    document = transit.document_of(transfer=transfer)
    if wrote - {(document.kind, document.ref)}:
        raise PostingReused(_("The ledger has other movements of this key."))
    return bool(wrote)


def lines_of(*, transfer: Transfer) -> dict[int, TransferLine]:
    """Its lines by product."""
    rows = transfer.lines.select_related("product").order_by("product_id")
    return {line.product_id: line for line in rows}


def line_of(*, lines: Mapping[int, TransferLine], product_id: int) -> TransferLine:
    """Raises NotOnTransfer."""
    if product_id not in lines:
        raise NotOnTransfer(_("It is not on this transfer."), product=product_id)
    return lines[product_id]


def save_moved(*, lines: Mapping[int, TransferLine]) -> None:
    """Write what moved of the lines."""
    TransferLine.objects.bulk_update(lines.values(), MOVED)


def _plan(transfer: Transfer, lines: Sequence[Planned]) -> None:
    refuse_fractions(quantities=((line.product_id, line.quantity) for line in lines))
    wanted: dict[int, Decimal] = {}
    for line in lines:
        wanted[line.product_id] = wanted.get(line.product_id, Decimal(0)) + line.quantity
    with refused_by_law():
        TransferLine.objects.bulk_create(
            TransferLine(transfer=transfer, product_id=product, quantity=quantity)
            for product, quantity in sorted(wanted.items())
        )


def _holder(transfer: Transfer) -> str:
    return f"transfer {transfer.pk}"


def _hold_of(transfer: Transfer) -> UUID:
    if transfer.hold is None:
        raise RuntimeError(f"{transfer} is ready without its goods")  # the machine has no such way
    return transfer.hold


def let_go(*, transfer: Transfer) -> None:
    """What it still keeps back can be sold again."""
    if transfer.hold is not None:
        reservations.release(basket=transfer.hold, holder=_holder(transfer))

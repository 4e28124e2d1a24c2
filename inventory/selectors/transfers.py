"""Questions about transfers: which there are, who may do what, what is on its way to whom."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Lower

from epm.access.models import User
from epm.access.permissions import permissions_of
from epm.access.selectors.scope import Principal, scope_of
from epm.organization.models import Store
from inventory.models import Transfer, TransferLine, TransferReceipt
from inventory.states import TRANSFER, TransferState

AT_THE_SOURCE: Final = frozenset({"edit", "ready", "redraft", "ship", "cancel"})
AT_THE_DESTINATION: Final = frozenset({"receive"})
WAITING_FOR_SOURCE: Final = (TransferState.DRAFT, TransferState.READY)
WAITING_FOR_DESTINATION: Final = (TransferState.IN_TRANSIT, TransferState.PARTIALLY_RECEIVED)


@dataclass(frozen=True, slots=True)
class Incoming:
    """On the way to a store, in the product's unit; `costed` of it has a known cost and is worth
    `value`, excl. tax in the store's currency."""

    store_id: int
    product_id: int
    quantity: Decimal
    costed: Decimal
    value: Decimal


def transfers_visible_to(principal: Principal) -> QuerySet[Transfer]:
    """Transfers from or to a store in scope, with the names of both."""
    scope = scope_of(principal)
    either = scope.covers("source") | scope.covers("destination")
    rows = Transfer.objects.all() if scope.all_stores else Transfer.objects.filter(either)
    return rows.select_related("source", "destination")


def waiting_for(principal: Principal) -> QuerySet[Transfer]:
    """Of the visible ones those whose next step is for a store in scope to take."""
    scope = scope_of(principal)
    ours = Q(state__in=WAITING_FOR_SOURCE) & scope.covers("source")
    theirs = Q(state__in=WAITING_FOR_DESTINATION) & scope.covers("destination")
    return transfers_visible_to(principal).filter(ours | theirs)


def partner_coded(code: str) -> Store | None:
    """The store with this code, in any case, in sight or not: who sends there has its code."""
    return Store.objects.annotate(folded=Lower("code")).filter(folded=code.lower()).first()


def may(principal: Principal, transfer: Transfer, event: str) -> bool:
    """Whether these stores are the principal's for this step: the source sends and calls off, the
    destination receives, either says that no more will come. What the role allows is not asked."""
    scope = scope_of(principal)
    if event in AT_THE_SOURCE:
        return scope.allows(transfer.source_id)
    if event in AT_THE_DESTINATION:
        return scope.allows(transfer.destination_id)
    return scope.allows(transfer.source_id) or scope.allows(transfer.destination_id)


def events_for(principal: Principal, transfer: Transfer) -> list[str]:
    """The steps that are possible now and the principal's to take."""
    if isinstance(principal, User) and "inventory.change_transfer" not in permissions_of(principal):
        return []
    return [event for event in TRANSFER.events(transfer.state) if may(principal, transfer, event)]


def lines_of(transfer_id: int) -> QuerySet[TransferLine]:
    """The lines of a transfer, by SKU."""
    rows = TransferLine.objects.filter(transfer=transfer_id)
    return rows.select_related("product").order_by("product__sku")


def receipts_of(transfer_id: int) -> QuerySet[TransferReceipt]:
    """The deliveries of a transfer, in their order, with their lines."""
    rows = TransferReceipt.objects.filter(transfer=transfer_id).order_by("received_at", "pk")
    return rows.prefetch_related("lines__line__product")


def in_transit(
    *,
    store_ids: Collection[int] | None = None,
    product_ids: Collection[int] | None = None,
) -> list[Incoming]:
    """What is on its way, by destination and product; of all of them where none are named."""
    rows = TransferLine.objects.filter(in_transit__gt=0)
    if store_ids is not None:
        rows = rows.filter(transfer__destination__in=store_ids)
    if product_ids is not None:
        rows = rows.filter(product__in=product_ids)
    sums = (
        rows.values_list("transfer__destination", "product")
        .annotate(quantity=Sum("in_transit"), known=Sum("costed"), worth=Sum("value"))
        .order_by("transfer__destination", "product")
    )
    return [Incoming(*row) for row in sums]

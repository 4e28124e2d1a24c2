"""Propose what fills stores up, and turn what people choose of it into drafts."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors.scope import Principal, scope_of
from epm.platform.refusals import Kind, Refusal
from inventory.models import ReplenishmentProposal, ReplenishmentRun, Route
from inventory.selectors import replenishment
from inventory.services import purchase_orders, transfers

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('replenishment', 0))"


class ProposalSettled(Refusal):
    code = "inventory/proposal-settled"
    title = gettext_lazy("The proposal is a document already, or a newer one took its place")


class ProposalWithoutWay(Refusal):
    code = "inventory/proposal-without-way"
    title = gettext_lazy("Nobody is known to supply the product")
    kind = Kind.INVALID


class ProposalFromElsewhere(Refusal):
    code = "inventory/proposal-from-elsewhere"
    title = gettext_lazy("The goods are to come from a store that is not yours")
    kind = Kind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Drafted:
    """The numbers of the transfers and purchase orders that were made."""

    transfers: Sequence[int]
    orders: Sequence[int]


@transaction.atomic
def propose(
    *,
    principal: Principal,
    by: str,
    now: datetime,
    store_ids: Collection[int] | None = None,
) -> ReplenishmentRun:
    """Propose anew for the stores in scope (or those named), instead of what stands undone.

    It rests on the needs as of the last refresh. What other stores were proposed stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
    stores = replenishment.visible_ids(principal, store_ids)
    ReplenishmentProposal.objects.filter(store__in=stores, document_ref="").delete()
    ReplenishmentRun.objects.filter(proposals__isnull=True).delete()
    run = ReplenishmentRun.objects.create(made_at=now, as_of=now.date(), actor=by)
    ReplenishmentProposal.objects.bulk_create(
        (
            ReplenishmentProposal(
                run=run,
                store_id=each.store_id,
                product_id=each.product_id,
                route=each.route,
                source_id=each.source_id,
                supplier_id=each.supplier_id,
                quantity=each.quantity,
                suggested=each.quantity,
                pack=each.pack,
                ads=each.ads,
                sigma=each.sigma,
                days=each.days,
                position=each.position,
                reorder_point=each.reorder_point,
                maximum=each.maximum,
            )
            for each in replenishment.suggestions(principal=principal, store_ids=stores)
        ),
        batch_size=2_000,
    )
    return run


@transaction.atomic
def draft(
    *, principal: Principal, proposal_ids: Collection[int], by: str, now: datetime
) -> Drafted:
    """Make drafts of these: a transfer for each two stores, an order for each supplier and store.

    Orders take whole packs and the supplier's minimum. Raises ProposalSettled, ProposalWithoutWay,
    ProposalFromElsewhere, and what the drafts themselves refuse; then nothing is made.
    """
    chosen = list(
        ReplenishmentProposal.objects.select_for_update()
        .filter(pk__in=proposal_ids, document_ref="")
        .order_by("pk")
    )
    if len(chosen) < len(set(proposal_ids)):
        raise ProposalSettled(_("Work with the proposals as they are now."))
    if any(each.route == Route.NONE for each in chosen):
        raise ProposalWithoutWay(_("Name a preferred supplier of the product first."))
    scope = scope_of(principal)
    if any(each.source_id and not scope.allows(each.source_id) for each in chosen):
        raise ProposalFromElsewhere(
            _("Ask somebody who plans for both stores, or leave these proposals out.")
        )
    sent = _grouped(chosen, Route.TRANSFER, lambda each: (each.source_id or 0, each.store_id))
    bought = _grouped(chosen, Route.ORDER, lambda each: (each.supplier_id or 0, each.store_id))
    return Drafted(
        transfers=[_transfer(*stores, each) for stores, each in sent.items()],
        orders=[_order(*places, each, by=by, now=now) for places, each in bought.items()],
    )


Group = list[ReplenishmentProposal]


def _grouped(
    chosen: Group, route: str, by: Callable[[ReplenishmentProposal], tuple[int, int]]
) -> dict[tuple[int, int], Group]:
    groups: dict[tuple[int, int], Group] = defaultdict(list)
    for each in chosen:
        if each.route == route:
            groups[by(each)].append(each)
    return groups


def _transfer(source: int, destination: int, group: Group) -> int:
    transfer = transfers.create(
        key=uuid4(),
        source_id=source,
        destination_id=destination,
        lines=[transfers.Planned(product, total) for product, total in _sums(group)],
        note=_("Replenishment"),
    )
    _settle(group, kind="transfer", number=transfer.pk)
    return transfer.pk


def _order(supplier: int, store: int, group: Group, *, by: str, now: datetime) -> int:
    order = purchase_orders.create(
        supplier_id=supplier,
        store_id=store,
        lines=[purchase_orders.Wanted(product, total) for product, total in _sums(group)],
        by=by,
        now=now,
        terms=purchase_orders.Terms(note=_("Replenishment")),
        round_up=True,
    )
    _settle(group, kind="purchase_order", number=order.pk)
    return order.pk


def _sums(group: Group) -> list[tuple[int, Decimal]]:
    """What is wanted of each product, in the order of the proposals."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for each in group:
        sums[each.product_id] += each.quantity
    return list(sums.items())


def _settle(group: Group, *, kind: str, number: int) -> None:
    ReplenishmentProposal.objects.filter(pk__in=[each.pk for each in group]).update(
        document_kind=kind, document_ref=str(number)
    )

"""Offline tickets that could not be taken."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import RefusedTicket
from sales.states import RefusedTicketState


def refused_visible_to(principal: Principal) -> QuerySet[RefusedTicket]:
    """Those of the stores in scope, whatever became of them."""
    return RefusedTicket.objects.filter(scope_of(principal).covers("store"))


def waiting_visible_to(principal: Principal) -> QuerySet[RefusedTicket]:
    """Those that somebody has to settle."""
    return refused_visible_to(principal).filter(state=RefusedTicketState.WAITING)


def known_among(uuids: Collection[UUID]) -> set[tuple[int, UUID]]:
    """Register and name of those that were refused before."""
    rows = RefusedTicket.objects.filter(uuid__in=uuids).values_list("register_id", "uuid")
    return set(rows)

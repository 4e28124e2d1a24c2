"""Baskets that are put aside."""

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import ParkedTicket


def parked_visible_to(principal: Principal) -> QuerySet[ParkedTicket]:
    """Parked tickets of the stores in scope, whatever became of them."""
    return ParkedTicket.objects.filter(scope_of(principal).covers("store"))

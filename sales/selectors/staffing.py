"""Questions about visitors and hours worked."""

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import StoreFootfall, StoreLabour


def footfall_visible_to(principal: Principal) -> QuerySet[StoreFootfall]:
    """Visitors of the stores in scope."""
    return StoreFootfall.objects.filter(scope_of(principal).covers("store"))


def labour_visible_to(principal: Principal) -> QuerySet[StoreLabour]:
    """Hours worked in the stores in scope."""
    return StoreLabour.objects.filter(scope_of(principal).covers("store"))

"""Questions about what stores should sell."""

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import StoreDayTarget, StoreTarget


def targets_visible_to(principal: Principal) -> QuerySet[StoreTarget]:
    """Monthly targets of the stores in scope."""
    return StoreTarget.objects.filter(scope_of(principal).covers("store"))


def days_of(target_id: int) -> QuerySet[StoreDayTarget]:
    """A monthly target spread over its days, which sum to it exactly."""
    return StoreDayTarget.objects.filter(target=target_id).order_by("day")

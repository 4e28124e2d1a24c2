"""Which views a person has saved. They are hers alone: nobody else's scope reaches them."""

from django.db.models import QuerySet
from django.db.models.functions import Lower

from epm.access.models import User
from epm.access.selectors.scope import Principal
from reporting.models import SavedView


def saved_views_visible_to(principal: Principal) -> QuerySet[SavedView]:
    """Her own, by name."""
    if not isinstance(principal, User) or not principal.is_active:
        return SavedView.objects.none()
    return SavedView.objects.filter(user=principal).order_by(Lower("name"))

"""With whose eyes one may look."""

from django.db.models import QuerySet

from epm.access.models import Role, User, ViewAsSession
from epm.access.selectors.scope import Principal, scope_of

PERMISSION = "access.add_viewassession"


def may_view_as_others(principal: Principal) -> bool:
    """For who gives access to the whole chain, and sees it."""
    return (
        isinstance(principal, User)
        and principal.has_perm(PERMISSION)
        and scope_of(principal).all_stores
    )


def people_viewable_by(principal: Principal) -> QuerySet[User]:
    """Those who see less than `principal`: active, no director, no superuser, not herself."""
    if not isinstance(principal, User) or not may_view_as_others(principal):
        return User.objects.none()
    others = User.objects.filter(is_active=True, is_superuser=False).exclude(role=Role.DIRECTOR)
    return others.exclude(pk=principal.pk).order_by("username")


def looks_visible_to(principal: Principal) -> QuerySet[ViewAsSession]:
    """Every look, for who may look; it is the proof of what was looked at."""
    looks = ViewAsSession.objects.select_related("viewer", "viewed")
    return looks if may_view_as_others(principal) else looks.none()

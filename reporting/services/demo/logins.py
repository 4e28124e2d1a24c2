"""The demo's logins: one for each role, with one password, never outside the demo."""

from typing import Final

from django.db import transaction

from epm.access.models import Role, ScopeKind, StoreScope, User
from epm.organization.models import Store
from epm.platform.demo_password import demo_password

HOME_STORE: Final = "367"
"""The store of the manager and the cashier; the regional manager has its region."""
PLACES: Final = {
    Role.DIRECTOR: ScopeKind.CHAIN,
    Role.REGIONAL: ScopeKind.REGION,
    Role.MANAGER: ScopeKind.STORE,
    Role.CASHIER: ScopeKind.STORE,
    Role.ANALYST: ScopeKind.CHAIN,
}


@transaction.atomic
def make_missing() -> list[str]:
    """Make the demo's logins, all or none; the names made.

    A name somebody has already is left alone. Calling again makes nothing.
    """
    if User.objects.filter(is_demo=True).exists():
        return []
    taken = set(User.objects.filter(username__in=PLACES).values_list("username", flat=True))
    home = Store.objects.select_related("region").get(code=HOME_STORE)
    password = demo_password()
    made = [role for role in PLACES if role.value not in taken]
    for role in made:
        user = User.objects.create_user(
            role.value, password=password, role=role, is_staff=True, is_demo=True
        )
        place = PLACES[role]
        StoreScope.objects.create(
            user=user,
            kind=place,
            region=home.region if place is ScopeKind.REGION else None,
            store=home if place is ScopeKind.STORE else None,
        )
    return [role.value for role in made]

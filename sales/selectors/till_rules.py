"""What a till may do: rules of stores and roles, approvals, and where a ticket left them."""

from typing import Final

from django.db.models import QuerySet

from epm.access.models import User
from epm.access.selectors.scope import Principal, scope_of
from epm.organization.models import Store
from sales.models import Approval, Override, TillLimit, TillPolicy

ALONE: Final = "cashier"
"""Who has no role may do what a cashier may."""


def role_at_the_till(person: User | None) -> str:
    """The role whose limits hold for a person; None is a till that names nobody."""
    if person is None:
        return ALONE
    return "director" if person.is_superuser else person.role or ALONE


def limit_of(role: str) -> TillLimit:
    """How far a role may go; nothing at all where nobody has said."""
    return TillLimit.objects.filter(role=role).first() or TillLimit(role=role, refund=0)


def policy_of(store: Store) -> TillPolicy:
    """The policy of a store; the defaults where it has none."""
    return TillPolicy.objects.filter(store=store).first() or TillPolicy(store=store)


def policies_visible_to(principal: Principal) -> QuerySet[TillPolicy]:
    """Policies of the stores in scope."""
    return TillPolicy.objects.filter(scope_of(principal).covers("store")).select_related("store")


def approvals_visible_to(principal: Principal) -> QuerySet[Approval]:
    """Approvals of the stores in scope."""
    return Approval.objects.filter(scope_of(principal).covers("store"))


def overrides_visible_to(principal: Principal) -> QuerySet[Override]:
    """Overrides on tickets of the stores in scope."""
    return Override.objects.filter(scope_of(principal).covers("register__store"))

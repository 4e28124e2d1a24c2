"""Tills."""

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import CashRegister


def registers_visible_to(principal: Principal) -> QuerySet[CashRegister]:
    """Cash registers of the stores in scope, with their store."""
    scope = scope_of(principal)
    registers = CashRegister.objects.filter(scope.covers("store")).select_related("store")
    return registers.order_by("store__code", "code")

"""Tills."""

from typing import NamedTuple

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import CashRegister


def registers_visible_to(principal: Principal) -> QuerySet[CashRegister]:
    """Cash registers of the stores in scope, with their store."""
    scope = scope_of(principal)
    registers = CashRegister.objects.filter(scope.covers("store")).select_related("store")
    return registers.order_by("store__code", "code")


class Place(NamedTuple):
    """Where a register stands, and in which currency it sells."""

    store_id: int
    currency: str


def place_of(register_id: int) -> Place | None:
    """None: there is no such register."""
    found = CashRegister.objects.filter(pk=register_id)
    row = found.values_list("store_id", "store__currency").first()
    return None if row is None else Place(*row)

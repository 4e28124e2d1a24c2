"""Tills."""

from typing import Final, NamedTuple

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from epm.platform import prepared
from sales.models import CashRegister


def registers_visible_to(principal: Principal) -> QuerySet[CashRegister]:
    """Cash registers of the stores in scope, with their store."""
    scope = scope_of(principal)
    registers = CashRegister.objects.filter(scope.covers("store")).select_related("store")
    return registers.order_by("store__code", "code")


PLACE: Final = """
    SELECT s.id, s.currency FROM sales_cashregister r JOIN organization_store s ON s.id = r.store_id
    WHERE r.id = %(register)s::bigint
"""


class Place(NamedTuple):
    """Where a register stands, and in which currency it sells."""

    store_id: int
    currency: str


def place_of(register_id: int) -> Place | None:
    """None: there is no such register."""
    found = prepared.rows(PLACE, {"register": register_id})
    return Place(*found[0]) if found else None

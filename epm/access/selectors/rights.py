"""What a principal may see besides its stores: kinds of reading, costs, who the customers are."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.access.models import Role, User
from epm.access.permissions import permissions_of
from epm.access.selectors.scope import Principal

READ: Final = "read"
ORGANIZATION: Final = "organization:read"
CATALOGUE: Final = "catalogue:read"
SALES: Final = "sales:read"
TARGETS: Final = "targets:read"
IMPORTS: Final = "imports:read"
IMPORTS_WRITE: Final = "imports:write"
KPIS: Final = "kpis:read"
COSTS: Final = "costs:read"
CUSTOMERS: Final = "customers:read"
STOCK: Final = "stock:read"
STOCK_WRITE: Final = "stock:write"
PURCHASES: Final = "purchases:read"
PURCHASES_WRITE: Final = "purchases:write"
STOCK_COUNT: Final = "stock:count"
TILLS_WRITE: Final = "tills:write"
STORED_VALUE: Final = "stored-value:read"
STORED_VALUE_WRITE: Final = "stored-value:write"
TARGETS_WRITE: Final = "targets:write"

KEY_SCOPES: Final[Mapping[str, str | Promise]] = {
    READ: _("Everything below"),
    ORGANIZATION: _("Regions and stores"),
    CATALOGUE: _("Categories and products"),
    SALES: _("Sales"),
    TARGETS: _("Targets, visitors, hours worked"),
    IMPORTS: _("Imports, their accounts and quarantine"),
    IMPORTS_WRITE: _("Import files; no other scope holds this one"),
    STOCK: _("Stock levels and movements"),
    STOCK_WRITE: _("Move stock; no other scope holds this one"),
    PURCHASES: _("Suppliers and purchase orders"),
    PURCHASES_WRITE: _("Order and receive goods; no other scope holds this one"),
    STOCK_COUNT: _("Count in stocktakes; no other scope holds this one"),
    TILLS_WRITE: _("Sell on tills, open and close them; no other scope holds this one"),
    STORED_VALUE: _("Gift cards and store credit, by their code; no other scope holds this one"),
    STORED_VALUE_WRITE: _("Issue and block gift cards; no other scope holds this one"),
    TARGETS_WRITE: _("Share targets out; no other scope holds this one"),
    KPIS: _("Key figures"),
    COSTS: _("Purchase prices and margins, where one of the others shows them"),
    CUSTOMERS: _("Personal data: customers, names of staff"),
}
# What the role of a person must allow for the same reading: epm/access/permissions.py.
PERMISSIONS: Final[Mapping[str, str]] = {
    ORGANIZATION: "organization.view_store",
    CATALOGUE: "inventory.view_product",
    SALES: "sales.view_sale",
    TARGETS: "sales.view_storetarget",
    IMPORTS: "imports.view_importrun",
    IMPORTS_WRITE: "imports.add_importrun",
    STOCK: "inventory.view_stocklevel",
    STOCK_WRITE: "inventory.add_stockmovement",
    PURCHASES: "inventory.view_purchaseorder",
    PURCHASES_WRITE: "inventory.change_purchaseorder",
    STOCK_COUNT: "inventory.add_stocktakecount",
    TILLS_WRITE: "sales.add_registersession",
    STORED_VALUE: "sales.view_storedvalue",
    STORED_VALUE_WRITE: "sales.add_storedvalue",
    TARGETS_WRITE: "sales.change_storetarget",
    KPIS: "reporting.view_dashboard",
}
APART: Final = frozenset(
    {
        *(IMPORTS_WRITE, STOCK_WRITE, STOCK_COUNT, PURCHASES_WRITE, TILLS_WRITE),
        *(STORED_VALUE, STORED_VALUE_WRITE, TARGETS_WRITE),
    }
)
"""What `read` does not hold."""
COST_ROLES: Final = frozenset({Role.DIRECTOR, Role.REGIONAL, Role.MANAGER, Role.ANALYST})
CUSTOMER_ROLES: Final = frozenset({Role.DIRECTOR, Role.REGIONAL, Role.MANAGER, Role.CASHIER})


def holds(principal: Principal, right: str) -> bool:
    """Whether `principal` may read this kind of thing at all: a key by scope, a person by role."""
    if not principal.is_authenticated:
        return False
    scopes = _key_scopes(principal)
    if scopes is not None:
        return right in scopes or (READ in scopes and right not in APART)
    if not isinstance(principal, User) or not principal.is_active:
        return False
    return principal.is_superuser or PERMISSIONS.get(right) in permissions_of(principal)


def missing_scopes(principal: Principal, *wanted: str) -> list[str]:
    """Which of these scopes a key lacks; of a person, who has a role instead, none."""
    if _key_scopes(principal) is None:
        return []
    return [right for right in wanted if not holds(principal, right)]


def sees_costs(principal: Principal) -> bool:
    """Purchase prices and margins: not for cashiers, nor for keys without `costs:read`."""
    return _by_role(principal, COST_ROLES, COSTS)


def sees_customers(principal: Principal) -> bool:
    """Which customer bought: not for analysts, nor for keys without `customers:read`."""
    return _by_role(principal, CUSTOMER_ROLES, CUSTOMERS)


def sees_people(principal: Principal) -> bool:
    """Names of staff and of customers, wherever they stand: the same right as `sees_customers`."""
    return sees_customers(principal)


def watches_cashiers(principal: Principal) -> bool:
    """What stands out at whose till: for who answers for people, never for a key."""
    return isinstance(principal, User) and (
        principal.is_superuser or principal.role in (Role.DIRECTOR, Role.REGIONAL, Role.MANAGER)
    )


FILES: Final = (IMPORTS, COSTS, CUSTOMERS)
"""What a key needs to see imported files."""


def sees_files(principal: Principal) -> bool:
    """Rows as they stand in imported files, which hold prices and people alike."""
    return holds(principal, IMPORTS) and sees_costs(principal) and sees_people(principal)


def _by_role(principal: Principal, roles: frozenset[Role], right: str) -> bool:
    if _key_scopes(principal) is not None:
        return holds(principal, right)
    return isinstance(principal, User) and (principal.is_superuser or principal.role in roles)


def _key_scopes(principal: Principal) -> frozenset[str] | None:
    scopes = getattr(principal, "scopes", None)
    return scopes if isinstance(scopes, frozenset) else None

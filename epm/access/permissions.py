"""What each role may do, in one table. What is not written here is refused.

Where a person may do it is another matter: the `…_visible_to(user)` selectors say that.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from epm.access.models import Role, User

VERBS: Final = {"v": "view", "a": "add", "c": "change", "d": "delete"}

_D, _R, _M, _C, _A = Role.DIRECTOR, Role.REGIONAL, Role.MANAGER, Role.CASHIER, Role.ANALYST

# Subjects are models and what `OTHER_SUBJECTS` of selectors/matrix.py names. v(iew) a(dd) c(hange)
# d(elete).
# Purchase prices and people's names have rules of their own: epm/access/selectors/rights.py.
TABLE: Final[Mapping[str, Mapping[Role, str]]] = MappingProxyType({
    "organization.region": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "organization.store": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "organization.storeclosure": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "access.user": {_D: "vac"},
    "access.storescope": {_D: "vacd"},
    "access.apikey": {_D: "vac"},
    "access.viewassession": {_D: "va"},
    "access.matrix": {_D: "v", _R: "v"},
    "platform.change": {_D: "v"},
    "imports.importrun": {_D: "va", _R: "v", _M: "v"},
    "imports.quarantinedrow": {_D: "v", _R: "v", _M: "v"},
    "inventory.category": {_D: "vacd", _R: "v", _M: "v", _C: "v", _A: "v"},
    "inventory.product": {_D: "vac", _R: "v", _M: "v", _C: "v", _A: "v"},
    "inventory.barcode": {_D: "vacd", _R: "v", _M: "v", _C: "v", _A: "v"},
    "inventory.embeddedbarcoderule": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "inventory.pricechange": {_D: "v", _R: "v", _M: "v", _A: "v"},
    "inventory.stocklevel": {_D: "v", _R: "v", _M: "v", _C: "v", _A: "v"},
    "inventory.stockmovement": {_D: "va", _R: "va", _M: "va", _A: "v"},
    "inventory.reservation": {_D: "vc", _R: "vc", _M: "vc", _A: "v"},
    "inventory.stockpolicy": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "inventory.transfer": {_D: "vacd", _R: "vacd", _M: "vacd", _A: "v"},
    "inventory.transferline": {_D: "vacd", _R: "vacd", _M: "vacd", _A: "v"},
    "inventory.stockalert": {_D: "vc", _R: "vc", _M: "vc", _A: "v"},
    "inventory.stockrule": {_D: "vacd", _R: "vacd", _M: "vacd", _A: "v"},
    "inventory.replenishmentproposal": {_D: "vac", _R: "vac", _M: "vac", _A: "v"},
    "inventory.stockrepair": {_D: "v", _R: "v", _M: "v"},
    "inventory.pricelist": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "inventory.pricelistitem": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "inventory.priceedit": {_D: "va", _R: "v", _M: "v", _A: "v"},
    "inventory.priceeditrow": {_D: "v", _R: "v", _M: "v", _A: "v"},
    "inventory.supplier": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "inventory.supplierproduct": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "inventory.pricebreak": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "inventory.approvallimit": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "inventory.purchaseorder": {_D: "vacd", _R: "vacd", _M: "vacd", _A: "v"},
    "inventory.purchaseorderline": {_D: "vacd", _R: "vacd", _M: "vacd", _A: "v"},
    "inventory.purchasereceipt": {_D: "va", _R: "va", _M: "va", _A: "v"},
    "inventory.purchasereceiptline": {_D: "v", _R: "v", _M: "v", _A: "v"},
    "inventory.stocktake": {_D: "vac", _R: "vac", _M: "vac", _C: "v", _A: "v"},
    "inventory.stocktakecount": {_D: "a", _R: "a", _M: "a", _C: "a"},
    "inventory.stocktakevariance": {_D: "c", _R: "c"},
    "inventory.uncountedaszero": {_D: "a", _R: "a"},
    "inventory.stockadjustment": {_D: "va", _R: "va", _M: "va", _A: "v"},
    "sales.customer": {_D: "vac", _R: "v", _M: "v"},
    "sales.taxclass": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "sales.taxregime": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "sales.taxrate": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "sales.cashregister": {_D: "vac", _R: "v", _M: "v"},
    "sales.tillpolicy": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "sales.tilllimit": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "sales.discountreason": {_D: "vac", _R: "v", _M: "v", _A: "v"},
    "sales.override": {_D: "v", _R: "v", _M: "v"},
    "sales.approval": {_D: "v", _R: "v", _M: "v"},
    "sales.ticket": {_D: "v", _R: "v", _M: "v", _A: "v"},
    "sales.refusedticket": {_D: "vc", _R: "vc", _M: "vc"},
    "sales.ticketmail": {_D: "v", _R: "v", _M: "v"},
    "sales.parkedticket": {_D: "v", _R: "v", _M: "v"},
    "sales.sale": {_D: "v", _R: "v", _M: "v", _C: "v", _A: "v"},
    "sales.storedvalue": {_D: "vac", _R: "vac", _M: "vac"},
    "sales.storedvalueentry": {_D: "vac", _R: "va", _M: "va"},
    "sales.storetarget": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "sales.storedaytarget": {_D: "v", _R: "v", _M: "v", _A: "v"},
    "sales.storefootfall": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "sales.storelabour": {_D: "vacd", _R: "v", _M: "v", _A: "v"},
    "sales.registersession": {_D: "vac", _R: "vac", _M: "vac", _C: "va", _A: "v"},
    "sales.drawermovement": {_D: "va", _R: "va", _M: "va", _C: "va", _A: "v"},
    "sales.xreport": {_D: "v", _R: "v", _M: "v", _A: "v"},
    "sales.closing": {_D: "v", _R: "v", _M: "v", _A: "v"},
    "reporting.dashboard": {_D: "v", _R: "v", _M: "v", _A: "v"},
})  # fmt: skip


def _granted(role: Role) -> frozenset[str]:
    return frozenset(
        f"{context}.{VERBS[letter]}_{subject}"
        for context, subject in (name.split(".") for name in TABLE)
        for letter in TABLE[f"{context}.{subject}"].get(role, "")
    )


GRANTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {role.value: _granted(role) for role in Role}
)


def permissions_of(user: User) -> frozenset[str]:
    """The permissions of `user`'s role as `context.verb_subject`; none without a role."""
    return GRANTS.get(user.role, frozenset()) if user.is_active else frozenset()

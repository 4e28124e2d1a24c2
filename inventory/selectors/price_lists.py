"""Which price lists and edits of prices somebody sees, and which of them are hers to change."""

from django.db.models import Q, QuerySet

from epm.access.selectors.scope import Principal, Scope, scope_of
from inventory.models import PriceEdit, PriceList


def price_lists_visible_to(principal: Principal) -> QuerySet[PriceList]:
    """The lists of the stores in scope, and the chain's for whoever sees a store."""
    scope = scope_of(principal)
    rows = PriceList.objects.select_related("store").order_by("-starts_on", "code")
    return rows.filter(_in_sight(scope, "store")) if _sees_any(scope) else rows.none()


def price_edits_visible_to(principal: Principal) -> QuerySet[PriceEdit]:
    """The edits of lists in sight, and those of the chain's prices."""
    scope = scope_of(principal)
    rows = PriceEdit.objects.select_related("price_list__store", "by", "undone_by")
    rows = rows.order_by("-made_at", "-pk")
    of_lists = _in_sight(scope, "price_list__store")
    return rows.filter(of_lists) if _sees_any(scope) else rows.none()


def reaches(principal: Principal, price_list: PriceList | None) -> bool:
    """Whether all stores in which it holds are the principal's; None: the chain's own prices."""
    scope = scope_of(principal)
    store_id = price_list.store_id if price_list else None
    return scope.all_stores if store_id is None else scope.allows(store_id)


def _sees_any(scope: Scope) -> bool:
    return scope.all_stores or bool(scope.store_ids)


def _in_sight(scope: Scope, store: str) -> Q:
    """Rows without a store, as those without a list, are the chain's."""
    return Q() if scope.all_stores else Q(**{f"{store}__isnull": True}) | scope.covers(store)

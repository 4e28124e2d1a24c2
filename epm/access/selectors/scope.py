"""Who may see which stores. Every `…_visible_to(principal)` selector asks here, nobody else."""

from dataclasses import dataclass
from typing import Protocol

from django.db.models import Q, QuerySet

from epm.access.models import ScopeKind, StoreScope, User
from epm.organization.models import Region, Store, StoreClosure


@dataclass(frozen=True, slots=True)
class Scope:
    """The stores a principal may see: all of them, or just these."""

    all_stores: bool = False
    store_ids: frozenset[int] = frozenset()

    def allows(self, store_id: int) -> bool:
        return self.all_stores or store_id in self.store_ids

    def covers(self, field: str) -> Q:
        """The filter that keeps rows whose `field` is a store in scope."""
        return Q() if self.all_stores else Q(**{f"{field}__in": self.store_ids})


NOTHING = Scope()
EVERYTHING = Scope(all_stores=True)


class Principal(Protocol):
    """Whoever asks: a signed-in `User`, or an API key's client that brings its own `scope`."""

    @property
    def is_authenticated(self) -> bool: ...


def scope_of(principal: Principal) -> Scope:
    """What `principal` may see. Closed by default: no scope row, no stores."""
    if not principal.is_authenticated:
        return NOTHING
    own = getattr(principal, "scope", None)
    if isinstance(own, Scope):
        return own
    if not isinstance(principal, User) or not principal.is_active:
        return NOTHING
    return EVERYTHING if principal.is_superuser else _scope_of_user(principal)


def _scope_of_user(user: User) -> Scope:
    """One query per user object; a request keeps its user, so one query per request."""
    known = getattr(user, "_known_scope", None)
    if known is None:
        rows = list(StoreScope.objects.filter(user=user).values_list("kind", "region", "store"))
        if any(kind == ScopeKind.CHAIN for kind, _, _ in rows):
            known = EVERYTHING
        else:
            regions = [region for _, region, _ in rows if region is not None]
            stores = {store for _, _, store in rows if store is not None}
            if regions:
                in_regions = Store.objects.filter(region__in=regions)
                stores.update(in_regions.values_list("pk", flat=True))
            known = Scope(store_ids=frozenset(stores))
        user._known_scope = known  # type: ignore[attr-defined]  # noqa: SLF001
    return known


def stores_visible_to(principal: Principal) -> QuerySet[Store]:
    """Stores in the principal's scope, by code, with their region."""
    scope = scope_of(principal)
    return Store.objects.filter(scope.covers("pk")).select_related("region").order_by("code")


def regions_visible_to(principal: Principal) -> QuerySet[Region]:
    """Regions that hold at least one store in scope; every region for the whole chain."""
    scope = scope_of(principal)
    regions = Region.objects.order_by("code")
    if scope.all_stores:
        return regions
    return regions.filter(
        pk__in=Store.objects.filter(scope.covers("pk"), region__isnull=False).values("region")
    )


def closures_visible_to(principal: Principal) -> QuerySet[StoreClosure]:
    """Temporary closures of the stores in scope, in the order of their days."""
    scope = scope_of(principal)
    return StoreClosure.objects.filter(scope.covers("store")).order_by("first_day", "store")

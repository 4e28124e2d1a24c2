"""The stores a report is about."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db.models import F

from epm.access.selectors.scope import Principal, Scope, scope_of, stores_visible_to
from epm.platform.refusals import Kind, Refusal


class UnknownStore(Refusal):
    code = "reporting/unknown-store"
    title = "There is no such store"
    kind = Kind.MISSING


class UnknownRegion(Refusal):
    code = "reporting/unknown-region"
    title = "There is no such region"
    kind = Kind.MISSING


@dataclass(frozen=True, slots=True)
class Place:
    """A store, and the region it is in."""

    id: int
    code: str
    name: str
    currency: str
    region_id: int | None
    region_code: str | None
    region_name: str | None


@dataclass(frozen=True, slots=True)
class Places:
    """Stores by code. `everything`: these are all stores there are."""

    stores: tuple[Place, ...]
    everything: bool

    @property
    def ids(self) -> list[int]:
        return [store.id for store in self.stores]

    @property
    def currency(self) -> str | None:
        """The one currency of all of them; None when they differ or there are none."""
        currencies = {store.currency for store in self.stores}
        return currencies.pop() if len(currencies) == 1 else None

    def currency_of(self, store_id: int) -> str:
        return next(store.currency for store in self.stores if store.id == store_id)


def chosen(*, principal: Principal, stores: Sequence[str], regions: Sequence[str]) -> Places:
    """The visible stores; only those named, only those in the named regions when any is.

    Codes are told apart without case. A store or region out of scope is refused like an absent one
    (UnknownStore, UnknownRegion).
    """
    visible = _visible(principal)
    wanted_stores = {code.lower(): code for code in stores}
    wanted_regions = {code.lower(): code for code in regions}
    known_stores = {store.code.lower() for store in visible}
    known_regions = {store.region_code.lower() for store in visible if store.region_code}
    for folded, code in wanted_stores.items():
        if folded not in known_stores:
            raise UnknownStore(f"There is no store “{code}”.", store=code)
    for folded, code in wanted_regions.items():
        if folded not in known_regions:
            raise UnknownRegion(f"There is no region “{code}”.", region=code)
    kept = tuple(
        store
        for store in visible
        if (not wanted_stores or store.code.lower() in wanted_stores)
        and (not wanted_regions or (store.region_code or "").lower() in wanted_regions)
    )
    everything = not stores and not regions and scope_of(principal).all_stores
    return Places(stores=kept, everything=everything)


_held: ContextVar[dict[Scope, list[Place]] | None] = ContextVar("held_places", default=None)


@contextmanager
def held() -> Iterator[None]:
    """For one page: the stores are read once, however many reports it asks."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def _visible(principal: Principal) -> list[Place]:
    scope, known = scope_of(principal), _held.get()
    if known is not None and scope in known:
        return known[scope]
    found = [
        Place(*row)
        for row in stores_visible_to(principal).values_list(
            "id", "code", "name", "currency", "region_id", F("region__code"), F("region__name")
        )
    ]
    if known is not None:
        known[scope] = found
    return found

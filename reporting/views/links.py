"""Where figures lead. A page that is not there is no link."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from epm.access.selectors.scope import Principal
from inventory.selectors.products import products_visible_to
from reporting.views.state import State, Versus

AS_KNOWN: Final = frozenset({
    "dashboard-consolidation", "dashboard-consolidation-file", "dashboard-late",
    "dashboard-late-file", "dashboard-tickets", "dashboard-tickets-file",
})  # fmt: skip
"""Pages that can tell what was known at a moment; all others tell what is known now."""


def to(name: str, state: State | None, *arguments: object, **more: str) -> str:
    """The page `name` in the same state, with `more` parameters."""
    path = _path(name, *arguments)
    if not path:
        return ""
    without = () if name in AS_KNOWN else ("known_at",)
    query = urlencode([*(state.pairs(without=without) if state else []), *more.items()])
    return f"{path}?{query}" if query else path


@lru_cache(maxsize=4096)
def _path(name: str, *arguments: object) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def tickets(state: State, *, having: str = "") -> str:
    """The tickets behind a figure; `having` names the lines they are looked at for."""
    plain = state.grouped(None)
    return (
        to("dashboard-tickets", plain, having=having) if having else to("dashboard-tickets", plain)
    )


def comparison(state: State, *, vs: Versus | None = None) -> str:
    """Both periods of a change side by side, one level down."""
    compared = state if vs is None else state.against(vs)
    return to("dashboard-consolidation", compared.grouped(None))


def store(state: State, code: str) -> str:
    """The store's page; the overview of the store alone where there is no such page."""
    alone = state.of_store(code).grouped(None)
    return to("dashboard-store", alone, code) or to("dashboards", alone)


def category(state: State, code: str) -> str:
    """The parts of a category."""
    below = state.of_category(code).grouped("category")
    return to("dashboard-consolidation", below) or to("dashboards", below.grouped(None))


def product_ids(principal: Principal, skus: Sequence[str]) -> dict[str, int]:
    """What the pages of products are called by, for those on a page."""
    found = products_visible_to(principal).filter(sku__in=skus)
    return dict(found.values_list("sku", "pk"))

"""What rows are called, and in which order they stand."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from epm.access.selectors.scope import Principal
from epm.platform import calendars
from epm.platform.calendars import Period
from inventory.selectors.categories import categories_visible_to
from inventory.selectors.products import products_visible_to
from reporting.kpis.figures import Figures
from reporting.kpis.kpi import IN_TIME, Dimension
from reporting.selectors.places import Places
from reporting.selectors.spans import KINDS
from reporting.selectors.sums import Key


@dataclass(frozen=True, slots=True)
class Label:
    """`key` is None for what has none; `currency`: the one of all stores of the row, else None."""

    key: str | None
    text: str
    currency: str | None


def in_order(
    rows: Mapping[Key, Figures], *, by: Dimension | None, places: Places, principal: Principal
) -> Iterator[tuple[Label, Figures]]:
    """The rows with their labels: places by code, days and months in time, goods by net sales."""
    known: dict[Key, Label]
    match by:
        case Dimension.STORE:
            known = {
                place.id: Label(place.code, place.name, place.currency) for place in places.stores
            }
        case Dimension.REGION:
            known = _regions(places)
        case Dimension.CATEGORY | Dimension.PRODUCT:
            known = _goods(rows, by=by, places=places, principal=principal)
            by_sales = sorted(rows, key=lambda key: (-rows[key].net_ht, known[key].key or ""))
            return ((known[key], rows[key]) for key in by_sales)
        case _:
            known = {key: _moment(key, by=by, places=places) for key in rows}
    ordered = sorted(rows, key=lambda key: (known[key].key is None, known[key].key or ""))
    return ((known[key], rows[key]) for key in ordered)


def _regions(places: Places) -> dict[Key, Label]:
    currencies: dict[int | None, set[str]] = {}
    for place in places.stores:
        currencies.setdefault(place.region_id, set()).add(place.currency)
    return {
        place.region_id: Label(
            place.region_code,
            _("(no region)") if place.region_name is None else place.region_name,
            _the_one(currencies[place.region_id]),
        )
        for place in places.stores
    }


def _the_one(currencies: Collection[str]) -> str | None:
    return next(iter(currencies)) if len(currencies) == 1 else None


def _goods(
    rows: Mapping[Key, Figures], *, by: Dimension, places: Places, principal: Principal
) -> dict[Key, Label]:
    ids = [key for key in rows if isinstance(key, int)]
    if by is Dimension.PRODUCT:
        named = products_visible_to(principal).filter(pk__in=ids).values_list("pk", "sku", "name")
    else:
        named = (
            categories_visible_to(principal).filter(pk__in=ids).values_list("pk", "code", "name")
        )
    known: dict[Key, Label] = {None: Label(None, _("(no category)"), places.currency)}
    for pk, code, name in named:
        known[pk] = Label(code, name or code, places.currency)
    return known


def _moment(key: Key, *, by: Dimension | None, places: Places) -> Label:
    text = str(key)
    if by in IN_TIME and isinstance(key, date):
        text = calendars.key(KINDS[by], Period(key, key))
    return Label(text, text, places.currency)

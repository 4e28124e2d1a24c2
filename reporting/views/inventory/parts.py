"""What the pages of the inventory share: their days, their tabs, and where their rows lead."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.access.selectors.scope import Principal
from inventory.selectors.categories import categories_visible_to
from inventory.selectors.stock import days_with_stock
from reporting.selectors.kpis import UnknownCategory
from reporting.views import links
from reporting.views.frame import Frame
from sales.selectors.days import Span

TABS: Final[Sequence[tuple[str, Promise]]] = (
    ("dashboard-inventory", _("Stock")),
    ("dashboard-inventory-assortment", _("Assortment and age")),
    ("dashboard-inventory-shortages", _("Shortages")),
)
NO_STOCK: Final = _("the stores shown have no stock in these days")
NO_COSTS: Final = _("the cost of no stock is known")


def days_of_stock(principal: Principal) -> Mapping[int, Span]:
    """From the first to the last movement of each store in scope."""
    return {store: Span(*ends) for store, ends in days_with_stock(principal).items()}


def tabs(frame: Frame, here: str) -> list[tuple[Promise, str, bool]]:
    plain = frame.state.plain
    return [(name, links.to(page, plain), page == here) for page, name in TABS]


def files(frame: Frame, part: str) -> list[tuple[Any, str]]:
    return [
        (name, links.to("dashboard-inventory-file", frame.state, part, ending))
        for name, ending in ((_("CSV"), "csv"), (_("Excel"), "xlsx"))
    ]


def today(frame: Frame) -> Any:
    """The day that it is where the stores are: alerts, age and proposals are of now."""
    return datetime.now(frame.zone).date()


def category_id(frame: Frame) -> int | None:
    """Of the category that the URL names. Raise UnknownCategory."""
    code = frame.state.category
    if code is None:
        return None
    found = categories_visible_to(frame.principal).filter(code__iexact=code).first()
    if found is None:
        raise UnknownCategory(f"There is no category “{code}”.", category=code)
    return int(found.pk)


def chosen_ids(frame: Frame) -> list[int]:
    return [store.pk for store in frame.chosen]


def seen_ids(frame: Frame) -> list[int]:
    return [store.pk for store in frame.stores]


def currency(frame: Frame) -> str:
    """The one of the stores shown; "" where they have several."""
    return frame.currencies[0] if len(frame.currencies) == 1 else ""


def back_office(frame: Frame, model: str, **query: object) -> str:
    """The list of the administration, for who may see it."""
    user = frame.request.user
    if not (user.is_staff and user.has_perm(f"inventory.view_{model}")):
        return ""
    path = reverse(f"admin:inventory_{model}_changelist")
    told = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(told)}" if told else path


def one_store(frame: Frame) -> int | None:
    """The store that the filters leave, where it is one."""
    chosen = chosen_ids(frame)
    return chosen[0] if len(chosen) == 1 else None


def stock_card(frame: Frame, *, store_id: int | None, product_id: int, sku: str) -> str:
    """The level in the administration; the product's page for who has none."""
    listed = back_office(frame, "stocklevel", q=sku, store__id__exact=store_id)
    return listed or links.to("dashboard-product", frame.state.plain, product_id)

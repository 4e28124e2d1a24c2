"""Chain, region, store, category, product, ticket: where a row leads, and the way back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.platform import calendars
from epm.platform.calendars import Period, PeriodKind
from inventory.selectors.categories import categories_visible_to
from reporting.kpis.kpi import Dimension
from reporting.selectors.comparison import IN_TIME, Compared
from reporting.selectors.tickets import Having
from reporting.views import links
from reporting.views.consolidation.question import Answer
from reporting.views.frame import Frame
from reporting.views.state import State

Text = str | Promise
NAMES: Final[Mapping[Dimension, Text]] = {
    Dimension.REGION: _("Regions"),
    Dimension.STORE: _("Stores"),
    Dimension.CATEGORY: _("Categories"),
    Dimension.PRODUCT: _("Products"),
    Dimension.DAY: _("Days"),
    Dimension.WEEK: _("ISO weeks"),
    Dimension.RETAIL_MONTH: _("4-4-5 months"),
    Dimension.MONTH: _("Months"),
    Dimension.QUARTER: _("Quarters"),
}
ONE: Final[Mapping[Dimension, Text]] = {
    Dimension.REGION: _("Region"),
    Dimension.STORE: _("Store"),
    Dimension.CATEGORY: _("Category"),
    Dimension.PRODUCT: _("Product"),
    Dimension.DAY: _("Day"),
    Dimension.WEEK: _("ISO week"),
    Dimension.RETAIL_MONTH: _("4-4-5 month"),
    Dimension.MONTH: _("Month"),
    Dimension.QUARTER: _("Quarter"),
}
BELOW: Final[Mapping[Dimension, Dimension]] = {
    Dimension.REGION: Dimension.STORE,
    Dimension.STORE: Dimension.CATEGORY,
    Dimension.QUARTER: Dimension.MONTH,
    Dimension.RETAIL_MONTH: Dimension.WEEK,
    Dimension.MONTH: Dimension.DAY,
    Dimension.WEEK: Dimension.DAY,
}
HAVING: Final[Mapping[str, Having]] = {
    "returns": Having.RETURNS,
    "return_rate": Having.RETURNS,
    "discounts": Having.DISCOUNTS,
    "discount_rate": Having.DISCOUNTS,
    "transactions": Having.TRANSACTIONS,
    "atv": Having.TRANSACTIONS,
    "cost_coverage": Having.UNKNOWN_COST,
}
"""What to look at on the tickets behind a figure; for the others, at all goods."""
WITHOUT_TICKETS: Final = frozenset({"target"})


@dataclass(frozen=True, slots=True)
class Leads:
    """Where the rows of a page lead: their names one level down, their figures to the tickets."""

    state: State
    by: Dimension
    codes: tuple[str, ...]
    parents: frozenset[str]
    products: Mapping[str, int]
    days: Mapping[str, Period]

    @classmethod
    def of(cls, frame: Frame, answer: Answer, rows: Iterable[Compared]) -> "Leads":
        """At most one query for the rows of the page."""
        keys = [row.key for row in rows if row.key is not None]
        parents: frozenset[str] = frozenset()
        products: dict[str, int] = {}
        if answer.by is Dimension.CATEGORY:
            found = categories_visible_to(frame.principal).filter(parent__code__in=keys)
            parents = frozenset(found.order_by().values_list("parent__code", flat=True).distinct())
        elif answer.by is Dimension.PRODUCT:
            products = links.product_ids(frame.principal, keys)
        return cls(
            state=frame.state,
            by=answer.by,
            codes=answer.codes,
            parents=parents,
            products=products,
            days=_days_by_key(frame.state, by=answer.by),
        )

    def name(self, row: Compared) -> str:
        """One level down; at the end of the way the product's page or the tickets."""
        narrowed = self._narrowed(row.key)
        if narrowed is None or row.key is None:
            return ""
        if self.by is Dimension.PRODUCT:
            page = links.to("dashboard-product", narrowed.grouped(None), narrowed.product)
            return page or links.tickets(narrowed)
        if self.by is Dimension.CATEGORY:
            below = Dimension.CATEGORY if row.key in self.parents else Dimension.PRODUCT
        elif self.by is Dimension.STORE and self.state.product:
            below = Dimension.DAY
        elif self.by in BELOW:
            below = BELOW[self.by]
        else:
            return links.tickets(narrowed)
        return links.to("dashboard-consolidation", narrowed.grouped(below.value))

    def figures(self, row: Compared) -> dict[str, str]:
        """The tickets behind each figure of the row; nothing where no filter can name them."""
        narrowed = self._narrowed(row.key)
        return {} if narrowed is None else figure_links(narrowed, self.codes)

    def _narrowed(self, key: str | None) -> State | None:
        if key is None:
            return None
        match self.by:
            case Dimension.REGION:
                return self.state.of_region(key)
            case Dimension.STORE:
                return self.state.of_store(key)
            case Dimension.CATEGORY:
                return self.state.of_category(key)
            case Dimension.PRODUCT:
                return (
                    self.state.of_product(self.products.get(key)) if key in self.products else None
                )
        days = self.days.get(key)
        return self.state.during(days.start, days.end) if days else None


def figure_links(state: State, codes: Iterable[str]) -> dict[str, str]:
    """The tickets behind each figure of a state."""
    return {
        code: links.tickets(state, having=HAVING[code].value if code in HAVING else "")
        for code in codes
        if code not in WITHOUT_TICKETS
    }


def dimensions(state: State, by: Dimension) -> list[tuple[Text, str, bool]]:
    """What the rows can be, with the address of each and whether it is this one."""
    return [
        (name, links.to("dashboard-consolidation", state.grouped(each.value)), each is by)
        for each, name in NAMES.items()
    ]


def path(frame: Frame, answer: Answer) -> list[tuple[Text, str]]:
    """From the whole down to what is shown."""
    state = frame.state
    top = state.grouped(None).of_category(None).everywhere
    found: list[tuple[Text, str]] = [
        (_("Whole chain") if answer.whole_chain else _("My stores"), _at(top, None))
    ]
    regions = {store.region.code: store.region.name for store in frame.stores if store.region}
    here = top
    if state.regions:
        here = replace(here, regions=state.regions)
        told = ", ".join(regions.get(code, code) for code in state.regions)
        found.append((told, _at(here, Dimension.STORE)))
    if state.stores:
        here = replace(here, stores=state.stores)
        names = {store.code: store.name for store in frame.stores}
        told = ", ".join(names.get(code, code) for code in state.stores)
        found.append((told, _at(here, Dimension.CATEGORY)))
    for step in answer.steps:
        here = here.of_category(step.code)
        found.append((step.name or step.code, _at(here, Dimension.CATEGORY)))
    if answer.product:
        found.append((answer.product.name, _at(here.of_product(answer.product.id), None)))
    return found


def _at(state: State, by: Dimension | None) -> str:
    return links.to("dashboard-consolidation", state.grouped(by.value if by else None))


def _days_by_key(state: State, *, by: Dimension) -> dict[str, Period]:
    """The days of the period that each row in time is about; empty for other rows."""
    if by.value not in IN_TIME:
        return {}
    kind = PeriodKind(by.value)
    return {
        calendars.key(kind, whole): Period(max(whole.start, state.start), min(whole.end, state.end))
        for whole in calendars.periods_of(kind, state.period)
    }

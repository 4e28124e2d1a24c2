"""What the consolidation asks of the registry: the same rows for two periods."""

from dataclasses import dataclass
from typing import Any

from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of
from epm.platform.calendars import Period
from inventory.selectors.categories import Step, categories_visible_to, path_to
from inventory.selectors.products import ProductCard
from reporting.kpis.kpi import Dimension
from reporting.selectors.cached import report
from reporting.selectors.comparison import IN_TIME, Comparison, compared
from reporting.selectors.kpis import KpiReport
from reporting.views.consolidation import table
from reporting.views.frame import Frame
from reporting.views.state import State


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything the page, the CSV and the sheet say; `rows` of `comparison` stand in order."""

    by: Dimension
    codes: tuple[str, ...]
    comparison: Comparison
    steps: list[Step]
    product: ProductCard | None
    whole_chain: bool

    @property
    def in_time(self) -> bool:
        return self.by.value in IN_TIME


def ask(frame: Frame) -> Answer:
    """Two reports. Raise what `report` refuses, UnknownProduct."""
    state = frame.state
    product = frame.product
    category = (
        categories_visible_to(frame.principal).filter(code__iexact=state.category).first()
        if state.category
        else None
    )
    by = Dimension(state.by) if state.by else _by_default(frame)
    codes = table.codes_for(
        by,
        narrowed=category is not None or product is not None,
        sees_costs=rights.sees_costs(frame.principal),
    )
    words: dict[str, Any] = {
        "principal": frame.principal, "by": by.value, "stores": state.stores,
        "regions": state.regions, "category": state.category, "kpis": codes,
        "product": product.sku if product else None,
        "last_year": state.last_year,
    }  # fmt: skip

    def told(of: Period) -> KpiReport:
        return report(start=of.start, end=of.end, **words)

    now = told(frame.period)
    frame.known_as_of(now.as_of)
    both = compared(now, told(frame.compared))
    rows = table.sorted_rows(both, sort=state.sort, in_time=by.value in IN_TIME)
    return Answer(
        by=by,
        codes=codes,
        comparison=Comparison(now=both.now, then=both.then, rows=rows, total=both.total),
        steps=path_to(category.pk) if category else [],
        product=product,
        whole_chain=scope_of(frame.principal).all_stores,
    )


def _by_default(frame: Frame) -> Dimension:
    """The level below the one that the filters name."""
    state: State = frame.state
    if state.product:
        return Dimension.STORE if len(frame.chosen) > 1 else Dimension.DAY
    if state.category or len(frame.chosen) == 1:
        return Dimension.CATEGORY
    regions = {store.region_id for store in frame.chosen}
    return Dimension.REGION if len(regions) > 1 and not state.regions else Dimension.STORE

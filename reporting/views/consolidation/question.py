"""What the consolidation asks of the registry: the same rows for two periods."""

from dataclasses import dataclass
from typing import Any, Final

from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of
from inventory.selectors.categories import Step, categories_visible_to, path_to
from inventory.selectors.products import ProductCard
from reporting.kpis.kpi import Dimension
from reporting.selectors import ranking
from reporting.selectors.cached import reports
from reporting.selectors.comparison import IN_TIME, Compared, Comparison, compared
from reporting.selectors.kpis import Ask
from reporting.selectors.ranking import Ranked
from reporting.views import links
from reporting.views.consolidation import table
from reporting.views.consolidation.table import ROWS_PER_PAGE
from reporting.views.frame import Frame
from reporting.views.state import State

LEADING: Final = 15
"""Rows of the bars."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything the page, the CSV and the sheet say; `rows` of `comparison` stand in order.

    `count`: how many rows there are. `first`: how many stand before those of the page. Of products
    `comparison` holds the leading ones and those of the page; else it holds all rows.
    """

    by: Dimension
    codes: tuple[str, ...]
    comparison: Comparison
    count: int
    first: int
    shown: list[Compared]
    leading: list[Compared]
    steps: list[Step]
    product: ProductCard | None
    whole_chain: bool

    @property
    def in_time(self) -> bool:
        return self.by.value in IN_TIME


def ask(frame: Frame, *, whole: bool) -> Answer:
    """Two reports. Raise what `report` refuses, UnknownProduct.

    `whole`: all rows of them, for a file; a page of products reads in full only what it shows.
    """
    state = frame.state
    product = frame.product
    category = (
        categories_visible_to(frame.principal).filter(code__iexact=state.category).first()
        if state.category
        else None
    )
    by = Dimension(state.by) if state.by else _by_default(frame)
    narrowed = category is not None or product is not None
    codes = table.codes_for(
        by,
        narrowed=narrowed,
        sees_costs=rights.sees_costs(frame.principal),
        as_known=state.known_at is not None,
    )
    words: dict[str, Any] = {
        "by": by.value, "stores": state.stores,
        "regions": state.regions, "category": state.category, "kpis": codes,
        "product": product.sku if product else None,
        "last_year": state.last_year, "known_at": state.known_at,
    }  # fmt: skip
    order = state.sort or f"-{ranking.NET}"
    ranked = None
    if by is Dimension.PRODUCT and not whole and not narrowed:
        ranked = _ranked(frame, order)
    if ranked:
        leading, here, first = ranked
        words["only"] = sorted({*leading.ids, *here.ids})

    periods = [frame.period, *([frame.compared] if frame.knows(frame.compared) else [])]
    now, *then = reports(
        principal=frame.principal,
        asked=[Ask(start=each.start, end=each.end, **words) for each in periods],
    )
    frame.known_as_of(now.as_of)
    both = compared(now, then[0] if then else None)
    if ranked:
        rows = _picked(frame, both.rows, [*leading.ids, *here.ids])
        count, shown = here.count, rows[len(leading.ids) :]
        rows = rows[: len(leading.ids)]
    else:
        rows = table.sorted_rows(both, sort=state.sort, in_time=by.value in IN_TIME)
        count = len(rows)
        first = _first(state.page, count)
        shown = rows[first : first + ROWS_PER_PAGE]
    return Answer(
        by=by,
        codes=codes,
        comparison=Comparison(now=both.now, then=both.then, rows=rows, total=both.total),
        count=count,
        first=first,
        shown=shown,
        leading=rows[:LEADING],
        steps=path_to(category.pk) if category else [],
        product=product,
        whole_chain=scope_of(frame.principal).all_stores,
    )


def _ranked(frame: Frame, order: str) -> tuple[Ranked, Ranked, int] | None:
    """The leading products, those of the page, and how many stand before; None: ask for all."""
    if order.removeprefix("-") not in ranking.ORDERS:
        return None
    state = frame.state
    wanted = (state.page - 1) * ROWS_PER_PAGE
    while True:
        found = ranking.products(
            principal=frame.principal,
            now=frame.period,
            then=frame.compared if frame.knows(frame.compared) else None,
            stores=state.stores,
            regions=state.regions,
            known_at=state.known_at,
            orders=[(order, 0, LEADING), (order, wanted, ROWS_PER_PAGE)],
        )
        if found is None:
            return None
        leading, here = found
        if here.ids or wanted == 0:
            return leading, here, wanted
        wanted = _first(state.page, here.count)


def _first(page: int, count: int) -> int:
    """How many rows stand before the page, or before the last one there is."""
    pages = max(1, -(-count // ROWS_PER_PAGE))
    return (min(page, pages) - 1) * ROWS_PER_PAGE


def _picked(frame: Frame, rows: list[Compared], ids: list[int]) -> list[Compared]:
    """The rows of these products, in this order."""
    by_sku = {row.key: row for row in rows if row.key}
    skus = {pk: sku for sku, pk in links.product_ids(frame.principal, list(by_sku)).items()}
    return [by_sku[skus[pk]] for pk in ids if pk in skus]


def _by_default(frame: Frame) -> Dimension:
    """The level below the one that the filters name."""
    state: State = frame.state
    if state.product:
        return Dimension.STORE if len(frame.chosen) > 1 else Dimension.DAY
    if state.category or len(frame.chosen) == 1:
        return Dimension.CATEGORY
    regions = {store.region_id for store in frame.chosen}
    return Dimension.REGION if len(regions) > 1 and not state.regions else Dimension.STORE

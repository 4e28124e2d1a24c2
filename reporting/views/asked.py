"""Reports as the pages ask for them: the filters of the URL, decimal strings read as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from epm.platform.calendars import Period
from reporting.kpis.kpi import Dimension, numbers
from reporting.selectors.cached import report
from reporting.selectors.kpis import KpiReport
from reporting.views.frame import Frame

LONGEST_BY_DAY: Final = 400

Figures = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Row:
    key: str | None
    label: str
    kpis: Figures


@dataclass(frozen=True, slots=True)
class Answer:
    """One report, its decimal strings read as what they are."""

    period: Period
    by: Dimension | None
    rows: Sequence[Row]
    total: Figures
    currency: str

    def by_key(self) -> dict[str | None, Figures]:
        return {row.key: row.kpis for row in self.rows}


def ask(
    frame: Frame,
    period: Period,
    *,
    kpis: Sequence[str],
    by: str | None = None,
    everywhere: bool = False,
    only: Sequence[int] | None = None,
    of_rows: Sequence[str] | None = None,
) -> Answer:
    """The figures of `period` for the places and goods of the URL; `everywhere`: of all in scope.

    `only`: of rows by product just these. `of_rows`: what rows are to tell of it. Raise what
    `report` refuses.
    """
    state, product = frame.state, frame.product
    said = report(
        principal=frame.principal,
        start=period.start,
        end=period.end,
        by=by,
        stores=() if everywhere else state.stores,
        regions=() if everywhere else state.regions,
        category=None if everywhere else state.category,
        product=None if everywhere or product is None else product.sku,
        kpis=kpis,
        last_year=state.last_year,
        only=only,
        of_rows=of_rows,
    )
    frame.known_as_of(said.as_of)
    return answer(said)


def answer(said: KpiReport) -> Answer:
    return Answer(
        period=said.period,
        by=said.by,
        rows=[Row(row.key, row.label, numbers(row.kpis)) for row in said.rows],
        total=numbers(said.total),
        currency=said.currency or "",
    )

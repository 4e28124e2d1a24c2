"""Reports as the pages ask for them: the filters of the URL, decimal strings read as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from epm.platform.calendars import Period
from reporting.kpis.kpi import Dimension, numbers
from reporting.selectors.cached import reports
from reporting.selectors.kpis import Ask, KpiReport
from reporting.views.frame import Frame

LONGEST_BY_DAY: Final = 400

Figures = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Row:
    key: str | None
    label: str
    kpis: Figures
    currency: str


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report of the places and goods of the URL; see `reporting.selectors.kpis.Ask`.

    `as_now`: of what is known now, whatever the URL says.
    """

    period: Period
    kpis: Sequence[str]
    by: str | None = None
    only: Sequence[int] | None = None
    of_rows: Sequence[str] | None = None
    as_now: bool = False


def ask(frame: Frame, period: Period, *, kpis: Sequence[str], by: str | None = None) -> Answer:
    """One report alone. Raise what `reports` refuses."""
    return ask_together(frame, [Wanted(period, kpis, by)])[0]


def ask_together(frame: Frame, wanted: Sequence[Wanted]) -> list[Answer]:
    """An answer to each, read at once. Raise what `reports` refuses."""
    state, product = frame.state, frame.product
    said = reports(
        principal=frame.principal,
        asked=[
            Ask(
                start=one.period.start,
                end=one.period.end,
                by=one.by,
                stores=state.stores,
                regions=state.regions,
                category=state.category,
                product=None if product is None else product.sku,
                kpis=one.kpis,
                last_year=state.last_year,
                known_at=None if one.as_now else state.known_at,
                only=one.only,
                of_rows=one.of_rows,
            )
            for one in wanted
        ],
    )
    frame.known_as_of(said[0].as_of)
    return [answer(report) for report in said]


def answer(said: KpiReport) -> Answer:
    return Answer(
        period=said.period,
        by=said.by,
        rows=[Row(row.key, row.label, numbers(row.kpis), row.currency or "") for row in said.rows],
        total=numbers(said.total),
        currency=said.currency or "",
    )

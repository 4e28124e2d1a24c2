"""The rows of a report: which windows to read, and what each row of them adds up to."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from epm.access.selectors.scope import Principal
from reporting.kpis.figures import SUMS, Figures
from reporting.kpis.kpi import Dimension
from reporting.kpis.periods import (
    DAY,
    LastYear,
    Period,
    a_year_before,
    full_months,
    just_before,
    last_of_month,
    month_before,
)
from reporting.selectors import labels, sums
from reporting.selectors.places import Places
from reporting.selectors.sums import Key, Statement

COUNTS: Final = frozenset({"covered_lines", "transactions", "piece_transactions"})
IN_TIME: Final = (Dimension.DAY, Dimension.MONTH)
OWN: Final = frozenset({sums.NOW, sums.TICKETS, sums.TARGET})
"""Parts about the period itself: a row they do not know has nothing to say."""
NEEDS_TARGET: Final = frozenset({"target", "attainment"})
NEEDS_FIRST_DAY: Final = frozenset({"growth_previous", "growth_last_year"})


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked; `category` is an id, `codes` are those of the wanted KPIs."""

    principal: Principal
    places: Places
    period: Period
    by: Dimension | None
    category: int | None
    last_year: LastYear
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """One row. `one_currency`: all its stores have the same."""

    key: str | None
    label: str
    figures: Figures
    one_currency: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` is read on its own, never added up from ratios."""

    as_of: datetime
    rows: list[Answered]
    total: Figures


def answer(question: Question) -> Answer:
    """Read and add up, in one statement."""
    as_of, found = _statement(question).run()
    table = _Table(question)
    for row in found:
        table.take(row)
    total, rows = table.finished()
    return Answer(
        as_of=as_of,
        rows=[
            Answered(label.key, label.text, figures, label.one_currency)
            for label, figures in labels.in_order(
                rows, by=question.by, places=question.places, principal=question.principal
            )
        ],
        total=total,
    )


def _statement(question: Question) -> Statement:
    places = question.places
    statement = Statement(
        store_ids=places.ids,
        all_stores=places.everything,
        category_id=question.category,
        by=question.by,
    )
    statement.add_now(question.period)
    if "growth_previous" in question.codes:
        _add_previous(statement, question)
    if "growth_last_year" in question.codes:
        _add_last_year(statement, question)
    if question.codes & NEEDS_FIRST_DAY:
        statement.add_first_day()
    if question.category is None and question.codes & NEEDS_TARGET:
        statement.add_target(question.period)
    if question.category is None and "customers" in question.codes:
        statement.add_customers(question.period)
    return statement


def _add_previous(statement: Statement, question: Question) -> None:
    period, by = question.period, question.by
    before = just_before(period)
    if by not in IN_TIME:
        statement.add_net(sums.PREVIOUS, before)
        return
    statement.add_net(sums.PREVIOUS, before, rows=False)
    if by is Dimension.DAY:
        each = Period(period.start - DAY, period.end - DAY)
        statement.add_net(sums.PREVIOUS, each, key="b.day + 1", total=False)
    elif months := full_months(period):
        each = Period(month_before(months.start), months.end.replace(day=1) - DAY)
        key = "(date_trunc('month', b.day::timestamp) + interval '1 month')::date"
        statement.add_net(sums.PREVIOUS, each, key=key, total=False)


def _add_last_year(statement: Statement, question: Question) -> None:
    period, by = question.period, question.by
    before = a_year_before(period, mode=question.last_year)
    if by not in IN_TIME:
        statement.add_net(sums.LAST_YEAR, before)
        return
    day = "b.day + 364" if question.last_year == "weekday" else "(b.day + interval '1 year')::date"
    if by is Dimension.MONTH:
        key = f"date_trunc('month', ({day})::timestamp)::date"
    elif question.last_year == "date":
        # 29 February has no such date a year later.
        key = f"CASE WHEN ({day} - interval '1 year')::date = b.day THEN {day} END"
    else:
        key = day
    statement.add_net(sums.LAST_YEAR, before, key=key)


class _Table:
    """Rows and total as the statement's parts come in."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.total = Figures()
        self.rows: dict[Key, Figures] = {}
        self.shown: set[Key] = set()
        self.first_days: dict[Key, date] = {}
        self.first_day: date | None = None

    def take(self, row: sums.Row) -> None:
        figures = self.total if row.is_total else self.rows.setdefault(row.key, Figures())
        if not row.is_total and row.part in OWN:
            self.shown.add(row.key)
        match row.part:
            case sums.NOW | sums.TICKETS:
                _take_sums(figures, row)
            case sums.TARGET:
                figures.target, on_target_days = row.sums[:2]
                figures.on_target_days_ht = on_target_days or Decimal(0)
            case sums.PREVIOUS:
                figures.previous_ht = row.sums[0]
            case sums.LAST_YEAR:
                figures.last_year_ht = row.sums[0]
            case sums.CUSTOMERS:
                figures.customers = int(row.sums[0])
            case _:
                self._take_first_day(row)

    def finished(self) -> tuple[Figures, dict[Key, Figures]]:
        """The total and the rows that have something of their own to say."""
        rows = {key: self.rows[key] for key in self.shown}
        period = self.question.period
        if "customers" in self.question.codes:
            for figures in (self.total, *rows.values()):
                figures.customers = figures.customers or 0
        self._without_half_known_bases(self.total, now=period, first=self.first_day)
        for key, figures in rows.items():
            first = self.first_days.get(key, self.first_day)
            self._without_half_known_bases(figures, now=self._days_of(key), first=first)
        return self.total, rows

    def _take_first_day(self, row: sums.Row) -> None:
        if row.sums[0] is None:
            return
        day = sums.EPOCH + timedelta(days=int(row.sums[0]))
        if row.is_total:
            self.first_day = day
        elif self.question.by in (Dimension.STORE, Dimension.REGION):
            self.first_days[row.key] = day

    def _days_of(self, key: Key) -> Period:
        """The days of the period that the row is about."""
        period = self.question.period
        if not isinstance(key, date):
            return period
        if self.question.by is Dimension.DAY:
            return Period(key, key)
        return Period(max(key, period.start), min(last_of_month(key), period.end))

    def _without_half_known_bases(
        self, figures: Figures, *, now: Period, first: date | None
    ) -> None:
        """A window that begins before the first sale is no base to compare with."""
        before = just_before(now).start
        if self.question.by is Dimension.MONTH and figures is not self.total:
            before = month_before(now.start.replace(day=1))
        if first is None or before < first:
            figures.previous_ht = None
        if first is None or a_year_before(now, mode=self.question.last_year).start < first:
            figures.last_year_ht = None


def _take_sums(figures: Figures, row: sums.Row) -> None:
    if row.part == sums.TICKETS:
        named = zip(("transactions", "piece_transactions"), row.sums, strict=False)
    else:
        named = zip(SUMS, row.sums, strict=True)
    for name, value in named:
        if value is not None:
            setattr(figures, name, int(value) if name in COUNTS else value)

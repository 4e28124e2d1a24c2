"""The rows of a report: which windows to read, and what each row of them adds up to."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Final

from epm.platform.calendars import (
    Period,
    PeriodKind,
    a_year_before,
    just_before,
    periods_of,
)
from reporting.kpis.figures import Beside, Figures, ToDate
from reporting.kpis.kpi import IN_TIME, Dimension
from reporting.kpis.registry import (
    DEPEND_ON_TODAY,
    NEEDS_AREA,
    NEEDS_FOOTFALL,
    NEEDS_LABOUR,
)
from reporting.selectors import labels, stock, sums, together
from reporting.selectors.question import Question
from reporting.selectors.spans import span
from reporting.selectors.statement import (
    AREA,
    COMPARABLE,
    FOOTFALL,
    LABOUR,
    TO_DATE,
    TRADING_STORES,
    Statement,
)
from reporting.selectors.sums import Key
from reporting.selectors.sums_goods import OF_TICKETS
from reporting.selectors.windows import Windows

COUNTS: Final = frozenset({"covered_lines", "transactions", "piece_transactions"})
OWN: Final = frozenset({sums.NOW, sums.TICKETS, sums.TARGET, FOOTFALL, LABOUR})
"""Parts about the period itself: a row they do not know has nothing to say."""
NEEDS_TARGET: Final = DEPEND_ON_TODAY | {"target", "attainment"}
NEEDS_FIRST_DAY: Final = frozenset({"growth_previous", "growth_last_year"})


@dataclass(frozen=True, slots=True)
class Answered:
    """One row. `currency`: the one of all its stores, else None."""

    key: str | None
    label: str
    figures: Figures
    currency: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`total` is read on its own, never added up from ratios.

    `currency`: the one of all stores that traded in the days read together; else None.
    """

    as_of: datetime
    currency: str | None
    rows: list[Answered]
    total: Figures


def answers(questions: Sequence[Question]) -> list[Answer]:
    """Read in one statement, and added up; the sums of stock, where asked for, in those after."""
    windows = Windows()
    of_sales = [question for question in questions if stock.reads_sales(question.codes)]
    periods = set(chain.from_iterable(question.periods for question in of_sales))
    as_of, sales = questions[0].now, iter(list[list[sums.Row]]())
    if of_sales:
        statements = [_statement(question, windows, periods) for question in of_sales]
        as_of, found = together.run(statements, windows=windows)
        sales = iter(found)
    stocks = stock.read(questions)
    return [
        _answer(each, next(sales) if stock.reads_sales(each.codes) else (), stocks, as_of=as_of)
        for each in questions
    ]


def _answer(
    question: Question, found: Sequence[sums.Row], stocks: stock.Stock, *, as_of: datetime
) -> Answer:
    table = _Table(question)
    for row in found:
        table.take(row)
    total, rows = table.finished()
    currencies = {table.currency} - {None} | stocks.add_to(question, total, rows)
    currency = currencies.pop() if len(currencies) == 1 else None
    return Answer(
        as_of=as_of,
        currency=currency,
        rows=[
            Answered(label.key, label.text, figures, label.currency)
            for label, figures in labels.in_order(
                rows, by=question.by, places=question.places, principal=question.principal
            )
        ],
        total=total,
    )


def _statement(question: Question, windows: Windows, periods: Collection[Period]) -> Statement:
    places = question.places
    statement = Statement(
        store_ids=places.ids,
        all_stores=places.everything,
        category_id=question.category,
        product_id=question.product,
        by=question.by,
        only=question.only,
        known_at=question.known_at,
        columns=question.columns,
        windows=windows,
    )
    if question.by is Dimension.REGION:
        statement.parameters["regions"] = [place.region_id for place in places.stores]
    if question.by is Dimension.RETAIL_MONTH:
        months = periods_of(PeriodKind.RETAIL_MONTH, question.period)
        statement.parameters["rows"] = [month.start for month in months]
    statement.add_now(question.period)
    if "growth_previous" in question.codes:
        statement.add_previous(question.period)
    if "growth_last_year" in question.codes:
        statement.add_last_year(question.period, mode=question.last_year)
    if question.codes & NEEDS_FIRST_DAY:
        statement.add_first_day()
    if places.currency is None:
        statement.add_trading_stores(periods)
    if not statement.goods.narrowed:
        _add_what_goods_do_not_have(statement, question)
    return statement


def _add_what_goods_do_not_have(statement: Statement, question: Question) -> None:
    if question.codes & NEEDS_TARGET:
        statement.add_target(question.period, rows=question.rows_need(NEEDS_TARGET))
    if question.codes & DEPEND_ON_TODAY:
        of_rows = question.rows_need(DEPEND_ON_TODAY)
        statement.add_to_date(question.period, now=question.now, rows=of_rows)
    for part, codes in ((FOOTFALL, NEEDS_FOOTFALL), (LABOUR, NEEDS_LABOUR)):
        if question.codes & codes:
            statement.add_beside(part, question.period, rows=question.rows_need(codes))
    if question.codes & NEEDS_AREA:
        statement.add_area(question.period, rows=question.rows_need(NEEDS_AREA))
    if "like_for_like" in question.codes:
        of_rows = question.rows_need({"like_for_like"})
        statement.add_like_for_like(question.period, mode=question.last_year, rows=of_rows)
    if "customers" in question.codes:
        statement.add_customers(question.period)


class _Table:
    """Rows and total as the statement's parts come in."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.columns = question.columns
        self.total = Figures()
        self.rows: dict[Key, Figures] = {}
        self.shown: set[Key] = set()
        self.first_days: dict[Key, date] = {}
        self.first_day: date | None = None
        self.currency = question.places.currency

    def take(self, row: sums.Row) -> None:
        figures = self.total if row.is_total else self.rows.setdefault(row.key, Figures())
        if not row.is_total and row.part in OWN:
            self.shown.add(row.key)
        if row.part == sums.FIRST_DAY:
            self._take_first_day(row)
        elif row.part == TRADING_STORES:
            currencies, store_id = row.sums[:2]
            if currencies == 1:
                self.currency = self.question.places.currency_of(store_id)
        elif row.part == sums.NOW:
            _add(figures, self.columns, row)
        else:
            TAKERS[row.part](figures, row)

    def finished(self) -> tuple[Figures, dict[Key, Figures]]:
        """The total and the rows that have something of their own to say."""
        rows = {key: self.rows[key] for key in self.shown}
        if "customers" in self.question.codes:
            for figures in (self.total, *rows.values()):
                figures.customers = figures.customers or 0
        self._without_half_known_bases(self.total, first=self.first_day)
        for key, figures in rows.items():
            first = self.first_days.get(key, self.first_day)
            self._without_half_known_bases(figures, key=key, first=first)
        return self.total, rows

    def _take_first_day(self, row: sums.Row) -> None:
        if row.sums[0] is None:
            return
        day = sums.EPOCH + timedelta(days=int(row.sums[0]))
        if row.is_total:
            self.first_day = day
        elif self.question.by in (Dimension.STORE, Dimension.REGION):
            self.first_days[row.key] = day

    def _without_half_known_bases(
        self, figures: Figures, *, key: Key = None, first: date | None
    ) -> None:
        """A window that begins before the first sale is no base to compare with."""
        before, year_before = self._bases(key)
        if first is None or (before and before.start < first):
            figures.previous_ht = None
        if first is None or year_before.start < first:
            figures.last_year_ht = None

    def _bases(self, key: Key) -> tuple[Period | None, Period]:
        """What a row, or without a key the total, is compared with."""
        period, by, mode = self.question.period, self.question.by, self.question.last_year
        if by in IN_TIME and isinstance(key, date):
            row = span(by, key, within=period, last_year=mode)
            return row.previous, row.last_year
        return just_before(period), a_year_before(period, mode=mode)


def _add(figures: Figures, names: Sequence[str], row: sums.Row) -> None:
    """Tickets of facts and of lines come apart."""
    for name, value in zip(names, row.sums, strict=False):
        if value is not None:
            more = int(value) if name in COUNTS else value
            setattr(figures, name, getattr(figures, name) + more)


def _take_tickets(figures: Figures, row: sums.Row) -> None:
    _add(figures, OF_TICKETS, row)


def _take_target(figures: Figures, row: sums.Row) -> None:
    figures.target, on_target_days = row.sums[:2]
    figures.on_target_days_ht = on_target_days or Decimal(0)


def _take_to_date(figures: Figures, row: sums.Row) -> None:
    figures.to_date = ToDate(*row.sums[:5])


def _beside(row: sums.Row) -> Beside:
    counted, compared, at_tills = row.sums[:3]
    return Beside(counted, compared, at_tills or Decimal(0))


def _take_footfall(figures: Figures, row: sums.Row) -> None:
    figures.footfall = _beside(row)


def _take_labour(figures: Figures, row: sums.Row) -> None:
    figures.labour = _beside(row)


def _take_area(figures: Figures, row: sums.Row) -> None:
    figures.area_m2, figures.on_area_ht = row.sums[:2]


def _take_comparable(figures: Figures, row: sums.Row) -> None:
    """A store that sold nothing now still sold something then."""
    now, then = row.sums[:2]
    figures.comparable_ht, figures.comparable_last_year_ht = now or Decimal(0), then


def _take_previous(figures: Figures, row: sums.Row) -> None:
    figures.previous_ht = row.sums[0]


def _take_last_year(figures: Figures, row: sums.Row) -> None:
    figures.last_year_ht = row.sums[0]


def _take_customers(figures: Figures, row: sums.Row) -> None:
    figures.customers = int(row.sums[0])


TAKERS: Final[Mapping[int, Callable[[Figures, sums.Row], None]]] = {
    sums.TICKETS: _take_tickets,
    sums.PREVIOUS: _take_previous,
    sums.LAST_YEAR: _take_last_year,
    sums.TARGET: _take_target,
    sums.CUSTOMERS: _take_customers,
    TO_DATE: _take_to_date,
    COMPARABLE: _take_comparable,
    FOOTFALL: _take_footfall,
    LABOUR: _take_labour,
    AREA: _take_area,
}

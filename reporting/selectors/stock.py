"""The stock behind reports: which sums of the ledger of stock a question needs, and where they go.

Read right after the sums of sales, each set of stores, days and goods once for all that ask.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from inventory.selectors.stock_sums import StockAnswer, StockAsk, StockSums, stock_sums
from reporting.kpis import stock
from reporting.kpis.figures import Figures
from reporting.kpis.kpi import IN_TIME, Dimension
from reporting.selectors.question import Question
from reporting.selectors.spans import spans
from reporting.selectors.sums import Key

BYS: Final[Mapping[Dimension | None, tuple[str, ...]]] = {
    None: ("none",), Dimension.STORE: ("store",), Dimension.REGION: ("store",),
    Dimension.CATEGORY: ("category",), Dimension.PRODUCT: ("none", "product"),
} | dict.fromkeys(IN_TIME, ("none", "day"))  # fmt: skip


@dataclass(slots=True)
class Stock:
    """What was read, by what was asked."""

    found: dict[StockAsk, StockAnswer] = field(default_factory=dict)

    def add_to(
        self, question: Question, total: Figures, rows: dict[Key, Figures]
    ) -> frozenset[str]:
        """Put the sums where they belong; the currencies of the stores that have stock."""
        if not reads_stock(question.codes):
            return frozenset()
        answer = self.found.get(_asked(question))
        if answer is None:
            return frozenset()
        total.stock = answer.total
        for key, sums in _rows(question, answer).items():
            if question.only is None or key in question.only:
                rows.setdefault(key, Figures()).stock = sums
        return frozenset(question.places.currency_of(store) for store in answer.begun)


def read(questions: Sequence[Question]) -> Stock:
    """All of the stock that these questions ask about."""
    asked: dict[StockAsk, list[Question]] = {}
    for question in questions:
        if reads_stock(question.codes) and question.places.ids:
            asked.setdefault(_asked(question), []).append(question)
    return Stock({ask: _answer(ask, alike) for ask, alike in asked.items()})


def _answer(ask: StockAsk, questions: Sequence[Question]) -> StockAnswer:
    codes = frozenset().union(*(question.codes for question in questions))
    bys = {by for question in questions for by in BYS[question.by]}
    return stock_sums(
        ask,
        principal=questions[0].principal,
        bys=sorted(bys),
        demand=not stock.NEEDS_DEMAND.isdisjoint(codes),
        out=not stock.NEEDS_OUT.isdisjoint(codes),
    )


def reads_stock(codes: Iterable[str]) -> bool:
    return not stock.CODES.isdisjoint(codes)


def reads_sales(codes: frozenset[str]) -> bool:
    return not codes <= stock.ONLY_STOCK


def _asked(question: Question) -> StockAsk:
    """Days to come have no stock yet."""
    return StockAsk(
        stores=tuple(question.places.ids),
        first=question.period.start,
        last=max(question.period.start, min(question.period.end, question.now.date())),
        category=question.category,
        product=question.product,
    )


def _rows(question: Question, answer: StockAnswer) -> Mapping[Key, StockSums]:
    by = question.by
    if by is None:
        return {}
    if by in IN_TIME:
        return _in_time(question, answer)
    if by is not Dimension.REGION:
        return dict(answer.rows[BYS[by][-1]].items())
    found: dict[Key, StockSums] = {}
    regions = {place.id: place.region_id for place in question.places.stores}
    for store, sums in answer.rows["store"].items():
        region = regions[store or 0]
        found[region] = found.get(region, StockSums()) + sums
    return found


def _in_time(question: Question, answer: StockAnswer) -> dict[Key, StockSums]:
    found: dict[Key, StockSums] = {}
    for span in spans(question.by, within=question.period, last_year=question.last_year):  # type: ignore[arg-type]
        last: date = min(span.days.end, answer.ask.last)
        if last >= span.days.start and answer.counted(span.days.start, last):
            found[span.key] = answer.during(span.days.start, last)
    return found

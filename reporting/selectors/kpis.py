"""Key figures of a period: the one door for screen, API, command and file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any, Final, Required, TypedDict, Unpack

from django.utils import timezone
from django.utils.translation import gettext as _

from epm.access.selectors.scope import Principal
from epm.platform.calendars import LastYear, Period, PeriodKind, period_of
from epm.platform.refusals import Kind, Refusal
from inventory.selectors.categories import categories_visible_to
from reporting.kpis.figures import Figures
from reporting.kpis.kpi import Dimension, Kpi
from reporting.kpis.registry import NOT_AS_KNOWN, REGISTRY
from reporting.selectors import known, places, rows
from reporting.selectors.goods import product_by_sku
from reporting.selectors.question import Question

NAMED: Final = tuple(kind for kind in PeriodKind if kind is not PeriodKind.FREE)
"""Kinds of period that a day is enough to name."""
YEARS: Final = range(2000, 2200)


class BadPeriod(Refusal):
    code = "reporting/bad-period"
    title = "The period is not one"
    kind = Kind.INVALID


class UnknownDimension(Refusal):
    code = "reporting/unknown-dimension"
    title = "There are no rows by that"
    kind = Kind.INVALID


class UnknownKpi(Refusal):
    code = "reporting/unknown-kpi"
    title = "There is no such key figure"
    kind = Kind.INVALID


class UnknownCategory(Refusal):
    code = "reporting/unknown-category"
    title = "There is no such category"
    kind = Kind.MISSING


@dataclass(frozen=True, slots=True)
class KpiRow:
    """One row: `key` is a code, an ISO day or month; None gathers what has none.

    `currency` is that of its amounts: of its own stores, where the report's are of several.
    """

    key: str | None
    label: str
    currency: str | None
    kpis: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class KpiReport:
    """Figures as decimal strings, rounded as the registry says; None is “n/a”.

    `currency` is None when the stores that traded in the days read together have several: then the
    total tells nothing in money, and a row only what its own stores have in one currency.
    """

    period: Period
    by: Dimension | None
    as_of: datetime
    currency: str | None
    rows: Sequence[KpiRow]
    total: Mapping[str, str | None]
    known_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """The shape every door shows."""
        known = {} if self.known_at is None else {"known_at": self.known_at.isoformat()}
        return known | {
            "from": self.period.start.isoformat(),
            "to": self.period.end.isoformat(),
            "by": self.by.value if self.by else None,
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "rows": [
                {
                    "key": row.key,
                    "label": row.label,
                    "currency": row.currency,
                    "kpis": dict(row.kpis),
                }
                for row in self.rows
            ],
            "total": dict(self.total),
        }


class Words(TypedDict, total=False):
    """See `Ask`."""

    start: Required[date]
    end: Required[date]
    by: str | None
    stores: Sequence[str]
    regions: Sequence[str]
    category: str | None
    product: str | None
    kpis: Sequence[str] | None
    last_year: LastYear
    known_at: datetime | None
    only: Sequence[int] | None
    of_rows: Sequence[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one report is asked.

    `stores` and `regions` (codes) narrow each other. `category` keeps goods in it or below it; rows
    by category are then its children. `product` (a SKU) keeps its sales only. `kpis` None: all but
    those that are computed on request only. `known_at`: of the sales recorded until that moment,
    whatever came in later; figures of targets and of stock are then n/a. `only`: of rows by product
    just these (ids); the total stays that of all. `of_rows`: the key figures, of those asked for,
    that rows are to tell; None: all.
    """

    start: date
    end: date
    by: str | None = None
    stores: Sequence[str] = ()
    regions: Sequence[str] = ()
    category: str | None = None
    product: str | None = None
    kpis: Sequence[str] | None = None
    last_year: LastYear = "weekday"
    known_at: datetime | None = None
    only: Sequence[int] | None = None
    of_rows: Sequence[str] | None = None


def period_asked(
    *, start: date | None, end: date | None, kind: str | None, on: date | None, today: date
) -> Period:
    """The days that a door's words name: from and to, or the period of a kind that `on` is in.

    Left out, `on` and `end` are today and `start` is the first of the month. Raises BadPeriod when
    both are given, or a day without its period.
    """
    if kind is None:
        if on is not None:
            raise BadPeriod(_("“on” is the day of a “period”: say which."))
        end = end or today
        return Period(start or end.replace(day=1), end)
    if start is not None or end is not None:
        raise BadPeriod(_("Give “from” and “to”, or “period” and “on”, not both."))
    on = on or today
    _within_years(on, on)
    return period_of(PeriodKind(kind), on)


def report(*, principal: Principal, **words: Unpack[Words]) -> KpiReport:
    """Key figures of the business days start..end, inclusive, of the stores `principal` sees."""
    return reports(principal=principal, asked=[Ask(**words)])[0]


def reports(*, principal: Principal, asked: Sequence[Ask]) -> list[KpiReport]:
    """An answer to each, all of one moment.

    Exact at any moment: what was written since the last refresh is read from the ledger, in the
    same statement. Money is in the stores' currency. Raises BadPeriod, UnknownDimension,
    UnknownKpi, UnknownCategory, UnknownProduct, UnknownStore, UnknownRegion, NotYetKnown,
    NotSettled.
    """
    known.refuse_unsettled(ask.known_at for ask in asked)
    category, product = cache(partial(category_id, principal)), cache(partial(_product, principal))
    questions = [
        _question(principal, ask, category=category(ask.category), product=product(ask.product))
        for ask in asked
    ]
    return [
        _report(ask, question, answer)
        for ask, question, answer in zip(asked, questions, rows.answers(questions), strict=True)
    ]


def _question(
    principal: Principal, ask: Ask, *, category: int | None, product: int | None
) -> Question:
    return Question(
        principal=principal,
        period=_period(ask.start, ask.end),
        by=_dimension(ask.by),
        codes=frozenset(kpi.code for kpi in _can_be_told(_wanted(ask.kpis), ask)),
        places=places.chosen(principal=principal, stores=ask.stores, regions=ask.regions),
        category=category,
        product=product,
        last_year=ask.last_year,
        now=timezone.now(),
        known_at=ask.known_at,
        only=None if ask.only is None else tuple(ask.only),
        of_rows=None if ask.of_rows is None else frozenset(ask.of_rows),
    )


def _report(ask: Ask, question: Question, answer: rows.Answer) -> KpiReport:
    """The answer as text; a figure that is not exact of these goods or rows is n/a."""
    wanted, currency = _wanted(ask.kpis), answer.currency
    of_rows = [kpi for kpi in wanted if ask.of_rows is None or kpi.code in ask.of_rows]
    narrowed = set() if ask.category is None else {Dimension.CATEGORY}
    if ask.product is not None:
        narrowed.add(Dimension.PRODUCT)
    can_be_told = _can_be_told(wanted, ask)
    exact = [kpi for kpi in can_be_told if kpi.dimensions.issuperset(narrowed)]
    parts = narrowed | {question.by} - {None}
    exact_of_rows = [
        kpi for kpi in can_be_told if kpi in of_rows and kpi.dimensions.issuperset(parts)
    ]
    return KpiReport(
        period=question.period,
        by=question.by,
        as_of=ask.known_at or answer.as_of,
        currency=currency,
        rows=[
            KpiRow(
                row.key,
                row.label,
                currency or row.currency,
                dict.fromkeys(kpi.code for kpi in of_rows)
                | _told(row.figures, exact_of_rows, currency=currency or row.currency),
            )
            for row in answer.rows
        ],
        total=dict.fromkeys(kpi.code for kpi in wanted)
        | _told(answer.total, exact, currency=currency),
        known_at=ask.known_at,
    )


def _can_be_told(kpis: Sequence[Kpi], ask: Ask) -> list[Kpi]:
    """Of what was known at a moment, only what the ledger of sales says."""
    return [kpi for kpi in kpis if ask.known_at is None or kpi.code not in NOT_AS_KNOWN]


def _told(figures: Figures, kpis: Sequence[Kpi], *, currency: str | None) -> dict[str, str | None]:
    """Each figure as text, but for those that would add amounts of two currencies."""
    if currency is None:
        kpis = [kpi for kpi in kpis if not kpi.in_money and not kpi.made_of_money]
    return {kpi.code: kpi.told(kpi.of(figures), currency=currency) for kpi in kpis}


def _period(start: date, end: date) -> Period:
    if end < start:
        raise BadPeriod(_("The period ends before it begins."))
    _within_years(start, end)
    return Period(start, end)


def _within_years(start: date, end: date) -> None:
    if start.year not in YEARS or end.year not in YEARS:
        raise BadPeriod(_("The period must lie within 2000 to 2199."))


def _dimension(by: str | None) -> Dimension | None:
    if by is None:
        return None
    try:
        return Dimension(by)
    except ValueError as error:
        known = ", ".join(Dimension)
        raise UnknownDimension(
            _("“%(by)s” is not one of: %(known)s.") % {"by": by, "known": known}, by=by
        ) from error


def _wanted(codes: Sequence[str] | None) -> list[Kpi]:
    if codes is None:
        return [kpi for kpi in REGISTRY.values() if not kpi.on_request]
    for code in codes:
        if code not in REGISTRY:
            raise UnknownKpi(_("There is no key figure “%(code)s”.") % {"code": code}, kpi=code)
    return [REGISTRY[code] for code in dict.fromkeys(codes)]


def _product(principal: Principal, sku: str | None) -> int | None:
    return None if sku is None else product_by_sku(principal, sku=sku)


def category_id(principal: Principal, code: str | None) -> int | None:
    """Of the code, in any case; None of None. Raise UnknownCategory."""
    if code is None:
        return None
    found = categories_visible_to(principal).filter(code__iexact=code).first()
    if found is None:
        raise UnknownCategory(_("There is no category “%(code)s”.") % {"code": code}, category=code)
    return int(found.pk)

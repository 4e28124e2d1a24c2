"""Periods by kind: which one a day is in, the one before, the one a year before."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from django.conf import settings

from epm.platform.calendars.periods import (
    DAY,
    WEEK,
    LastYear,
    Period,
    PeriodKind,
    a_year_before,
    just_before,
    last_of_month,
)
from epm.platform.calendars.retail import RetailCalendar

IN_A_ROW: Final = (
    PeriodKind.DAY,
    PeriodKind.WEEK,
    PeriodKind.RETAIL_MONTH,
    PeriodKind.MONTH,
    PeriodKind.QUARTER,
)
"""Kinds of which each day has exactly one, and one follows the other."""


def retail_calendar() -> RetailCalendar:
    """That of the setting EPM_RETAIL_CALENDAR."""
    calendar: RetailCalendar = settings.EPM_RETAIL_CALENDAR
    return calendar


def period_of(kind: PeriodKind, on: date) -> Period:
    """The whole period `on` is in, or the one that ends with it.

    Raise ValueError for FREE, which has none.
    """
    if kind not in _PERIOD_OF:
        raise ValueError(kind)
    return _PERIOD_OF[kind](on)


def periods_of(kind: PeriodKind, days: Period) -> Iterator[Period]:
    """The whole periods that the days touch, in order, of a kind IN_A_ROW."""
    if kind not in IN_A_ROW:
        raise ValueError(kind)
    start = days.start
    while start <= days.end:
        period = period_of(kind, start)
        yield period
        start = period.end + DAY


def previous(kind: PeriodKind, period: Period) -> Period:
    """The period before: a whole one before a whole one, the same part of it before a part.

    A year to date is compared with the year before, to the same date. What has no neighbour of its
    kind is compared with as many days just before.
    """
    if kind is PeriodKind.YEAR_TO_DATE:
        return a_year_before(period, mode="date")
    if kind is PeriodKind.DAY or kind not in IN_A_ROW:
        return just_before(period)
    whole = period_of(kind, period.start)
    if period.end > whole.end:
        return just_before(period)
    return _same_part(period, of=whole, in_=period_of(kind, whole.start - DAY))


def last_year(kind: PeriodKind, period: Period, mode: LastYear) -> Period:
    """What `period` is compared with a year before.

    `weekday`: 364 days earlier; for weeks and retail months that restates a 53-week year (without
    its first week), and week 53 itself meets week 1 of its own year. `date`: the same dates; for
    weeks and retail months the one of the same number, not restated, week 53 meets week 52.
    """
    if mode == "weekday" or kind not in (PeriodKind.WEEK, PeriodKind.RETAIL_MONTH):
        return a_year_before(period, mode=mode)
    whole = period_of(kind, period.start)
    if period.end > whole.end:
        return a_year_before(period, mode=mode)
    return _same_part(period, of=whole, in_=_of_the_same_number(kind, whole))


def holds_week_53(kind: PeriodKind, period: Period) -> bool:
    """Whether a week or retail month has a week 53: no year before it has its equal."""
    if kind is PeriodKind.WEEK:
        return period.start.isocalendar().week == 53
    if kind is PeriodKind.RETAIL_MONTH:
        return retail_calendar().week_of(period.end)[1] == 53
    return False


def _of_the_same_number(kind: PeriodKind, whole: Period) -> Period:
    if kind is PeriodKind.WEEK:
        year, week, _weekday = whole.start.isocalendar()
        try:
            start = date.fromisocalendar(year - 1, week, 1)
        except ValueError:  # no week 53
            start = date.fromisocalendar(year - 1, 52, 1)
        return _week(start)
    year, month = retail_calendar().month_of(whole.start)
    return retail_calendar().months(year - 1)[month - 1]


def _same_part(part: Period, *, of: Period, in_: Period) -> Period:
    """The days of `in_` that stand where `part` stands in `of`; its end stands for its end."""
    start = in_.start + (part.start - of.start)
    end = in_.end if part.end == of.end else min(in_.start + (part.end - of.start), in_.end)
    return Period(start, end)


def _week(on: date) -> Period:
    monday = on - on.weekday() * DAY
    return Period(monday, monday + WEEK - DAY)


def _retail_month(on: date) -> Period:
    year, month = retail_calendar().month_of(on)
    return retail_calendar().months(year)[month - 1]


def _quarter(on: date) -> Period:
    first = (on.month - 1) // 3 * 3 + 1
    return Period(date(on.year, first, 1), last_of_month(date(on.year, first + 2, 1)))


def _rolling(days: int) -> Callable[[date], Period]:
    return lambda on: Period(on - timedelta(days=days - 1), on)


_PERIOD_OF: Final[Mapping[PeriodKind, Callable[[date], Period]]] = {
    PeriodKind.DAY: lambda on: Period(on, on),
    PeriodKind.WEEK: _week,
    PeriodKind.RETAIL_MONTH: _retail_month,
    PeriodKind.MONTH: lambda on: Period(on.replace(day=1), last_of_month(on)),
    PeriodKind.QUARTER: _quarter,
    PeriodKind.YEAR_TO_DATE: lambda on: Period(on.replace(month=1, day=1), on),
    PeriodKind.ROLLING_7: _rolling(7),
    PeriodKind.ROLLING_28: _rolling(28),
    PeriodKind.ROLLING_364: _rolling(364),
}

"""Rows in time: the days each is about, and the days it is compared with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Final

from epm.platform import calendars
from epm.platform.calendars import LastYear, Period, PeriodKind
from reporting.kpis.kpi import Dimension

KINDS: Final[Mapping[Dimension, PeriodKind]] = {
    Dimension.DAY: PeriodKind.DAY,
    Dimension.WEEK: PeriodKind.WEEK,
    Dimension.RETAIL_MONTH: PeriodKind.RETAIL_MONTH,
    Dimension.MONTH: PeriodKind.MONTH,
    Dimension.QUARTER: PeriodKind.QUARTER,
}


@dataclass(frozen=True, slots=True)
class Span:
    """One row: `days` of the period asked, in a week or month that begins on `key`.

    A part of one is compared with nothing before it, and with the same part a year before.
    """

    key: date
    days: Period
    previous: Period | None
    last_year: Period


def span(by: Dimension, key: date, *, within: Period, last_year: LastYear) -> Span:
    kind = KINDS[by]
    whole = calendars.period_of(kind, key)
    days = whole.within(within)
    return Span(
        key=key,
        days=days,
        previous=calendars.previous(kind, whole) if days == whole else None,
        last_year=calendars.last_year(kind, days, last_year),
    )


def spans(by: Dimension, *, within: Period, last_year: LastYear) -> list[Span]:
    """The rows of a period, in order."""
    return [
        span(by, whole.start, within=within, last_year=last_year)
        for whole in calendars.periods_of(KINDS[by], within)
    ]


def in_pairs(
    now: Period, then: Period, *, by_date: bool
) -> Iterator[tuple[date | None, date | None]]:
    """Each day with the one it is compared with; None where there is none."""
    if not by_date:
        yield from zip_longest(now, then)
        return
    partners = {_year_before(day): day for day in now}
    partners.pop(None, None)
    yield from ((day, _year_before(day)) for day in now)
    yield from ((None, day) for day in then if day not in partners)


def _year_before(day: date) -> date | None:
    leap_day = (day.month, day.day) == (2, 29)
    return None if leap_day else day.replace(year=day.year - 1)

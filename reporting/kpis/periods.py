"""Which days a period is compared with."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

LastYear = Literal["weekday", "date"]
DAY: Final = timedelta(days=1)
SAME_WEEKDAY: Final = timedelta(days=364)


@dataclass(frozen=True, slots=True)
class Period:
    """Business days, both ends inclusive; empty when it ends before it starts."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def just_before(period: Period) -> Period:
    """As many days, ending the day before."""
    return Period(period.start - period.days * DAY, period.start - DAY)


def a_year_before(period: Period, *, mode: LastYear) -> Period:
    """The days 364 days earlier, or the same dates a year earlier.

    By date, 29 February stands for the end of February: a period that ends with February is
    compared with one that does; one that starts on the 29th with one from 1 March.
    """
    if mode == "weekday":
        return Period(period.start - SAME_WEEKDAY, period.end - SAME_WEEKDAY)
    start, end = period.start, period.end
    if (start.month, start.day) == (2, 29):
        start = start + DAY
    if end.month == 2 and end == last_of_month(end):
        end = last_of_month(date(end.year - 1, 2, 1))
    else:
        end = end.replace(year=end.year - 1)
    return Period(start.replace(year=start.year - 1), end)


def last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first - DAY).replace(day=1)


def full_months(period: Period) -> Period | None:
    """The part of the period made of whole calendar months; None without one."""
    start = period.start if period.start.day == 1 else last_of_month(period.start) + DAY
    end = period.end if period.end == last_of_month(period.end) else period.end.replace(day=1) - DAY
    return Period(start, end) if start <= end else None

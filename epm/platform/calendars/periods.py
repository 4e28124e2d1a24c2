"""Runs of days, and what stands just before them or a year before."""

import calendar
import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

LastYear = Literal["weekday", "date"]
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
SAME_WEEKDAY: Final = timedelta(days=364)


class PeriodKind(enum.StrEnum):
    DAY = "day"
    WEEK = "week"
    RETAIL_MONTH = "retail_month"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR_TO_DATE = "year_to_date"
    ROLLING_7 = "rolling_7"
    ROLLING_28 = "rolling_28"
    ROLLING_364 = "rolling_364"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Period:
    """Business days, both ends inclusive; empty when it ends before it starts."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __iter__(self) -> Iterator[date]:
        return (self.start + number * DAY for number in range(self.days))

    def within(self, other: "Period") -> "Period":
        """The days of both."""
        return Period(max(self.start, other.start), min(self.end, other.end))

    def moved(self, by: timedelta) -> "Period":
        return Period(self.start + by, self.end + by)


def just_before(period: Period) -> Period:
    """As many days, ending the day before."""
    return period.moved(-period.days * DAY)


def a_year_before(period: Period, *, mode: LastYear) -> Period:
    """The days 364 days earlier, or the same dates a year earlier.

    By date, 29 February stands for the end of February: a period that ends with February is
    compared with one that does; one that starts on the 29th with one from 1 March.
    """
    if mode == "weekday":
        return period.moved(-SAME_WEEKDAY)
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

"""Whole months within a period."""

from datetime import date

from epm.platform.calendars import (
    DAY,
    SAME_WEEKDAY,
    LastYear,
    Period,
    a_year_before,
    just_before,
    last_of_month,
)

__all__ = [
    "DAY",
    "SAME_WEEKDAY",
    "LastYear",
    "Period",
    "a_year_before",
    "full_months",
    "just_before",
    "last_of_month",
    "month_before",
]


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first - DAY).replace(day=1)


def full_months(period: Period) -> Period | None:
    """The part of the period made of whole calendar months; None without one."""
    start = period.start if period.start.day == 1 else last_of_month(period.start) + DAY
    end = period.end if period.end == last_of_month(period.end) else period.end.replace(day=1) - DAY
    return Period(start, end) if start <= end else None

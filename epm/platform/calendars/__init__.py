"""Calendars of a shop: ISO weeks, retail months, months, quarters, what each is compared with."""

from epm.platform.calendars.kinds import (
    IN_A_ROW,
    holds_week_53,
    last_year,
    period_of,
    periods_of,
    previous,
    retail_calendar,
)
from epm.platform.calendars.names import key, label
from epm.platform.calendars.periods import (
    DAY,
    SAME_WEEKDAY,
    LastYear,
    Period,
    PeriodKind,
    a_year_before,
    just_before,
    last_of_month,
)
from epm.platform.calendars.retail import RetailCalendar

__all__ = [
    "DAY",
    "IN_A_ROW",
    "SAME_WEEKDAY",
    "LastYear",
    "Period",
    "PeriodKind",
    "RetailCalendar",
    "a_year_before",
    "holds_week_53",
    "just_before",
    "key",
    "label",
    "last_of_month",
    "last_year",
    "period_of",
    "periods_of",
    "previous",
    "retail_calendar",
]

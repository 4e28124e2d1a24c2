"""The calendars' words that reports are asked in."""

from epm.platform.calendars import SAME_WEEKDAY, LastYear, Period, a_year_before, just_before

__all__ = ["SAME_WEEKDAY", "LastYear", "Period", "a_year_before", "just_before"]

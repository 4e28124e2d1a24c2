"""The retail calendar: years of 52 or 53 whole weeks, quarters of 13, months of 4 or 5.

The last day of a year is the weekday nearest to (or the last one in) the month it closes with. A
year is named after the calendar year that holds most of it. A 53rd week is the last month's.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from epm.platform.calendars.periods import DAY, WEEK, Period, last_of_month

PATTERNS: Final = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
ANCHORS: Final = ("nearest", "last")


@dataclass(frozen=True, slots=True)
class RetailCalendar:
    """By default that of the NRF in 4-4-5: weeks from Sunday, to the Saturday nearest 31 January.

    `week_start`: 0 for Monday … 6 for Sunday. `closes_with`: the month whose end is the anchor.
    """

    pattern: str = "4-4-5"
    week_start: int = 6
    anchor: str = "nearest"
    closes_with: int = 1

    @classmethod
    def read(cls, text: str) -> Self:
        """`4-4-5`, or `4-4-5 sunday nearest january`. Raise ValueError for anything else."""
        words = text.lower().split()
        words += ["sunday", "nearest", "january"][max(len(words) - 1, 0) :]
        known = (PATTERNS, WEEKDAYS, ANCHORS, MONTHS)
        if len(words) != 4 or any(word not in of for word, of in zip(words, known, strict=True)):
            raise ValueError(f"“{text}” is not a retail calendar.")
        pattern, week_start, anchor, closes_with = words
        return cls(pattern, WEEKDAYS.index(week_start), anchor, MONTHS.index(closes_with) + 1)

    def year(self, number: int) -> Period:
        return Period(self._last_day(number - 1) + DAY, self._last_day(number))

    def year_of(self, day: date) -> int:
        number = day.year
        while day > self._last_day(number):
            number += 1
        while day <= self._last_day(number - 1):
            number -= 1
        return number

    def has_53_weeks(self, year: int) -> bool:
        return self.year(year).days == 53 * WEEK.days

    def weeks(self, year: int, *, restated: bool = False) -> Sequence[Period]:
        """52 or 53 weeks; `restated`: a 53-week year without its first, to be compared with."""
        whole = self.year(year)
        weeks = [
            Period(whole.start + number * WEEK, whole.start + number * WEEK + 6 * DAY)
            for number in range(whole.days // WEEK.days)
        ]
        return weeks[1:] if restated and len(weeks) == 53 else weeks

    def months(self, year: int, *, restated: bool = False) -> Sequence[Period]:
        """Twelve months of the pattern; a 53rd week belongs to the last unless `restated`."""
        weeks = self.weeks(year, restated=restated)
        ends = list(itertools.accumulate(PATTERNS[self.pattern] * 4))
        ends[-1] = len(weeks)
        starts = [0, *ends[:-1]]
        return [
            Period(weeks[first].start, weeks[end - 1].end)
            for first, end in zip(starts, ends, strict=True)
        ]

    def month_of(self, day: date) -> tuple[int, int]:
        """The year, and the month's number in it from 1 to 12."""
        year = self.year_of(day)
        for number, month in enumerate(self.months(year), 1):
            if day in month:
                return year, number
        raise AssertionError(day)

    def week_of(self, day: date) -> tuple[int, int]:
        """The year, and the week's number in it from 1 to 53."""
        year = self.year_of(day)
        return year, (day - self.year(year).start) // WEEK + 1

    def _last_day(self, year: int) -> date:
        month = self.closes_with
        anchor = last_of_month(date(year + 1 if month <= 6 else year, month, 1))
        back = (anchor.weekday() - (self.week_start - 1)) % 7
        if self.anchor == "nearest" and back > 3:
            return anchor + (7 - back) * DAY
        return anchor - back * DAY

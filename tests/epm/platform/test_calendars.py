"""Which week, month, quarter and retail month a day is in, and what each is compared with."""

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from epm.platform.calendars import (
    DAY,
    IN_A_ROW,
    Period,
    PeriodKind,
    RetailCalendar,
    holds_week_53,
    key,
    label,
    last_year,
    period_of,
    periods_of,
    previous,
    retail_calendar,
)

NRF = RetailCalendar()
CALENDARS = [
    NRF,
    RetailCalendar.read("4-5-4"),
    RetailCalendar.read("5-4-4"),
    RetailCalendar.read("4-4-5 monday last december"),
    RetailCalendar.read("4-5-4 sunday last august"),
    RetailCalendar.read("5-4-4 thursday nearest june"),
]
YEARS = range(2000, 2051)
days = st.dates(date(2001, 1, 1), date(2050, 12, 31))
kinds = st.sampled_from(IN_A_ROW)


def period(text):
    start, _, end = text.partition("..")
    return Period(date.fromisoformat(start), date.fromisoformat(end))


class TestIsoWeeks:
    def test_the_years_of_53_weeks(self):
        years = {
            week.start.isocalendar().year
            for week in periods_of(PeriodKind.WEEK, period("2015-01-01..2040-12-31"))
            if holds_week_53(PeriodKind.WEEK, week)
        }

        assert years == {2015, 2020, 2026, 2032, 2037}

    @pytest.mark.parametrize(
        ("on", "named", "days"),
        [
            ("2026-11-21", "2026-W47", "2026-11-16..2026-11-22"),
            ("2027-01-01", "2026-W53", "2026-12-28..2027-01-03"),
            ("2024-12-30", "2025-W01", "2024-12-30..2025-01-05"),
        ],
    )
    def test_are_named_by_the_iso_year(self, on, named, days):
        week = period_of(PeriodKind.WEEK, date.fromisoformat(on))

        assert week == period(days)
        assert key(PeriodKind.WEEK, week) == named

    @pytest.mark.parametrize(
        ("week", "weekday", "by_number"),
        [
            ("2026-11-16..2026-11-22", "2025-W47", "2025-W47"),
            ("2026-12-28..2027-01-03", "2026-W01", "2025-W52"),
            ("2027-01-04..2027-01-10", "2026-W02", "2026-W01"),
            ("2027-12-27..2028-01-02", "2026-W53", "2026-W52"),
        ],
    )
    def test_a_year_before(self, week, weekday, by_number):
        def named(mode):
            return key(PeriodKind.WEEK, last_year(PeriodKind.WEEK, period(week), mode))

        assert (named("weekday"), named("date")) == (weekday, by_number)


@pytest.mark.parametrize("calendar", CALENDARS, ids=str)
class TestRetailCalendars:
    def test_each_day_is_in_exactly_one_week_and_month(self, calendar):
        first, last = calendar.year(2000).start, calendar.year(2050).end
        for cut in (calendar.weeks, calendar.months):
            told = [day for year in YEARS for part in cut(year) for day in part]

            assert told == list(Period(first, last))

    def test_years_have_52_or_53_weeks_and_follow_each_other(self, calendar):
        for year in YEARS:
            days = calendar.year(year).days
            assert days == (371 if calendar.has_53_weeks(year) else 364)
            assert calendar.year(year).end + DAY == calendar.year(year + 1).start
            assert calendar.year(year).start.weekday() == calendar.week_start

    def test_months_are_of_the_pattern_and_the_last_takes_week_53(self, calendar):
        pattern = [int(weeks) for weeks in calendar.pattern.split("-")] * 4
        for year in YEARS:
            expected = [*pattern[:-1], pattern[-1] + calendar.has_53_weeks(year)]
            assert [month.days // 7 for month in calendar.months(year)] == expected

    def test_a_restated_year_has_52_weeks_and_lies_364_days_before_the_next(self, calendar):
        for year in YEARS:
            restated = calendar.months(year, restated=True)
            assert [month.days // 7 for month in restated] == [
                int(weeks) for weeks in calendar.pattern.split("-")
            ] * 4
            assert len(calendar.weeks(year, restated=True)) == 52
            assert restated[0].start + timedelta(days=364) == calendar.year(year + 1).start

    @given(day=days)
    def test_a_day_knows_its_week_and_month(self, calendar, day):
        year, week = calendar.week_of(day)
        assert day in calendar.weeks(year)[week - 1]
        year, month = calendar.month_of(day)
        assert day in calendar.months(year)[month - 1]


class TestNrf:
    def test_the_years_of_53_weeks(self):
        years = [year for year in range(2000, 2035) if NRF.has_53_weeks(year)]

        assert years == [2000, 2006, 2012, 2017, 2023, 2028, 2034]

    def test_2026(self):
        assert NRF.year(2026) == period("2026-02-01..2027-01-30")

    def test_2023_restated_drops_its_first_week(self):
        assert NRF.year(2023) == period("2023-01-29..2024-02-03")
        assert NRF.months(2023, restated=True)[0] == period("2023-02-05..2023-03-04")
        assert NRF.months(2023)[0] == period("2023-01-29..2023-02-25")

    @pytest.mark.parametrize(
        ("month", "restated", "by_number"),
        [
            ("2024-02-04..2024-03-02", "2023-02-05..2023-03-04", "2023-01-29..2023-02-25"),
            ("2025-02-02..2025-03-01", "2024-02-04..2024-03-02", "2024-02-04..2024-03-02"),
            # six weeks, the last one week 53: it meets the year's own first week, or nothing
            ("2023-12-24..2024-02-03", "2022-12-25..2023-02-04", "2022-12-25..2023-01-28"),
        ],
    )
    def test_a_year_before(self, month, restated, by_number):
        kind = PeriodKind.RETAIL_MONTH

        assert period_of(kind, period(month).start) == period(month)
        assert last_year(kind, period(month), "weekday") == period(restated)
        assert last_year(kind, period(month), "date") == period(by_number)

    def test_week_53_is_flagged_where_it_lies(self):
        flagged = [
            key(PeriodKind.RETAIL_MONTH, month)
            for month in periods_of(PeriodKind.RETAIL_MONTH, period("2023-01-29..2025-02-01"))
            if holds_week_53(PeriodKind.RETAIL_MONTH, month)
        ]

        assert flagged == ["2023-P12"]


@pytest.mark.parametrize("text", ["4-4-4", "", "4-4-5 someday", "4-4-5 sunday nearest january x"])
def test_a_calendar_that_is_none_is_not_read(text):
    with pytest.raises(ValueError, match="is not a retail calendar"):
        RetailCalendar.read(text)


def test_the_setting_says_which_calendar(settings):
    settings.EPM_RETAIL_CALENDAR = RetailCalendar.read("5-4-4")

    assert retail_calendar().pattern == "5-4-4"
    assert period_of(PeriodKind.RETAIL_MONTH, date(2026, 2, 1)).days == 35


ON_21_NOVEMBER = [
    ("day", "2026-11-21..2026-11-21", "2026-11-20..2026-11-20", "2025-11-21..2025-11-21"),
    ("week", "2026-11-16..2026-11-22", "2026-11-09..2026-11-15", "2025-11-17..2025-11-23"),
    ("retail_month", "2026-11-01..2026-11-28", "2026-09-27..2026-10-31", "2025-11-02..2025-11-29"),
    ("month", "2026-11-01..2026-11-30", "2026-10-01..2026-10-31", "2025-11-01..2025-11-30"),
    ("quarter", "2026-10-01..2026-12-31", "2026-07-01..2026-09-30", "2025-10-01..2025-12-31"),
    ("year_to_date", "2026-01-01..2026-11-21", "2025-01-01..2025-11-21", "2025-01-01..2025-11-21"),
    ("rolling_7", "2026-11-15..2026-11-21", "2026-11-08..2026-11-14", "2025-11-15..2025-11-21"),
    ("rolling_28", "2026-10-25..2026-11-21", "2026-09-27..2026-10-24", "2025-10-25..2025-11-21"),
    ("rolling_364", "2025-11-23..2026-11-21", "2024-11-24..2025-11-22", "2024-11-23..2025-11-21"),
]


@pytest.mark.parametrize(("kind", "now", "before", "year_before"), ON_21_NOVEMBER)
def test_each_kind_with_what_it_is_compared_with(kind, now, before, year_before):
    found = period_of(PeriodKind(kind), date(2026, 11, 21))

    assert found == period(now)
    assert previous(PeriodKind(kind), found) == period(before)
    assert last_year(PeriodKind(kind), found, "date") == period(year_before)
    aligned = last_year(PeriodKind(kind), found, "weekday")
    assert (found.start - aligned.start, aligned.days) == (timedelta(days=364), found.days)


def test_free_has_no_period_of_its_own():
    with pytest.raises(ValueError, match="free"):
        period_of(PeriodKind.FREE, date(2026, 11, 21))
    with pytest.raises(ValueError, match="rolling_7"):
        list(periods_of(PeriodKind.ROLLING_7, period("2026-11-01..2026-11-21")))


@given(kind=kinds, start=days, length=st.integers(0, 800))
def test_periods_in_a_row_cover_each_day_once(kind, start, length):
    asked = Period(start, start + timedelta(days=length))
    told = [day for part in periods_of(kind, asked) for day in part.within(asked)]

    assert told == list(asked)


@given(kind=kinds, day=days)
def test_the_one_before_ends_the_day_before(kind, day):
    now = period_of(kind, day)
    before = previous(kind, now)

    assert before == period_of(kind, now.start - DAY)
    assert before.end + DAY == now.start


@pytest.mark.parametrize(
    ("kind", "part", "before"),
    [
        ("month", "2026-11-01..2026-11-21", "2026-10-01..2026-10-21"),
        ("month", "2026-03-01..2026-03-30", "2026-02-01..2026-02-28"),
        ("month", "2026-11-10..2026-11-30", "2026-10-10..2026-10-31"),
        ("week", "2026-11-16..2026-11-18", "2026-11-09..2026-11-11"),
        ("quarter", "2026-10-01..2026-11-21", "2026-07-01..2026-08-21"),
        ("month", "2026-10-05..2026-11-21", "2026-08-18..2026-10-04"),
    ],
)
def test_a_part_is_compared_with_the_same_part(kind, part, before):
    assert previous(PeriodKind(kind), period(part)) == period(before)


def test_a_part_of_a_week_a_year_before_is_the_same_part():
    part = period("2026-12-29..2027-01-03")

    assert last_year(PeriodKind.WEEK, part, "date") == period("2025-12-23..2025-12-28")


@pytest.mark.parametrize(
    ("kind", "days", "named", "english", "french"),
    [
        ("day", "2026-11-01..2026-11-01", "2026-11-01", "1 November 2026", "1er novembre 2026"),
        ("month", "2026-11-01..2026-11-30", "2026-11", "November 2026", "novembre 2026"),
        ("quarter", "2026-10-01..2026-12-31", "2026-Q4", "Q4 2026", None),
        ("week", "2026-11-16..2026-11-22", "2026-W47", "Week 47 of 2026", None),
        (
            "retail_month",
            "2026-11-01..2026-11-28",
            "2026-P10",
            "Period 10 of 2026 (4 weeks)",
            None,
        ),
        (
            "rolling_7",
            "2026-11-15..2026-11-21",
            "2026-11-15..2026-11-21",
            "15 November 2026 to 21 November 2026",
            None,
        ),
        ("month", "2026-11-01..2026-11-02", "2026-11", "1 November 2026 to 2 November 2026", None),
    ],
)
def test_names(kind, days, named, english, french):
    assert key(PeriodKind(kind), period(days)) == named
    with translation.override("en"):
        assert label(PeriodKind(kind), period(days)) == english
    if french:
        with translation.override("fr"):
            assert label(PeriodKind(kind), period(days)) == french

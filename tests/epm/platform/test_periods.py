"""Which days a period is compared with."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epm.platform.calendars import Period, a_year_before, just_before

days = st.dates(date(2001, 1, 1), date(2050, 12, 31))


def period(text):
    start, _, end = text.partition("..")
    return Period(date.fromisoformat(start), date.fromisoformat(end))


@given(start=days, length=st.integers(0, 400))
def test_just_before_is_as_long_and_touches(start, length):
    now = Period(start, start + timedelta(days=length))
    before = just_before(now)

    assert before.days == now.days
    assert before.end + timedelta(days=1) == now.start


@given(start=days, length=st.integers(0, 400))
def test_by_weekday_each_day_meets_its_own_weekday(start, length):
    now = Period(start, start + timedelta(days=length))
    before = a_year_before(now, mode="weekday")

    assert before.days == now.days
    assert before.start.weekday() == now.start.weekday()


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2025-03-10..2025-04-02", "2024-03-10..2024-04-02"),
        ("2025-02-01..2025-02-28", "2024-02-01..2024-02-29"),
        ("2024-02-01..2024-02-29", "2023-02-01..2023-02-28"),
        ("2024-02-29..2024-03-05", "2023-03-01..2023-03-05"),
        ("2025-02-10..2025-02-27", "2024-02-10..2024-02-27"),
    ],
)
def test_by_date_february_ends_when_it_ends(now, before):
    assert a_year_before(period(now), mode="date") == period(before)


def test_by_date_29_february_alone_has_no_such_day():
    assert a_year_before(period("2024-02-29..2024-02-29"), mode="date").days == 0

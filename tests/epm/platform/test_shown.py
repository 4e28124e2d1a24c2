"""Days and moments as people of each language read them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from epm.platform import shown

FIRST, OTHER = date(2026, 11, 1), date(2026, 11, 21)


@pytest.mark.parametrize(
    ("day", "language", "told"),
    [
        (FIRST, "en", "1 Nov."),
        (FIRST, "fr", "1er nov."),
        (OTHER, "en", "21 Nov."),
        (OTHER, "fr", "21 nov."),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french_on_an_axis_too(day, language, told):
    with translation.override(language):
        assert shown.short_day(day) == told


@pytest.mark.parametrize(
    ("day", "language", "told"),
    [
        (FIRST, "en", "1 November 2026, 11:01 UTC"),
        (FIRST, "fr", "1er novembre 2026 11:01 UTC"),
        (OTHER, "fr", "21 novembre 2026 11:01 UTC"),
    ],
)
def test_a_moment_is_told_in_the_zone_it_came_in(day, language, told):
    at = datetime(day.year, day.month, day.day, 11, 1, tzinfo=UTC)

    with translation.override(language):
        assert shown.moment(at) == told

"""A moment in words: a day, which means its end in UTC, or a time with its offset."""

import re
from datetime import UTC, date, datetime, time
from typing import Final

DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME: Final = re.compile(
    DAY.pattern + r"T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
YEARS: Final = range(2000, 2200)


def moment(text: str) -> datetime:
    """In UTC: of a day its last microsecond. Raise ValueError for any other spelling.

    2026-03-03 · 2026-03-03T18:00:00+01:00 · 2026-03-03T17:00Z
    """
    if DAY.fullmatch(text):
        found = datetime.combine(date.fromisoformat(text), time.max, UTC)
    elif TIME.fullmatch(text):
        found = _in_utc(datetime.fromisoformat(text))
    else:
        raise ValueError(text)
    if found.year not in YEARS:
        raise ValueError(text)
    return found


def said(at: datetime) -> str:
    """The shortest words that `moment` reads as `at`."""
    at = at.astimezone(UTC)
    if at.time() == time.max:
        return at.date().isoformat()
    return at.isoformat().replace("+00:00", "Z")


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(at) from error

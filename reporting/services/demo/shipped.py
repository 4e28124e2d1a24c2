"""What the demo ships, and how far it is moved; demo/README.md tells where it comes from."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

FOLDER: Final = Path(settings.BASE_DIR) / "demo"
FIRST_DAY: Final = date(2017, 10, 1)
LAST_DAY: Final = date(2017, 12, 31)
ZONE: Final = ZoneInfo("America/New_York")
WEEK: Final = 7


def days_to_last_weekend(*, now: datetime) -> int:
    """By how many days, a multiple of seven, the sales are moved.

    Their last day is a Sunday, so weekdays are kept only if they end on one: the last Sunday that
    is over in the stores' time zone, the day after last Saturday.
    """
    yesterday = now.astimezone(ZONE).date() - timedelta(days=1)
    return (yesterday - LAST_DAY).days // WEEK * WEEK

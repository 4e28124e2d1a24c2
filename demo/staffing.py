"""The invented visitors and hours worked: who came beside those who bought, and who served them.

README.md tells the rules in words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from zlib import crc32

FOOTFALL: Final = ("store", "date", "hour", "visitors")
LABOUR: Final = ("store", "date", "hour", "hours")
FIRST_DAY: Final = date(2017, 10, 1)
OPEN: Final = range(8, 22)
BUSY: Final = frozenset({11, 12, 16, 17, 18, 19})
WEEKEND: Final = frozenset({5, 6, 7})
PASSERS: Final = {"343": 3, "361": 2, "367": 5, "381": 3, "406": 4, "31782": 2}
"""In how many hours one comes who buys nothing: in one of so many, twice as often when busy."""

Row = tuple[str, ...]


def of(lines: Iterable[Mapping[str, str]]) -> tuple[list[Row], list[Row]]:
    """Visitors and hours worked by store, day and hour, from the first day to the store's last."""
    baskets: dict[tuple[str, date, int], set[str]] = defaultdict(set)
    last: dict[str, date] = {}
    for line in lines:
        store, at = line["store_id"], datetime.fromisoformat(line["sold_at"])
        day = at.date()
        baskets[store, day, at.hour].add(line["basket_id"])
        last[store] = max(last.get(store, day), day)
    visitors: list[Row] = []
    worked: list[Row] = []
    for store, day in _days(last):
        for hour in range(24):
            bought = len(baskets.get((store, day, hour), ()))
            if hour not in OPEN and not bought:
                continue
            named = (store, str(day), str(hour))
            visitors.append((*named, str(bought + _passers(store, day, hour))))
            worked.append((*named, _hours(day, hour)))
    return visitors, worked


def _days(last: Mapping[str, date]) -> Iterator[tuple[str, date]]:
    for store in sorted(last):
        for number in range((last[store] - FIRST_DAY).days + 1):
            yield store, FIRST_DAY + timedelta(days=number)


def _passers(store: str, day: date, hour: int) -> int:
    """By a checksum of the hour's name: no chance, and the same on every machine."""
    drawn = crc32(f"{store} {day} {hour}".encode())
    every = PASSERS[store]
    return (drawn % every == 0) + (hour in BUSY and drawn // 97 % every == 0)


def _hours(day: date, hour: int) -> str:
    """One person from 8 to 22, a second one for half of each busy hour from Friday to Sunday."""
    return "1.5" if hour in BUSY and day.isoweekday() in WEEKEND else "1"

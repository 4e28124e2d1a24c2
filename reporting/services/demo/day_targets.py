"""Targets of calendar months out of the demo's weekday targets, wherever the sales are moved."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from reporting.services.demo import shipped

DAY: Final = timedelta(days=1)
TENS: Final = Decimal("1E1")
AHEAD: Final = timedelta(days=7)  # the month we are in has its target although nothing is sold yet


def write(*, path: Path, shift_days: int) -> None:
    """Write the store targets of every month that begins within the moved sales, in USD excl. tax.

    A month's target is the sum over the days the store is open, rounded to ten dollars; a day
    weighs what its weekday should sell, and nothing once the store is closed. The first, partly
    covered month has none: half of its days would have a target and no sales.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("store", "month", "amount", "weights"))
        writer.writerows(_months(timedelta(days=shift_days)))


def _months(shift: timedelta) -> Iterator[tuple[str, str, str, str]]:
    by_weekday = {
        (row["store"], int(row["weekday"])): Decimal(row["amount"])
        for row in _rows("daily_targets.csv")
    }
    closing = {
        row["code"]: date.fromisoformat(row["closed_on"]) + shift if row["closed_on"] else date.max
        for row in _rows("stores.csv")
    }
    first, last = shipped.FIRST_DAY + shift, shipped.LAST_DAY + shift + AHEAD
    for month in _beginning_within(first, last):
        for store, closed_on in closing.items():
            weights = [
                by_weekday[store, day.isoweekday()] if day <= closed_on else Decimal(0)
                for day in _days_of(month)
            ]
            if amount := sum(weights, Decimal(0)):
                yield (
                    store,
                    f"{month:%Y-%m}",
                    f"{amount.quantize(TENS):f}",
                    "|".join(map(str, weights)),
                )


def _beginning_within(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        day = first + number * DAY
        if day.day == 1:
            yield day


def _days_of(month: date) -> Iterator[date]:
    day = month
    while day.month == month.month:
        yield day
        day += DAY


def _rows(name: str) -> list[dict[str, str]]:
    with (shipped.FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

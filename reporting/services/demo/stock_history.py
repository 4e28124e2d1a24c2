"""The invented stock of the demo: what came, broke and was counted between the sales."""

import csv
import gzip
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from inventory.services import stock_history
from reporting.services.demo import shipped

SERIES: Final = UUID("6f2f7b4e-5f0c-4d5c-9a3d-0d7f3f1d9b61")


def book(*, shift_days: int) -> None:
    """Book every document of the shipped history, moved; what is booked already stays.

    The goods that came come before the sales that took them, so that no sale finds a shelf empty.
    """
    stock_history.book(rows=_rows(timedelta(days=shift_days)), series=SERIES, by="demo")


def _rows(shift: timedelta) -> Iterator[tuple[datetime, dict[str, str]]]:
    path = shipped.FOLDER / "stock_movements.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            moment = datetime.fromisoformat(row["at"]) + shift
            yield moment.replace(tzinfo=shipped.ZONE), row

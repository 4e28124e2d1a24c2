"""How a file probably writes numbers and times, by its samples. What may be two is left open."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from epm.imports.fields import Field

NUMBERS: Final = {"number", "integer"}
TIMES: Final = {"moment", "date", "month"}
ISO: Final = "%Y-%m-%d"
DATES: Final = (
    ISO, "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d",
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
    "%d %b %Y", "%d-%b-%Y", "%b %d, %Y",
)  # fmt: skip
CLOCKS: Final = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M", "T%H:%M:%S")
SIGNS: Final = "€$£%"
COMMA: Final = re.compile(r"[+-]?(\d{1,3}([ .'’]\d{3})+,\d+|\d+,(\d{1,2}|\d{4,})|0,\d+)")
POINT: Final = re.compile(r"[+-]?(\d{1,3}([ ,'’]\d{3})+\.\d+|\d*\.(\d{1,2}|\d{4,})|0\.\d+)")
EITHER: Final = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
GROUPED: Final = re.compile(r"\d([ .,'])\d{3}(?!\d)")


@dataclass(frozen=True, slots=True)
class Written:
    """None: nothing in the samples says so. A doubt: they could be read in two ways."""

    decimal_mark: str | None = None
    thousands: str | None = None
    strip: str | None = None
    dates: tuple[str, ...] | None = None
    doubtful_numbers: bool = False
    doubtful_dates: bool = False


def written(
    samples: Mapping[str, Sequence[str]], *, given: Mapping[str, str], fields: Sequence[Field]
) -> Written:
    """`samples`: column → its first cells; `given`: column → field. Columns of no field count too,
    if they look like a number or a day.
    """
    types = {field.name: field.type for field in fields}
    numbers: list[str] = []
    times: dict[str, list[Sequence[str]]] = {}
    for column, cells in samples.items():
        kind = types.get(given.get(column, ""))
        if kind in NUMBERS or (column not in given and _all(cells, COMMA, POINT)):
            numbers += cells
        if kind in TIMES or (column not in given and _are_days(cells)):
            times.setdefault(given.get(column, f"+{column}"), []).append(cells)
    rows = [
        " ".join(filter(None, (text.strip() for text in parts)))
        for columns in times.values()
        for parts in zip(*columns, strict=True)
    ]
    mark, thousands, strip, doubtful = _numbers([text for text in numbers if text.strip()])
    dates = _dates([row for row in rows if row and not re.fullmatch(r"\d{4}-?\d{2}", row)])
    return Written(mark, thousands, strip, dates or None, doubtful, dates == ())


def _numbers(texts: Sequence[str]) -> tuple[str | None, str | None, str | None, bool]:
    """Decimal mark, thousands, signs to strip, and whether the mark could be either."""
    strip = "".join(sign for sign in SIGNS if any(sign in text for text in texts)) or None
    bare = [_bare(text) for text in texts]
    comma = [text for text in bare if COMMA.fullmatch(text)]
    point = [text for text in bare if POINT.fullmatch(text)]
    if bool(comma) == bool(point):
        return None, None, strip, bool(comma) or any(map(EITHER.fullmatch, bare))
    mark = "," if comma else "."
    found = {m[1] for text in bare for m in GROUPED.finditer(text)} - {mark}
    return mark, found.pop() if len(found) == 1 else None, strip, False


def _bare(text: str) -> str:
    return re.sub(r"\s", " ", text).strip(SIGNS + " ")


def _dates(texts: Sequence[str]) -> tuple[str, ...] | None:
    """The formats to write in the mapping: none needed is None, undecided is empty."""
    read = {day: {i: fmt for i, text in enumerate(texts) if (fmt := _reads(text, day))}
            for day in DATES}  # fmt: skip
    best = max(DATES, key=lambda day: len(read[day]))
    if not texts or (best == ISO and read[ISO]):
        return None
    clear = all(set(read[d]) < set(read[best]) for d in DATES if d != best)
    if not clear or 2 * len(read[best]) < len(texts):
        return ()
    return tuple(dict.fromkeys(sorted(read[best].values(), key=len, reverse=True)))


def _reads(text: str, day: str) -> str | None:
    """The format beginning with `day` that reads all of `text`."""
    for clock in CLOCKS:
        with suppress(ValueError):
            datetime.strptime(text, day + clock)  # noqa: DTZ007 - only whether it can be read
            return day + clock
    return None


def _all(cells: Sequence[str], *shapes: re.Pattern[str]) -> bool:
    texts = [_bare(text) for text in cells if text.strip()]
    return bool(texts) and all(any(s.fullmatch(text) for s in shapes) for text in texts)


def _are_days(cells: Sequence[str]) -> bool:
    texts = [text.strip() for text in cells if text.strip()]
    return bool(texts) and all(
        any(_reads(text, day) for day in DATES if day != "%Y%m%d") for text in texts
    )

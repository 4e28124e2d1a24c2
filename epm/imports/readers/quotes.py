"""Line ends and quotation marks: where lines end, where a quote opens, what a bad one leaves."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Dialect:
    """`quote` "" means that there are no quoted cells."""

    delimiter: str
    quote: str


class Reader(Protocol):
    """What csv.reader returns."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def strict_reader(lines: Iterable[str], dialect: Dialect) -> Reader:
    """Refuses text after a closing quote: the sign that the quote was another's."""
    return csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)


def lenient_reader(lines: Iterable[str], dialect: Dialect) -> Reader:
    """Reads as most programs do, whatever the quotation marks."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )


def is_unfinished(error: csv.Error) -> bool:
    return "end of data" in str(error)


def is_too_long(error: csv.Error) -> bool:
    return "field limit" in str(error)


def line_ends(text: str) -> int:
    """How many lines end in `text`, be it with LF, CR or CRLF."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def last_line_end(text: str) -> int:
    """Where the text's last whole line ends. A CR at the very end may be half of a CRLF."""
    return max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1


def opened_and_not_closed(text: str, dialect: Dialect) -> int | None:
    """On which of the record's lines, from 0, a quote opens that only a later line closes, or none.

    `text` is a record that a strict reader refuses.
    """
    quote, position = dialect.quote, 0
    cell_end = re.compile(f"[{re.escape(dialect.delimiter)}\r\n]")
    while position < len(text):
        if text.startswith(quote, position):
            closed = _closing(text, position + 1, quote)
            opened_on = line_ends(text[:position])
            if closed is None:
                return opened_on
            after = text[closed + 1 : closed + 2]
            if after not in {"", dialect.delimiter, "\r", "\n"} and line_ends(
                text[position:closed]
            ):
                return opened_on
            position = closed + 1
        end = cell_end.search(text, position)
        position = end.end() if end else len(text)
    return None


def _closing(text: str, position: int, quote: str) -> int | None:
    while (position := text.find(quote, position)) >= 0:
        if not text.startswith(quote, position + 1):
            return position
        position += 2
    return None

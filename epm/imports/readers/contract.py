"""What a reader takes, what it gives, and the bounds that keep a hostile file from hurting us."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.refusals import Kind, Refusal

MAX_COLUMNS = 1_000
MAX_CELL = 1 << 20  # characters
MAX_LINE = 16 << 20  # characters, and so for a quoted record of several lines
MAX_RECORD_LINES = 1_000  # a quote open for longer was never meant to be
MAX_MEMBERS = 200  # files in one archive
MAX_RATIO = 200  # bytes out of one packed byte; tables pack to a tenth, bombs to a thousandth
HARMLESS = 8 << 20  # unpacked bytes nobody needs to be protected from


class UnreadableFile(Refusal):
    """Nothing of this file can be trusted. Facts: file, line (None: the whole file), reason."""

    code = "imports/unreadable-file"
    title = gettext_lazy("The file cannot be read")
    kind = Kind.INVALID

    def __init__(
        self, what: str | Promise, *, file: str, reason: str, line: int | None = None
    ) -> None:
        detail = (
            _("%(file)s: %(what)s") % {"file": file, "what": what}
            if line is None
            else _("%(file)s, line %(line)d: %(what)s") % {"file": file, "line": line, "what": what}
        )
        super().__init__(detail, file=file, line=line, reason=reason)


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What the mapping says of the file; what it does not say is found out.

    `header` names the columns of a file that has no header line; `quote` "" means that quotation
    marks are text like any other. `sheet` is a workbook's; its numbers are written with
    `decimal_mark`, as the mapping reads them. `first`: only so many rows are wanted, and soon.
    """

    delimiter: str | None = None
    encoding: str | None = None
    quote: str = '"'
    header: Sequence[str] | None = None
    skip_lines: int = 0
    sheet: str | None = None
    decimal_mark: str = "."
    first: int | None = None


Rows = list[tuple[int, list[str]]]
Misfits = list[tuple[int, list[str], str]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one file, each with the line it begins on.

    `rows` have exactly the table's columns in the table's order; `misfits` are the rows that do not
    fit, as found, each with a reason: wrong-cell-count, header-line or stray-quote.
    """

    file_name: str
    rows: Rows
    misfits: Misfits


class Part(Protocol):
    """One file of a table."""

    name: str
    columns: list[str]
    total_bytes: int
    bytes_read: int
    blank_lines: int

    def batches(self, size: int) -> Iterator[Batch]: ...


def checked_columns(names: Sequence[str], *, file: str, line: int | None = None) -> list[str]:
    """The column names without what surrounds them; a nameless one is called after its place."""
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(
            _("it has %(count)d columns, more than the %(limit)d a table may have. Keep only the "
              "columns to import.") % {"count": len(names), "limit": MAX_COLUMNS},
            file=file, line=line, reason="too-many-columns",
        )  # fmt: skip
    columns = [
        name.strip("\ufeff \t\r\n\v\f\xa0") or f"column_{i}" for i, name in enumerate(names, 1)
    ]
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise UnreadableFile(
            _("several columns are called %(names)s. Give each column a name of its own.")
            % {"names": quoted(twice)},
            file=file, line=line, reason="duplicate-columns",
        )  # fmt: skip
    return columns


def quoted(names: Sequence[str]) -> str:
    """For a sentence, and short even when there are a thousand."""
    shown = ", ".join(f"“{name[:60]}”" for name in names[:20])
    return shown if len(names) <= 20 else f"{shown}, …"

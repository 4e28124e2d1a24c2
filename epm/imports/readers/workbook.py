"""An Excel workbook (.xlsx): one sheet of it, read by a process of its own under limits.

The process writes the sheet to a file without a name, and only then is it looked at here: whatever
the workbook does to its reader, no row of it has been seen before the reader came to its end.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _

from epm.imports.readers.contract import (
    MAX_CELL,
    MAX_COLUMNS,
    Batch,
    ReaderOptions,
    UnreadableFile,
    checked_columns,
    quoted,
)
from epm.imports.readers.sources import Source

CHILD = Path(__file__).with_name("workbook_child.py")
OUTPUT = 2 << 30  # bytes of text out of one sheet
LOOK_SECONDS = 15  # of the processor, where somebody waits for the first rows
BLANKS_BEFORE = 1_000  # rows that may stand above them


class WorkbookPart:
    """One sheet of one workbook. A row's line number is the one the spreadsheet shows."""

    def __init__(self, source: Source, options: ReaderOptions) -> None:
        self._options = options
        self.name = source.name
        self.total_bytes = source.total_bytes
        self.bytes_read = 0
        self.blank_lines = 0
        self._output: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        _run(source.path, name=self.name, options=options, output=self._output)
        self._begin = 0
        self._size = max(self._output.seek(0, 2), 1)
        told = self._first_line()
        self.sheet = str(told["sheet"])
        self.has_error_cells = False  # as far as it has been read
        self._header_line = 0
        self.columns = self._columns()
        self._header = [name.strip() for name in self.columns]

    def batches(self, size: int) -> Iterator[Batch]:
        self.bytes_read = self.blank_lines = 0
        read = 0
        batch = Batch(self.name, [], [])
        for line, cells in self._rows():
            if line > self._header_line:
                self._sort(line, cells, into=batch)
            read += sum(map(len, cells)) + 8
            if len(batch.rows) + len(batch.misfits) >= size:
                self.bytes_read = min(read * self.total_bytes // self._size, self.total_bytes)
                yield batch
                batch = Batch(self.name, [], [])
        if batch.rows or batch.misfits:
            yield batch
        self.bytes_read = self.total_bytes

    def _sort(self, line: int, cells: list[str], *, into: Batch) -> None:
        width = len(self.columns)
        row = [*cells[:width], *[""] * (width - len(cells))]
        if not any(cell.strip() for cell in cells):
            self.blank_lines += 1
        elif any(len(cell) > MAX_CELL or "\0" in cell for cell in cells):
            raise UnreadableFile(
                _("a cell holds a NUL character or more than %(limit)d characters. Correct it.")
                % {"limit": MAX_CELL},
                file=self.name, line=line, reason="cell-too-long",
            )  # fmt: skip
        elif any(cell.strip() for cell in cells[width:]):
            into.misfits.append((line, cells, "wrong-cell-count"))
        elif [cell.strip() for cell in row] == self._header:
            into.misfits.append((line, row, "header-line"))
        else:
            into.rows.append((line, row))

    def _first_line(self) -> dict[str, Any]:
        self._output.seek(0)
        told: dict[str, Any] = json.loads(self._output.readline() or "{}")
        if "refused" in told:
            raise _refusal(told, name=self.name)
        return told

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """The sheet's rows, those to skip left out. Raises UnreadableFile where it breaks off."""
        self._output.seek(0)
        self._output.readline()
        for text in self._output:
            if text.startswith("{"):
                told = json.loads(text)
                if "refused" in told:
                    raise _refusal(told, name=self.name)
                self.has_error_cells = bool(told["errors"])
                return
            line, cells = json.loads(text)
            if line > self._options.skip_lines:
                yield line, cells
        raise _broken(self.name, settings.EPM_WORKBOOK_SECONDS)

    def _columns(self) -> list[str]:
        """The names the mapping gives, or those of the first row that is not blank."""
        if self._options.header is not None:
            return checked_columns(self._options.header, file=self.name)
        for line, cells in self._rows():
            if any(cell.strip() for cell in cells):
                self._header_line = line
                return checked_columns(cells, file=self.name, line=line)
        raise _refusal({"refused": "empty", "facts": {}}, name=self.name)


def _run(path: Path, *, name: str, options: ReaderOptions, output: IO[str]) -> None:
    """Let the child write the sheet into `output`. Raises UnreadableFile when it did not live."""
    seconds = settings.EPM_WORKBOOK_SECONDS
    if options.first:
        seconds = min(seconds, LOOK_SECONDS)
    asked = {
        "rows": options.first and options.first + options.skip_lines + BLANKS_BEFORE,
        "wanted": options.sheet or "",
        "decimal_mark": options.decimal_mark,
        "max_columns": MAX_COLUMNS,
        "limits": {
            "memory": settings.EPM_WORKBOOK_MEMORY_MB << 20,
            "cpu_seconds": seconds,
            "output": OUTPUT,
        },
    }
    command = [sys.executable, "-I", str(CHILD), str(path.resolve()), json.dumps(asked)]
    try:
        ended = subprocess.run(  # noqa: S603  (our own program; the path is one argument)
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL,
            timeout=2 * seconds, check=False, env={},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise _broken(name, seconds) from error
    if ended.returncode != 0:
        raise _broken(name, seconds)


def _broken(name: str, seconds: int) -> UnreadableFile:
    return UnreadableFile(
        _("the workbook needs more memory or time than one file may have (%(memory)d MB, "
          "%(seconds)d s). Save the sheet as CSV, or split it.")
        % {"memory": settings.EPM_WORKBOOK_MEMORY_MB, "seconds": seconds},
        file=name, reason="too-large",
    )  # fmt: skip


def _refusal(told: dict[str, Any], *, name: str) -> UnreadableFile:
    reason, facts = str(told["refused"]), told["facts"]
    match reason:
        case "entities":
            what = _("its part %(member)s declares a document type, which no workbook needs.")
        case "not-utf8":
            what = _("its part %(member)s is not UTF-8. Save the workbook again.")
        case "no-such-sheet":
            what = _("it has no sheet “%(sheet)s”. Its sheets are: %(sheets)s.")
            facts = {**facts, "sheets": quoted(facts["sheets"])}
        case "empty":
            what = _("no visible sheet holds anything. Name the sheet in the mapping: "
                     "[file] sheet.")  # fmt: skip
        case "too-many-columns":
            what = _("the sheet is %(count)d columns wide, more than the %(limit)d a table may "
                     "have. Keep only the columns to import.")  # fmt: skip
            facts = {**facts, "limit": MAX_COLUMNS}
        case "too-large":
            return _broken(name, settings.EPM_WORKBOOK_SECONDS)
        case _:
            what = _("it is a damaged workbook (%(error)s). Save it again, or as CSV.")
            reason = "damaged"
    return UnreadableFile(what % facts, file=name, reason=reason)

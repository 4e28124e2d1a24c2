"""Tables as files for people: CSV streamed row by row, XLSX written with constant memory.

One implementation for lists and dashboards, so that every file escapes, counts and names alike.
"""

import csv
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from io import StringIO
from typing import Any, Final

import xlsxwriter
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from epm.platform import shown

UNSEEN: Final = r"[\s\u200b-\u200f\u2060\ufeff]*"
SIGNS: Final = r"=+@\uff1d\uff0b\uff20\ufe66\ufe62\ufe6b"
"""What a formula begins with, also written wide or small; or with a minus."""
FORMULA: Final = re.compile(rf"[\t\r\n]|{UNSEEN}[{SIGNS}\-\uff0d\ufe63]")
# A spreadsheet may split a line where we did not: at semicolons in France, at tabs.
AFTER_A_SPLIT: Final = re.compile(rf"(?<=[;\t\r\n])(?={UNSEEN}(?:[{SIGNS}]|-\D))")
BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"  # Excel takes UTF-8 for Latin without it
SHEET_ROWS: Final = 1_048_576
CELL_CHARACTERS: Final = 32_767
FURTHER: Final = "######"  # decimals that a sheet shows only where they are
CHUNK: Final = 500
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CellKind(StrEnum):
    TEXT = "text"
    MONEY = "money"
    NUMBER = "number"
    EXACT = "exact"
    """Goods, costs: `places` decimals, and more where they say something; no zeros after these."""
    PERCENT = "percent"
    """A ratio: 0.1234 is 12.34 %. CSV keeps the ratio."""
    DAY = "day"
    MOMENT = "moment"
    """Told in UTC: a cell of CSV says it itself, in XLSX the heading does."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and what its cells are.

    `kpi` is the contract of a key figure, “revenue_ht@1”: the heading then names it, and a cell
    without a value says n/a instead of staying empty. `places`: the decimals a sheet shows.
    """

    title: str | Promise
    kind: CellKind = CellKind.TEXT
    kpi: str | None = None
    places: int = 2

    @property
    def heading(self) -> str:
        return f"{self.title} [{self.kpi}]" if self.kpi else str(self.title)


def inert(text: str) -> str:
    """Text that no spreadsheet runs: a number stays, another formula gets an apostrophe before."""
    if not FORMULA.match(text):
        return text
    try:
        float(text.replace(",", "."))
    except ValueError:
        return "'" + text
    return text


def csv_response(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], filename: str
) -> HttpResponseBase:
    """The rows as CSV (UTF-8, commas, point decimals, ISO dates), sent while they are read."""
    response = StreamingHttpResponse(_csv(columns, rows), content_type="text/csv; charset=utf-8")
    return _attached(response, f"{get_valid_filename(filename)}.csv")


def xlsx_response(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], filename: str
) -> HttpResponseBase:
    """The rows as XLSX: numbers are numbers, text is no formula; a full sheet goes on in a next."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it, and so deletes it
    try:
        _write_workbook(file, columns, rows)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return _attached(
        FileResponse(file, content_type=XLSX_TYPE), f"{get_valid_filename(filename)}.xlsx"
    )


def _attached(response: HttpResponseBase, filename: str) -> HttpResponseBase:
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _csv(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    out = StringIO()
    writer = csv.writer(out)
    out.write(BYTE_ORDER_MARK)
    writer.writerow([inert(column.heading) for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([_text(cell, column) for cell, column in zip(row, columns, strict=True)])
        if number % CHUNK == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def _text(cell: Any, column: Column) -> str:
    match cell:
        case None:
            text = _unknown(column)
        case bool():
            text = _yes_or_no(cell)
        case int() | float():
            text = str(cell)
        case Decimal() if column.kind is CellKind.EXACT:
            text = f"{shown.plain(cell, at_least=column.places):f}"
        case Decimal():
            text = f"{cell:f}"
        case datetime():
            text = (cell.astimezone(UTC) if timezone.is_aware(cell) else cell).isoformat()
        case date():
            text = cell.isoformat()
        case _:
            text = AFTER_A_SPLIT.sub("'", inert(str(cell).replace("\0", "")))
    return text


def _unknown(column: Column) -> str:
    return _("n/a") if column.kpi else ""


def _yes_or_no(value: bool) -> str:  # noqa: FBT001 - it is the value
    return _("yes") if value else _("no")


def _write_workbook(file: Any, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    # strings_to_…: text stays text, whatever it looks like
    options = {
        "constant_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = [book.add_format({"num_format": _format(column)}) for column in columns]
        sheet, line = None, SHEET_ROWS
        for row in _with_at_least_headings(rows):
            if sheet is None or line == SHEET_ROWS:
                sheet, line = _sheet(book, columns, heading), 1
            if row is None:
                break
            for place, (cell, column) in enumerate(zip(row, columns, strict=True)):
                _write(sheet, (line, place), cell, column=column, form=formats[place])
            line += 1


def _with_at_least_headings(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any] | None]:
    empty = True
    for row in rows:
        empty = False
        yield row
    if empty:
        yield None


def _sheet(book: Any, columns: Sequence[Column], heading: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, 30 if column.kind is CellKind.TEXT else 16)
    for place, column in enumerate(columns):
        told = f"{column.heading} (UTC)" if column.kind is CellKind.MOMENT else column.heading
        sheet.write_string(0, place, told, heading)
    return sheet


def _format(column: Column) -> str:
    decimals = f".{'0' * column.places}" if column.places else ""
    return {
        CellKind.MONEY: f"#,##0{decimals}",
        CellKind.EXACT: f"#,##0{decimals}{FURTHER}" if decimals else "General",
        CellKind.NUMBER: "General",
        CellKind.PERCENT: f"0{decimals}%",
        CellKind.DAY: "yyyy-mm-dd",
        CellKind.MOMENT: "yyyy-mm-dd hh:mm:ss",
        CellKind.TEXT: "@",
    }[column.kind]


def _write(sheet: Any, place: tuple[int, int], cell: Any, *, column: Column, form: Any) -> None:
    match cell:
        case bool():
            sheet.write_string(*place, _yes_or_no(cell))
        case int() | float() | Decimal():
            sheet.write_number(*place, float(cell), form)
        case datetime():
            local = timezone.make_naive(cell, UTC) if timezone.is_aware(cell) else cell
            sheet.write_datetime(*place, local, form)
        case date():
            sheet.write_datetime(*place, cell, form)
        case _:
            text = _unknown(column) if cell is None else str(cell)
            if text:
                sheet.write_string(*place, text[:CELL_CHARACTERS])

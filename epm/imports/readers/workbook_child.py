"""Reads one sheet of a workbook as JSON lines. Run as a program of its own, under limits.

It knows nothing of Django: a hostile workbook can cost this process its life and nothing else.
Output: {"sheet"}, then [row number, cells] each, then {"rows", "errors"}; or {"refused",
"facts"} in place of what follows.
"""

import contextlib
import datetime
import json
import resource
import signal
import sys
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

import python_calamine as calamine

BLOCK = 1 << 16
DIGITS_LOST = "#DIGITS!"
LARGEST_EXACT = 1 << 53  # a spreadsheet's numbers are floats: whole ones are exact below this
XML = (".xml", ".rels", ".vml")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


class RefusedError(Exception):
    """The workbook is not read; why, and what the sentence needs."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


def limit(*, memory: int, cpu_seconds: int, output: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def refuse_entities(archive: zipfile.ZipFile) -> None:
    """Read every XML member once: as long as it says, no document type, no entities, UTF-8."""
    for info in archive.infolist():
        if not info.filename.lower().endswith(XML):
            continue
        last = b""
        with archive.open(info) as member:
            while block := member.read(BLOCK):
                seen = last + block
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                    raise RefusedError("entities", member=info.filename)
                if b"\0" in block:
                    raise RefusedError("not-utf8", member=info.filename)
                last = block[-9:]


def chosen_sheet(book: calamine.CalamineWorkbook, wanted: str) -> calamine.CalamineSheet:
    """The sheet of that name, else the first one people can see that holds anything."""
    if wanted:
        if wanted not in book.sheet_names:
            raise RefusedError("no-such-sheet", sheet=wanted, sheets=book.sheet_names[:50])
        return book.get_sheet_by_name(wanted)
    for meta in book.sheets_metadata:
        if (
            meta.typ == calamine.SheetTypeEnum.WorkSheet
            and meta.visible == calamine.SheetVisibleEnum.Visible
        ):
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.height:
                return sheet
    raise RefusedError("empty")


class ErrorCells:
    """Where a sheet says #N/A and the like, which calamine gives as nothing."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, int], str] = {}
        self._row = self._column = -1
        self._wrong = self._in_value = False
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(" ")[2]:
            case "row":
                self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
                self._column = -1
            case "c":
                letters = attributes.get("r", "").rstrip("0123456789")
                self._column = column_number(letters) if letters else self._column + 1
                self._wrong = attributes.get("t") == "e"
            case "v" if self._wrong:
                self._in_value, self._text = True, ""

    def end(self, name: str) -> None:
        if self._in_value and name.rpartition(" ")[2] == "v":
            self.found[self._row, self._column] = self._text.strip() or "#ERROR"
            self._in_value = False

    def data(self, text: str) -> None:
        if self._in_value:
            self._text += text


def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def error_cells(archive: zipfile.ZipFile, *, sheet: str) -> dict[tuple[int, int], str]:
    member = member_of(archive, sheet=sheet)
    last = b""
    with archive.open(member) as raw:
        while block := raw.read(BLOCK):
            seen = last + block
            if b't="e"' in seen or b"t='e'" in seen:
                break
            last = block[-5:]
        else:
            return {}
    cells, parser = ErrorCells(), expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.data
    with archive.open(member) as raw:
        parser.ParseFile(raw)
    return cells.found


def member_of(archive: zipfile.ZipFile, *, sheet: str) -> str:
    """The member of the archive that holds this sheet."""
    found: dict[str, str] = {}

    def sheets(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "sheet" and attributes.get("name") == sheet:
            found["id"] = next(v for k, v in attributes.items() if k.endswith("relationships id"))

    def targets(_name: str, attributes: dict[str, str]) -> None:
        if attributes.get("Id") == found.get("id"):
            found["target"] = attributes["Target"]

    names = {info.filename.lower(): info.filename for info in archive.infolist()}
    for member, handler in (
        ("xl/workbook.xml", sheets),
        ("xl/_rels/workbook.xml.rels", targets),
    ):
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = handler
        parser.ParseFile(archive.open(names[member]))
    target = found["target"].lstrip("/")
    return names[(target if target.lower().startswith("xl/") else f"xl/{target}").lower()]


def text_of(value: Any, *, decimal_mark: str) -> str:
    """A cell as text: whole numbers without a point, dates by ISO 8601, nothing rounded away."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value, decimal_mark=decimal_mark)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(value.isoformat())


def number(value: float, *, decimal_mark: str) -> str:
    """With the 15 digits a spreadsheet shows; whole numbers with all of theirs."""
    if value == int(value):
        if abs(value) >= LARGEST_EXACT:
            return DIGITS_LOST
        return str(int(value))
    text = f"{value:.15g}"
    if "e" in text:
        text = f"{value:.{max(0, 15 - 1 - int(text.split('e')[1]))}f}".rstrip("0")
    return text.replace(".", decimal_mark)


def rows_of(
    sheet: calamine.CalamineSheet, *, errors: dict[tuple[int, int], str], decimal_mark: str
) -> Iterator[tuple[int, list[str]]]:
    top, left = sheet.start or (0, 0)
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in errors.items():
        by_row.setdefault(row, []).append((column - left, text))
    for index, cells in enumerate(sheet.iter_rows()):
        if index < top:
            continue
        texts = [text_of(cell, decimal_mark=decimal_mark) for cell in cells]
        for column, text in by_row.get(index, ()):
            if 0 <= column < len(texts):
                texts[column] = text
        while texts and not texts[-1]:
            texts.pop()
        yield index + 1, texts


def read(
    path: str, *, wanted: str, decimal_mark: str, max_columns: int, rows: int | None = None
) -> None:
    write = sys.stdout.write
    with zipfile.ZipFile(path) as archive:
        refuse_entities(archive)
        with calamine.CalamineWorkbook.from_path(path) as book:
            sheet = chosen_sheet(book, wanted)
            if sheet.width > max_columns:
                raise RefusedError("too-many-columns", count=sheet.width)
            errors = error_cells(archive, sheet=sheet.name)
            write(json.dumps({"sheet": sheet.name}) + "\n")
            count, wrong = 0, len(errors)
            for line, cells in rows_of(sheet, errors=errors, decimal_mark=decimal_mark):
                write(json.dumps([line, cells], ensure_ascii=False) + "\n")
                count += 1
                wrong += DIGITS_LOST in cells
                if count == rows:
                    break
            write(json.dumps({"rows": count, "errors": wrong}) + "\n")


def main(arguments: list[str]) -> None:
    path, options = arguments[0], json.loads(arguments[1])
    limit(**options.pop("limits"))
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass")  # type: ignore[union-attr]
    try:
        read(path, **options)
    except RefusedError as refused:
        sys.stdout.write(json.dumps({"refused": refused.reason, "facts": refused.facts}) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": "too-large", "facts": {}}) + "\n")
    except Exception as error:  # noqa: BLE001  (whatever it is, the file cannot be read)
        name, what = type(error).__name__, str(error)[:200]
        facts = {"error": f"{name}: {what}"}
        sys.stdout.write(json.dumps({"refused": "damaged", "facts": facts}) + "\n")
    with contextlib.suppress(OSError):
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])

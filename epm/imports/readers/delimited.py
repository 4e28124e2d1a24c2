"""A text file of delimited cells: find out how it is written, then sort its rows."""

import io
import re
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter

from django.utils.translation import gettext as _

from epm.imports.readers import charset
from epm.imports.readers.contract import (
    Batch,
    Misfits,
    ReaderOptions,
    Rows,
    UnreadableFile,
    checked_columns,
)
from epm.imports.readers.quotes import Dialect, lenient_reader
from epm.imports.readers.records import Chunk, Records
from epm.imports.readers.sources import Source, Stream

HEAD = 1 << 18
SAMPLE_CHARACTERS = 1 << 16
SAMPLE_RECORDS = 100
MOST_BLANK_LINES = 100_000  # before the header; packed, they cost nothing to send
DELIMITERS = (";", "\t", "|", ",")  # the comma last: beside another it is a decimal mark
CONTROL = re.compile("[\x01-\x08\x0e-\x19\x1b-\x1f]")
EXCEL_HINT = re.compile("sep=(.)\\r?\\n", re.IGNORECASE)


class DelimitedPart:
    """One text file of a table. Its beginning is read at once, the rest batch by batch."""

    def __init__(self, source: Source, options: ReaderOptions) -> None:
        self._source, self._options = source, options
        self.name = source.name
        self.total_bytes = source.total_bytes
        self.bytes_read = 0
        self.blank_lines = 0
        _refuse_bad_options(options, file=self.name)
        head = source.head(HEAD)
        self.encoding = charset.encoding_of(
            head, declared=options.encoding, whole=len(head) < HEAD, name=self.name
        )
        sample = self._sample(head)
        self._skip_lines = options.skip_lines
        delimiter = options.delimiter
        if hint := EXCEL_HINT.match(sample):
            sample, delimiter = sample[hint.end() :], delimiter or hint[1]
            self._skip_lines += 1
        width = len(options.header) if options.header is not None else None
        self._dialect = Dialect(
            delimiter or sniffed(sample, quote=options.quote, width=width), options.quote
        )
        self._header_line = 0
        self._header: list[str] = []  # as the file writes it
        self.columns = self._columns()

    def batches(self, size: int) -> Iterator[Batch]:
        self.bytes_read = self.blank_lines = 0
        with self._source.open() as stream:
            for chunk in self._records(stream):
                self.bytes_read = min(stream.position, self.total_bytes)
                rows, misfits = self._sorted(chunk)
                for start in range(0, len(rows), size):
                    yield Batch(self.name, rows[start : start + size], [])
                if misfits or not rows:  # blank lines too are progress, and can be called off
                    yield Batch(self.name, [], misfits)
        self.bytes_read = self.total_bytes

    def _columns(self) -> list[str]:
        """The names the mapping gives, or those of the first line that is not blank."""
        if self._options.header is not None:
            self._header = [name.strip() for name in self._options.header]
            return checked_columns(self._header, file=self.name)
        with self._source.open() as stream:
            for chunk in self._records(stream):
                for line, cells in zip(chunk.numbers, chunk.rows, strict=True):
                    if any(cell.strip() for cell in cells):
                        return self._columns_of(line, cells, stray=chunk.stray)
                if chunk.stray:
                    return self._columns_of(chunk.stray[0][0], [], stray=chunk.stray)
                if chunk.numbers[-1] > MOST_BLANK_LINES:
                    break
        raise UnreadableFile(
            _("there is no header line. Add one, or name the columns in the mapping: "
              "[file] header."),
            file=self.name, reason="empty",
        )  # fmt: skip

    def _columns_of(self, line: int, cells: list[str], *, stray: Misfits) -> list[str]:
        if stray and stray[0][0] <= line:
            raise UnreadableFile(
                _("the header line has a quotation mark where none belongs. Correct it."),
                file=self.name, line=stray[0][0], reason="stray-quote",
            )  # fmt: skip
        self._header_line = line
        self._header = [cell.strip() for cell in cells]
        return checked_columns(cells, file=self.name, line=line)

    def _records(self, stream: Stream) -> Iterator[Chunk]:
        records = Records(stream, name=self.name, encoding=self.encoding, dialect=self._dialect)
        return records.chunks(skip_lines=self._skip_lines)

    def _sorted(self, chunk: Chunk) -> tuple[Rows, Misfits]:
        """The rows that fit, and those that do not, each with the reason."""
        width = len(self.columns)
        telltale = max(self._header, key=len)
        if self._options.quote:  # as it stands in the file
            telltale = telltale.replace(self._options.quote, self._options.quote * 2)
        behind = not chunk.numbers or chunk.numbers[0] > self._header_line
        if behind and set(map(len, chunk.rows)) == {width} and telltale not in chunk.text:
            return list(zip(chunk.numbers, chunk.rows, strict=True)), chunk.stray
        rows: Rows = []
        misfits = chunk.stray
        for line, cells in zip(chunk.numbers, chunk.rows, strict=True):
            if line <= self._header_line:
                self.blank_lines += line < self._header_line
            elif not cells or (len(cells) == 1 < width and not cells[0].strip()):
                self.blank_lines += 1
            elif reason := self._misfit(cells):
                misfits.append((line, cells, reason))
            else:
                rows.append((line, cells[:width]))
        misfits.sort(key=itemgetter(0))
        return rows, misfits

    def _misfit(self, cells: list[str]) -> str | None:
        width = len(self.columns)
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            return "wrong-cell-count"
        if (
            cells[0].strip() == self._header[0]
            and [c.strip() for c in cells[:width]] == self._header
        ):
            return "header-line"
        return None

    def _sample(self, head: bytes) -> str:
        """The text the file begins with, without the lines to skip."""
        text = head.decode(self.encoding, "replace").removeprefix("\ufeff")
        lines = io.StringIO(text, newline="")
        for _line in range(self._options.skip_lines):
            if not lines.readline():
                break
        sample = lines.read(SAMPLE_CHARACTERS)
        if len(CONTROL.findall(sample)) > max(len(sample) // 20, 4):
            raise UnreadableFile(
                _("this is not text. Save it as CSV or Parquet."),
                file=self.name, line=1, reason="not-text",
            )  # fmt: skip
        return sample


def sniffed(sample: str, *, quote: str, width: int | None) -> str:
    """The delimiter that cuts the first records into the most cells, all into the same number.

    `width` is the number of columns when it is known. A delimiter that leaves quotation marks
    within the cells has cut quoted cells to pieces.
    """
    best, delimiter = (0.0, 0, 0), ","
    for candidate in DELIMITERS:
        records = _records(sample, Dialect(candidate, quote))
        expected = width or (len(records[0]) if records else 0)
        if expected > 1 and records:
            fitting = sum(len(cells) == expected for cells in records)
            torn = sum(quote in "".join(cells) for cells in records) if quote else 0
            score = (round(fitting / len(records), 1), -torn, expected)
            if score > best:
                best, delimiter = score, candidate
    return delimiter


def _records(sample: str, dialect: Dialect) -> list[list[str]]:
    """The first records, without the one the sample's end may cut."""
    lines = io.StringIO(sample, newline="")
    records = list(islice(filter(None, lenient_reader(lines, dialect)), SAMPLE_RECORDS + 1))
    return records[:-1] if len(sample) == SAMPLE_CHARACTERS and len(records) > 1 else records


def _refuse_bad_options(options: ReaderOptions, *, file: str) -> None:
    delimiter, quote = options.delimiter, options.quote
    if delimiter is not None and (len(delimiter) != 1 or delimiter in "\r\n\0"):
        what = _("the delimiter must be one character. Correct it in the mapping.")
    elif len(quote) > 1 or quote in {"\r", "\n", "\0"}:
        what = _("the quotation mark must be one character, or none. Correct it in the mapping.")
    elif quote and quote == delimiter:
        what = _("delimiter and quotation mark must differ. Correct them in the mapping.")
    elif options.skip_lines < 0 or options.header == []:
        what = _("skip_lines must not be negative, nor header empty. Correct the mapping.")
    else:
        return
    raise UnreadableFile(what, file=file, reason="bad-options")

"""A byte stream cut into records: rows of cells, each with the line it begins on.

Most blocks of most files hold no quotation mark and are split, not parsed, which is nearly twice
as fast. The others go through the csv module a block at a time; a record that a block leaves
unfinished is read again with the next, so that nothing is held longer than the bounds allow.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from epm.imports.readers import quotes
from epm.imports.readers.charset import guessed
from epm.imports.readers.contract import (
    MAX_CELL,
    MAX_LINE,
    MAX_RECORD_LINES,
    Misfits,
    UnreadableFile,
)
from epm.imports.readers.quotes import Dialect
from epm.imports.readers.sources import BLOCK, Stream

MAX_CELLS = 500_000  # in a text of one oversized record and little else


@dataclass(slots=True)
class Chunk:
    """Some records, read from `text`. A blank line is a row without cells."""

    text: str
    numbers: Sequence[int]
    rows: list[list[str]]
    stray: Misfits = field(default_factory=list)


class Records:
    """The records of `stream`, in chunks of about a block."""

    def __init__(self, stream: Stream, *, name: str, encoding: str, dialect: Dialect) -> None:
        self._stream, self._name = stream, name
        self._encoding, self._dialect = encoding, dialect
        self._line = 1  # where the text not yet parsed begins
        self._pieces: list[str] = []  # that text
        csv.field_size_limit(max(MAX_CELL, csv.field_size_limit()))

    def chunks(self, *, skip_lines: int = 0) -> Iterator[Chunk]:
        size = wanted = 0
        for block, final in self._decoded():
            self._pieces.append(block)
            size += len(block)
            whole = ("\n" in block or "\r" in block) and size >= wanted
            if not (whole or final or size > MAX_LINE):
                continue
            text = "".join(self._pieces)
            end = len(text) if final else quotes.last_line_end(text)
            begin = 0
            if skip_lines:
                begin, skip_lines = self._skipped(text[:end], skip_lines)
            chunk, read = self._parsed(text[begin:end], final=final)
            rest = text[begin + read :]
            self._pieces, size = [rest], len(rest)
            # Reading an unfinished record again only when it has grown keeps the cost in bounds.
            wanted = min(2 * size, size + MAX_CELL, MAX_LINE + 1) if begin + read < end else 0
            if chunk.rows or chunk.stray:
                yield chunk
            if size > MAX_LINE:
                raise self._refusal(
                    _("the line is longer than %(limit)d million characters: this is not a table, "
                      "or a quotation mark is missing.") % {"limit": MAX_LINE >> 20},
                    "line-too-long", line=self._line,
                )  # fmt: skip

    def _decoded(self) -> Iterator[tuple[str, bool]]:
        """Blocks of text, and whether it is the last."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        first, final = True, False
        while not final:
            raw = self._stream.read(BLOCK)
            final = not raw
            try:
                text = decoder.decode(raw, final)
            except UnicodeDecodeError as error:
                raise self._undecodable(error) from error
            except UnicodeError as error:  # UTF-16 without its mark
                raise self._refusal(
                    _("this is not %(encoding)s: %(error)s. Correct the encoding in the mapping.")
                    % {"encoding": self._encoding, "error": error},
                    "encoding", line=self._line,
                ) from error  # fmt: skip
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            if "\0" in text:
                raise self._refusal(
                    _("there is a NUL byte, which no text has. Export the file again as CSV text; "
                      "if it is UTF-16, say so in the mapping: [file] encoding = \"utf-16\"."),
                    "nul-byte", line=self._line_of(text[: text.index("\0")]),
                )  # fmt: skip
            yield text, final

    def _undecodable(self, error: UnicodeDecodeError) -> UnreadableFile:
        sound = error.object[: error.start].decode(self._encoding, "ignore")
        suggestion = guessed(error.object) if self._encoding == "utf-8" else None
        return self._refusal(
            _("the byte 0x%(byte)02X is not %(encoding)s. Name the file's encoding in the mapping: "
              "[file] encoding = \"%(suggestion)s\", or correct the line.")
            % {
                "byte": error.object[error.start],
                "encoding": self._encoding,
                "suggestion": suggestion or "cp1252",
            },
            "encoding", line=self._line_of(sound),
        )  # fmt: skip

    def _line_of(self, text: str) -> int:
        """The line that comes after `text`, itself the text after what is pending."""
        return self._line + quotes.line_ends("".join(self._pieces) + text)

    def _skipped(self, text: str, count: int) -> tuple[int, int]:
        """Where the text goes on after `count` lines, and how many of them were not there yet."""
        lines = io.StringIO(text, newline="")
        begin = 0
        while count and (line := lines.readline()):
            begin += len(line)
            count -= 1
            self._line += 1
        return begin, count

    def _parsed(self, text: str, *, final: bool) -> tuple[Chunk, int]:
        """The records in these whole lines, and how many characters they take."""
        if len(text) > MAX_CELL and text.count(self._dialect.delimiter) > MAX_CELLS:
            raise self._refusal(
                _("there are more than %(limit)d cells in a line. This is not a table.")
                % {"limit": MAX_CELLS},
                "too-many-cells", line=self._line,
            )  # fmt: skip
        if self._dialect.quote and self._dialect.quote in text:
            return self._quoted(text, final=final)
        return self._plain(text), len(text)

    def _plain(self, text: str) -> Chunk:
        """Without quotation marks every line is a record and every delimiter ends a cell."""
        lines = text
        if "\r" in text:
            lines = text.replace("\r\n", "\n").replace("\r", "\n")
        delimiter = self._dialect.delimiter
        rows = [
            line.split(delimiter) if line else []
            for line in (lines.removesuffix("\n").split("\n") if text else ())
        ]
        if len(text) > MAX_CELL:
            for line, row in enumerate(rows, self._line):
                if max(map(len, row), default=0) > MAX_CELL:
                    raise self._cell_too_long(line)
        numbers = range(self._line, self._line + len(rows))
        self._line = numbers.stop
        return Chunk(text, numbers, rows)

    def _quoted(self, text: str, *, final: bool) -> tuple[Chunk, int]:
        lines = list(io.StringIO(text, newline=""))
        reader = quotes.strict_reader(lines, self._dialect)
        numbers: list[int] = []
        chunk = Chunk(text, numbers, [])
        done = 0
        while done < len(lines):
            line = self._line + done
            try:
                row = next(reader)
            except csv.Error as error:
                record = lines[done : reader.line_num]
                if quotes.is_unfinished(error) and not final and len(record) <= MAX_RECORD_LINES:
                    break
                chunk.stray.append((line, self._stray(record, error, line=line), "stray-quote"))
            else:
                numbers.append(line)
                chunk.rows.append(row)
                if reader.line_num - done > MAX_RECORD_LINES:
                    raise self._unclosed(line)
            done = reader.line_num
        self._line += done
        return chunk, len(text) if done == len(lines) else sum(map(len, lines[:done]))

    def _stray(self, record: list[str], error: csv.Error, *, line: int) -> list[str]:
        """The cells of one line with quotation marks where none belong; more lines are refused."""
        opened = quotes.opened_and_not_closed("".join(record), self._dialect)
        if opened is not None:
            raise self._unclosed(line + opened) from error
        if quotes.is_too_long(error):
            raise self._cell_too_long(line) from error
        return next(quotes.lenient_reader(record, self._dialect), [])

    def _unclosed(self, line: int) -> UnreadableFile:
        return self._refusal(
            _("a quotation mark opens on this line and is not closed as it should be. Close or "
              "double it; if quotation marks are ordinary text here, choose “none” as quotation "
              "mark ([file] quote = \"\" in the mapping)."),
            "unclosed-quote", line=line,
        )  # fmt: skip

    def _cell_too_long(self, line: int) -> UnreadableFile:
        return self._refusal(
            _("a cell is longer than %(limit)d characters. Shorten it.") % {"limit": MAX_CELL},
            "cell-too-long", line=line,
        )  # fmt: skip

    def _refusal(self, what: str | Promise, reason: str, *, line: int) -> UnreadableFile:
        return UnreadableFile(what, file=self._name, line=line, reason=reason)

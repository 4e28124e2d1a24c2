"""Parquet read by DuckDB, every cell as the text its value prints as, a few rows at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from epm.imports.readers.contract import MAX_CELL, Batch, UnreadableFile, checked_columns
from epm.imports.readers.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# No threads or memory to speak of, and nothing fetched from anywhere.
CONFIG = {
    "threads": 2,
    "memory_limit": "96MB",
    "max_temp_directory_size": "0B",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# Rows as long as this are rare: they are read one handful at a time, all others by the hundred.
LONG_ROW = 1 << 16
TEXT_TYPES = ("VARCHAR", "BLOB", "JSON", "STRUCT", "MAP", "UNION", "BIT", "ENUM")
HARMLESS_ROWS = 10_000_000
MAX_CELLS_PER_BYTE = 1_000
# What our query says of a row it will not hand out.
LONG, NUL = "row-too-long", "nul-in-row"
MARK = re.compile(f"({LONG}|{NUL}) (\\d*)")


class ParquetPart:
    """One Parquet file of a table. A row's line number is its place in the file, from 1."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.name = source.name
        self.total_bytes = source.total_bytes
        self.bytes_read = 0
        self.blank_lines = 0
        with self._connection() as duckdb:
            described = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?)", [self._path])
            self._types = {str(row[0]): str(row[1]) for row in described.fetchall()}
            counted = duckdb.execute(
                "SELECT count(*) FROM read_parquet(?)", [self._path]
            ).fetchone()
        self._row_count = int(counted[0]) if counted else 0
        self.columns = checked_columns(list(self._types), file=self.name)
        self._refuse_bomb()

    def batches(self, size: int) -> Iterator[Batch]:
        self.bytes_read = 0
        done = 0
        for rows in self._rows(size):
            batch = Batch(self.name, list(enumerate(map(list, rows), done + 1)), [])
            done += len(rows)
            self.bytes_read = self.total_bytes * done // max(self._row_count, 1)
            yield batch
        self.bytes_read = self.total_bytes

    def _rows(self, size: int) -> Iterator[list[tuple[str, ...]]]:
        """Rows in the file's order. At the first long one, go on from there by the handful."""
        done = 0
        for limit, at_once in ((LONG_ROW, 512), (MAX_CELL, 16)):
            with self._connection(long_rows_pass=limit < MAX_CELL) as duckdb:
                duckdb.execute(self._query(limit=limit, skip=done), [self._path])
                while rows := duckdb.fetchmany(min(size, at_once)):
                    yield rows
                    done += len(rows)
                return

    def _query(self, *, limit: int, skip: int) -> str:
        names = {name: '"' + name.replace('"', '""') + '"' for name in self._types}
        texts = [
            f"CAST({names[name]} AS VARCHAR)"
            for name, type_ in self._types.items()
            if type_.endswith("]") or type_.startswith(TEXT_TYPES)
        ]
        cells = [f"coalesce(CAST({name} AS VARCHAR), '')" for name in names.values()]
        if texts:
            length = " + ".join(f"coalesce(strlen({text}), 0)" for text in texts)
            nul = " OR ".join(f"coalesce(contains({text}, chr(0)), false)" for text in texts)
            row = "''" if "file_row_number" in self._types else "file_row_number + 1"
            cells[0] = (
                f"CASE WHEN {length} > {limit} THEN error('{LONG} ' || {row})"
                f" WHEN {nul} THEN error('{NUL} ' || {row}) ELSE {cells[0]} END"
            )
        return (
            f"SELECT {', '.join(cells)} FROM read_parquet(?)"  # noqa: S608  (names are quoted)
            + (f" OFFSET {skip}" if skip else "")
        )

    @property
    def _path(self) -> str:
        """The path as DuckDB takes it, which would read * ? [ as a pattern."""
        return re.sub(r"([*?[])", r"[\1]", str(self._source.path.resolve()))

    @contextmanager
    def _connection(self, *, long_rows_pass: bool = False) -> Iterator[DuckDBPyConnection]:
        """A database of its own. What it says against the file becomes an UnreadableFile."""
        import duckdb  # noqa: PLC0415  (a heavy import that only Parquet needs)

        with duckdb.connect(config=CONFIG) as connection:
            try:
                connection.execute("SET TimeZone = 'UTC'; SET streaming_buffer_size = '4MB'")
                yield connection
            except duckdb.Error as error:
                found = MARK.search(str(error))
                if not (long_rows_pass and found and found[1] == LONG):
                    raise self._refusal(error, found) from error

    def _refusal(self, error: Exception, found: re.Match[str] | None) -> UnreadableFile:
        line = int(found[2]) if found and found[2] else None
        if found and found[1] == LONG:
            what = _("the row holds more than %(limit)d characters. Shorten it.")
            what, reason = what % {"limit": MAX_CELL}, "cell-too-long"
        elif found:
            what, reason = _("there is a NUL byte, which no text has. Remove it."), "nul-byte"
        elif "Out of Memory" in str(error):
            what = _("its row groups or cells are too large to be read bit by bit. Write it again with "
                     "row groups of at most 100,000 rows, or as CSV.")  # fmt: skip
            reason = "too-large"
        else:
            what = _("it is a damaged Parquet file (%(error)s). Write it again, or as CSV.")
            what, reason = what % {"error": str(error).split("\n")[0][:200]}, "damaged"
        return UnreadableFile(what, file=self.name, line=line, reason=reason)

    def _refuse_bomb(self) -> None:
        cells = self._row_count * len(self.columns)
        if self._row_count > HARMLESS_ROWS and cells > MAX_CELLS_PER_BYTE * self.total_bytes:
            raise UnreadableFile(
                _("it unpacks to %(rows)d rows, far more than a table of its size holds. Write it as "
                  "CSV if you trust it.") % {"rows": self._row_count},
                file=self.name, reason="bomb",
            )  # fmt: skip

"""Parquet read by DuckDB, every cell as the text its value prints as, a few rows at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from epm.imports.readers.contract import Batch, UnreadableFile, checked_columns
from epm.imports.readers.sources import Source

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Little memory, and nothing fetched from anywhere. One thread: a second doubles the memory.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "80MB",
    "max_temp_directory_size": "0B",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
SETTINGS = """
SET TimeZone = 'UTC';
SET streaming_buffer_size = '1MB';
SET disable_parquet_prefetching = true;
"""
# DuckDB holds 2,048 rows at a time, whatever their length and its memory limit.
MAX_ROW = 10_000
AT_ONCE = 512
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
        with self._connection() as duckdb:
            duckdb.execute(self._query(), [self._path])
            while rows := duckdb.fetchmany(min(size, AT_ONCE)):
                batch = Batch(self.name, list(enumerate(map(list, rows), done + 1)), [])
                done += len(rows)
                self.bytes_read = self.total_bytes * done // max(self._row_count, 1)
                yield batch
        self.bytes_read = self.total_bytes

    def _query(self) -> str:
        """Every cell as text; rows too long for us and NULs stop it with their number."""
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
                f"CASE WHEN {length} > {MAX_ROW} THEN error('{LONG} ' || {row})"
                f" WHEN {nul} THEN error('{NUL} ' || {row}) ELSE {cells[0]} END"
            )
        return f"SELECT {', '.join(cells)} FROM read_parquet(?)"  # noqa: S608  (quoted above)

    @property
    def _path(self) -> str:
        """The path as DuckDB takes it, which would read * ? [ as a pattern."""
        return re.sub(r"([*?[])", r"[\1]", str(self._source.path.resolve()))

    @contextmanager
    def _connection(self) -> Iterator[DuckDBPyConnection]:
        """A database of its own. What it says against the file becomes an UnreadableFile."""
        import duckdb  # noqa: PLC0415  (a heavy import that only Parquet needs)

        with duckdb.connect(config=CONFIG) as connection:
            try:
                connection.execute(SETTINGS)
                yield connection
            except duckdb.Error as error:
                raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> UnreadableFile:
        found = MARK.search(str(error))
        line = int(found[2]) if found and found[2] else None
        if found and found[1] == LONG:
            what = _("the row holds more than %(limit)d characters. Shorten it, or use CSV.") % {
                "limit": MAX_ROW
            }
            reason = "row-too-long"
        elif found:
            what, reason = _("there is a NUL byte, which no text has. Remove it."), "nul-byte"
        elif "Out of Memory" in str(error):
            what = _(
                "its row groups or cells are too large to be read bit by bit. Write it again with "
                "row groups of at most 20,000 rows, or as CSV."
            )
            reason = "too-large"
        else:
            what = _("it is a damaged Parquet file (%(error)s). Write it again, or as CSV.")
            what, reason = what % {"error": str(error).split("\n")[0][:200]}, "damaged"
        return UnreadableFile(what, file=self.name, line=line, reason=reason)

    def _refuse_bomb(self) -> None:
        cells = self._row_count * len(self.columns)
        if self._row_count > HARMLESS_ROWS and cells > MAX_CELLS_PER_BYTE * self.total_bytes:
            raise UnreadableFile(
                _("it unpacks to %(rows)d rows, far more than a table of its size holds. Write it "
                  "as CSV if you trust it.") % {"rows": self._row_count},
                file=self.name, reason="bomb",
            )  # fmt: skip

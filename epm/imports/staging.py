"""The raw stage: the file as it is, every cell as text, in an unlogged table of its own run."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg import sql

from epm.imports.mapping import ImportMapping
from epm.imports.readers import Batch, Table
from epm.platform.exports import FORMULA

SCHEMA = "import_staging"
CORRECTED = "_row"
"""Column of a corrected quarantine export: the quarantined row each of its rows replaces."""
MARKS = (CORRECTED, "_file", "_line", "_reason", "_detail")
"""The columns such an export adds to the file's own."""

SPACES = r"\s\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Python takes for space; PostgreSQL's \\s depends on the locale."""
MARKED = f"^'+(?:{FORMULA.pattern.replace(chr(92) + 's', SPACES)})"
MARKED_NAME = re.compile(f"'+(?:{FORMULA.pattern})")

Progress = Callable[[str, int, int], None]
"""Told the phase, how much of it is done and how much there is."""


def untold(_phase: str, _done: int, _total: int) -> None:
    """The progress nobody watches."""


@dataclass(slots=True)
class Stage:
    """What one run has read, and where the tables are that its kind makes out of it."""

    run_id: int
    header: list[str]
    mapping: ImportMapping
    file_names: list[str] = field(default_factory=list)
    row_count: int = 0
    blank_lines: int = 0
    has_error_cells: bool = False

    def table(self, name: str) -> sql.Identifier:
        return sql.Identifier(SCHEMA, f"run_{self.run_id}_{name}")

    @property
    def raw(self) -> sql.Identifier:
        """row_no, file_no, line_no, misfit (why the row has not the file's shape), c1 … cn."""
        return self.table("raw")

    @property
    def own_columns(self) -> list[str]:
        """The file's columns without those that a quarantine export added."""
        return [name for name in self.header if CORRECTED not in self.header or name not in MARKS]

    def column(self, name: str) -> sql.Identifier:
        """The raw column of this name, of the table called `raw`."""
        return sql.Identifier("raw", f"c{self.header.index(name) + 1}")

    def cells(self, alias: str) -> sql.Composable:
        """The row's cells as a JSON array, whether it has the file's shape or not."""
        own = set(self.own_columns)
        columns = [
            sql.Identifier(alias, f"c{i}") for i, name in enumerate(self.header, 1) if name in own
        ]
        return sql.SQL("coalesce({}::jsonb -> 'cells', to_jsonb(ARRAY[{}]))").format(
            sql.Identifier(alias, "misfit"), sql.SQL(", ").join(columns)
        )


def execute(statement: sql.Composable | str, parameters: Sequence[Any] | None = None) -> int:
    """Run one statement; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def fetch(statement: sql.Composable | str, parameters: Sequence[Any] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def header_of(table: Table) -> list[str]:
    """The columns' own names, without what a quarantine export put before those like formulas."""
    if CORRECTED not in table.columns:
        return list(table.columns)
    return [name[1:] if MARKED_NAME.match(name) else name for name in table.columns]


def load(table: Table, *, run_id: int, mapping: ImportMapping, progress: Progress) -> Stage:
    """Stream `table` into a fresh raw stage by COPY. Memory stays flat whatever its size."""
    stage = Stage(run_id=run_id, header=header_of(table), mapping=mapping)
    columns = [sql.SQL(f"c{i} text") for i in range(1, len(stage.header) + 1)]
    execute(
        sql.SQL(
            "CREATE UNLOGGED TABLE {} (row_no bigint, file_no smallint, line_no bigint, misfit"
            " text, {})"
        ).format(stage.raw, sql.SQL(", ").join(columns))
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY {} FROM STDIN").format(stage.raw)) as copy,
    ):
        for batch in table.batches():
            copy.write(_copy_text(batch, stage=stage))
            progress("read", table.bytes_read, table.total_bytes)
    stage.blank_lines = table.blank_lines
    stage.has_error_cells = table.has_error_cells or CORRECTED in stage.header
    if CORRECTED in stage.header:
        _undo_apostrophes(stage)
    execute(sql.SQL("ANALYZE {}").format(stage.raw))
    return stage


def _undo_apostrophes(stage: Stage) -> None:
    """Take away what the export for spreadsheets put before cells that look like formulas."""
    columns = [sql.Identifier(f"c{i}") for i in range(1, len(stage.header) + 1)]
    execute(
        sql.SQL("UPDATE {} SET {}").format(
            stage.raw,
            sql.SQL(", ").join(
                sql.SQL("{c} = CASE WHEN {c} ~ {marked} THEN substr({c}, 2) ELSE {c} END").format(
                    c=c, marked=sql.Literal(MARKED)
                )
                for c in columns
            ),
        )
    )


def drop(*, run_ids: Iterable[int]) -> None:
    """Remove every staging table of these runs."""
    prefixes = {f"run_{run_id}_" for run_id in run_ids}
    tables = fetch("SELECT tablename FROM pg_tables WHERE schemaname = %s", [SCHEMA])
    for (name,) in tables:
        if any(name.startswith(prefix) for prefix in prefixes):
            execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(SCHEMA, name)))


def _copy_text(batch: Batch, *, stage: Stage) -> str:
    """The batch in COPY's text format. Escaping is looked for once a batch, not once a cell."""
    if not stage.file_names or stage.file_names[-1] != batch.file_name:
        stage.file_names.append(batch.file_name)
    file_no, row_no, width = len(stage.file_names), stage.row_count, len(stage.header)
    lines = [
        f"{row_no}\t{file_no}\t{line_no}\t\\N\t" + "\t".join(cells)
        for row_no, (line_no, cells) in enumerate(batch.rows, row_no + 1)
    ]
    text = "\n".join(lines)
    tabs = len(lines) * (width + 3)
    if (
        text.count("\t") != tabs
        or text.count("\n") != max(len(lines) - 1, 0)
        or "\r" in text
        or text.count("\\") != len(lines)
    ):
        lines = [
            f"{row_no}\t{file_no}\t{line_no}\t\\N\t" + "\t".join(map(_escaped, cells))
            for row_no, (line_no, cells) in enumerate(batch.rows, row_no + 1)
        ]
    stage.row_count += len(batch.rows)
    for line_no, found, reason in batch.misfits:
        stage.row_count += 1
        marks = found[: len(MARKS)] if stage.header[: len(MARKS)] == list(MARKS) else []
        misfit = json.dumps({"reason": reason, "cells": found[len(marks) :]}, ensure_ascii=False)
        columns = [*map(_escaped, marks), *[""] * (width - len(marks))]
        lines.append(
            "\t".join(
                [str(stage.row_count), str(file_no), str(line_no), _escaped(misfit), *columns]
            )
        )
    return "\n".join(lines) + "\n" if lines else ""


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")

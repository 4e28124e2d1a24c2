"""Rows that were not applied: kept whole with their reason, to correct and apply again."""

import csv
import re
from collections.abc import Iterator, Sequence
from io import StringIO

from psycopg import sql

from epm.imports.models import ImportRun, QuarantinedRow
from epm.imports.staging import CORRECTED, MARKS, Stage, execute, fetch
from epm.platform.exports import FORMULA, inert

KEPT_APOSTROPHES = re.compile(f"'+(?:{FORMULA.pattern})")
"""What the file itself has written so: one more apostrophe, as the import takes one away."""


def keep(stage: Stage, *, verdicts: sql.Composable) -> int:
    """Store every refused row of the stage; how many there are."""
    return execute(
        sql.SQL(
            "INSERT INTO imports_quarantinedrow"
            " (run_id, file_name, line_number, reason, detail, group_key, amount, cells)"
            " SELECT {run}, {file}, {line},"
            "  left(coalesce(v.reason, 'ticket-refused'), 64), coalesce(v.detail, ''),"
            "  left(coalesce(v.group_key, ''), 300), CASE WHEN abs(v.amount) < 1e11 THEN"
            " v.amount END, {cells}"
            " FROM ({verdicts}) v JOIN {raw} raw USING (row_no)"
            " WHERE v.state = 'refused' ORDER BY raw.row_no"
        ).format(
            run=sql.Literal(stage.run_id),
            **_origin(stage),
            cells=stage.cells("raw"),
            verdicts=verdicts,
            raw=stage.raw,
        )
    )


def _origin(stage: Stage) -> dict[str, sql.Composable]:
    """Where a row stood first: a corrected export carries the file and line it came from."""
    file = sql.SQL("({}::text[])[raw.file_no]").format(sql.Literal(stage.file_names))
    line: sql.Composable = sql.SQL("raw.line_no")
    if {CORRECTED, "_file", "_line"} <= set(stage.header):
        given = {"f": stage.column("_file"), "n": stage.column("_line")}
        file = sql.SQL("coalesce(nullif(left({f}, 255), ''), {file})").format(file=file, **given)
        line = sql.SQL(
            "CASE WHEN {n} ~ '^[0-9]{{1,15}}$' THEN {n}::bigint ELSE raw.line_no END"
        ).format(**given)
    return {"file": file, "line": line}


def supersede(stage: Stage, *, kind: str) -> None:
    """Earlier quarantines let go of the rows this run has met again.

    Applied or not, this run's account now has them: those of a corrected export by their number,
    those of the same file by place and content. So an open row is open once.
    """
    same = sql.SQL("q.file_name = {file} AND q.line_number = {line}").format(**_origin(stage))
    if CORRECTED in stage.header:
        number = stage.column(CORRECTED)
        same = sql.SQL(
            "({same} OR CASE WHEN {n} ~ '^[0-9]{{1,18}}$' THEN q.id = {n}::bigint END)"
        ).format(same=same, n=number)
    else:
        same = sql.SQL("{} AND q.cells = {}").format(same, stage.cells("raw"))
    earlier = sql.SQL(
        "q.resolved_by_id IS NULL AND q.run_id < {run}"
        " AND q.run_id IN (SELECT id FROM imports_importrun WHERE kind = {kind})"
    ).format(run=sql.Literal(stage.run_id), kind=sql.Literal(kind))
    if fetch(
        sql.SQL("SELECT EXISTS (SELECT FROM imports_quarantinedrow q WHERE {})").format(earlier)
    )[0][0]:
        execute(
            sql.SQL(
                "UPDATE imports_quarantinedrow q SET resolved_by_id = {run}"
                " FROM {raw} raw WHERE {earlier} AND {same}"
            ).format(run=sql.Literal(stage.run_id), raw=stage.raw, earlier=earlier, same=same)
        )


def holder_of(run: ImportRun) -> ImportRun:
    """The run that keeps the open rows of `run` now: itself, or a later one that met them again."""
    while not run.quarantine.filter(resolved_by=None).exists():
        later = (
            run.quarantine.order_by("-resolved_by").values_list("resolved_by", flat=True).first()
        )
        if later is None:
            break
        run = ImportRun.objects.get(pk=later)
    return run


def csv_lines(
    run: ImportRun, *, for_people: bool = True, only: Sequence[int] | None = None
) -> Iterator[str]:
    """The open rows of a run as CSV, streamed; import the corrected file to apply them.

    For people a cell that a spreadsheet would run as a formula gets a leading apostrophe; our own
    re-import asks for the cells as they are. Headings get one in any case. `only` narrows them to
    some rows by their number.
    """
    yield _line([*MARKS, *map(_inert, run.columns)])
    rows = QuarantinedRow.objects.filter(run=run, resolved_by=None).order_by("line_number", "pk")
    if only is not None:
        rows = rows.filter(pk__in=only)
    for row in rows.iterator(chunk_size=2_000):
        cells = [
            str(cell) for cell in row.corrected_cells or row.cells
        ]  # all there are: a misfit stays one
        cells = [row.file_name, str(row.line_number), row.reason, row.detail, *cells]
        if for_people:
            cells = [_inert(cell) for cell in cells]
        yield _line([str(row.pk), *cells])


def _inert(cell: str) -> str:
    return "'" + cell if KEPT_APOSTROPHES.match(cell) else inert(cell)


def _line(cells: Sequence[str]) -> str:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()

"""The typed rows of a stage: one pass that reads every field and names the first fault of a row."""

from collections.abc import Sequence

from psycopg import sql

from epm.imports import expressions
from epm.imports.fields import Field
from epm.imports.staging import Stage

# A volatile column keeps the planner from pulling a subquery up and writing its expressions out
# again at each use, and unlike OFFSET 0 it lets the scan run in parallel.
FENCE = sql.SQL("clock_timestamp() AS fence")

SPREADSHEET_ERRORS = (
    "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#DIGITS!", "#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#ERROR",
)  # fmt: skip

TEXT_LIKE = {"text", "list", "path"}


def readable(fields: Sequence[Field], *, stage: Stage) -> list[Field]:
    """The fields this mapping gives."""
    return [f for f in fields if stage.mapping.gives(f.name)]


def select(
    fields: Sequence[Field], *, stage: Stage, extra: Sequence[sql.Composable] = ()
) -> sql.Composable:
    """SELECT row_no, each field's value, `extra` raw expressions, and the row's `fault`.

    A fault is `reason|field|text`; NULL when the row reads well. A row without the file's shape
    has its reader's reason as fault.
    """
    mapping, header = stage.mapping, stage.header
    texts = [
        sql.SQL("{} AS {}").format(
            expressions.text_of(f.name, mapping=mapping, header=header),
            sql.Identifier(f"{f.name}_t"),
        )
        for f in fields
        if f.type != "path"
    ]
    inner = sql.SQL("SELECT row_no, misfit, {} AS error_cell, {}, {} FROM {}").format(
        _error_cell(stage), sql.SQL(", ").join([*texts, *extra]), FENCE, stage.raw
    )
    values = [
        sql.SQL("{} AS {}").format(
            expressions.value_of(f, sql.Identifier(f"{f.name}_t"), fmt=mapping.format),
            sql.Identifier(f.name),
        )
        for f in fields
        if f.type != "path"
    ]
    return sql.SQL(
        "SELECT typed.*, {fault} AS fault"
        " FROM (SELECT inner_.*, {values}, clock_timestamp() AS fenced FROM ({inner}) inner_) typed"
    ).format(fault=_fault(fields), values=sql.SQL(", ").join(values), inner=inner)


def _error_cell(stage: Stage) -> sql.Composable:
    """The first cell the mapping reads that a spreadsheet could not calculate."""
    mapping = stage.mapping
    words = [word for word in SPREADSHEET_ERRORS if word not in mapping.format.null_values]
    read = {column for spec in mapping.columns.values() for column in spec.columns}
    read |= set(mapping.attributes.values())
    read |= {match.column for match in mapping.rows.values() if match.column}
    if not stage.has_error_cells or not words or not read:
        return sql.SQL("NULL::text")
    tests = [
        sql.SQL("WHEN {cell} = ANY ({words}) THEN {told} || {cell}").format(
            cell=sql.Identifier(f"c{number}"),
            words=sql.Literal(words),
            told=sql.Literal(f"error-cell|{name}|"),
        )
        for number, name in enumerate(stage.header, 1)
        if name in read
    ]
    return sql.SQL("CASE {} END").format(sql.SQL(" ").join(tests))


def _fault(fields: Sequence[Field]) -> sql.Composable:
    tests: list[sql.Composable] = [
        sql.SQL("WHEN misfit IS NOT NULL THEN misfit::jsonb ->> 'reason'"),
        sql.SQL("WHEN error_cell IS NOT NULL THEN error_cell"),
    ]
    for f in (f for f in fields if f.type != "path"):
        text, value = sql.Identifier(f"{f.name}_t"), sql.Identifier(f.name)
        if f.required:
            tests.append(_when(sql.SQL("{} IS NULL").format(text), "missing", f, text))
        if f.type not in TEXT_LIKE:
            wrong = sql.SQL("{} IS NULL AND {} IS NOT NULL").format(value, text)
            tests.append(_when(wrong, f"not-a-{f.type}", f, text))
        if f.max_length:
            long = sql.SQL("length({}) > {}").format(text, sql.Literal(f.max_length))
            tests.append(_when(long, "too-long", f, text))
        if f.choices:
            other = sql.SQL("{} <> ALL ({})").format(text, sql.Literal(list(f.choices)))
            tests.append(_when(other, "unknown-value", f, text))
    return sql.SQL("CASE {} END").format(sql.SQL(" ").join(tests))


def _when(test: sql.Composable, reason: str, f: Field, text: sql.Composable) -> sql.Composable:
    return sql.SQL("WHEN {} THEN {} || left(coalesce({}, ''), 200)").format(
        test, sql.Literal(f"{reason}|{f.name}|"), text
    )

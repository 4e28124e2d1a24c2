"""A look at a file's beginning: what its columns are called, and what stands in them."""

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from epm.imports.readers import ReaderOptions, UnreadableFile, open_table

ROWS: Final = 200
MOST_BATCHES: Final = 8
"""A request waits: a file that has no rows so far in shows none."""
LONGEST: Final = 60
QUOTES: Final = {"unclosed-quote", "stray-quote"}


@dataclass(frozen=True, slots=True)
class Peek:
    """`samples`: the first cells of each column, cut short; `refused`: why quotation marks are
    read as text.
    """

    columns: list[str]
    samples: list[list[str]]
    sheet: str | None
    refused: str = ""


def at(path: Path, *, options: ReaderOptions) -> Peek:
    """The header and the first rows; as if there were no quotation marks, where one of them is
    what keeps the file from being read. Raises UnreadableFile.
    """
    try:
        return _look(path, options=options)
    except UnreadableFile as refused:
        if not options.quote or refused.facts.get("reason") not in QUOTES:
            raise
        return replace(_look(path, options=replace(options, quote="")), refused=str(refused.detail))


def _look(path: Path, *, options: ReaderOptions) -> Peek:
    table = open_table([path], options=replace(options, first=ROWS))
    rows: list[list[str]] = []
    for batch in islice(table.batches(size=ROWS), MOST_BATCHES):
        rows += [cells for _line, cells in batch.rows[: ROWS - len(rows)]]
        if len(rows) >= ROWS:
            break
    samples = [[cells[number][:LONGEST] for cells in rows] for number in range(len(table.columns))]
    return Peek(table.columns, samples, next(iter(table.sheets.values()), None))

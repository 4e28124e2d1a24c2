"""A look at a file's beginning: what its columns are called, and what stands in them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from epm.imports.readers import ReaderOptions, open_table

ROWS: Final = 5
LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Peek:
    """`samples`: the first few cells of each column, cut short."""

    columns: list[str]
    samples: list[list[str]]
    sheet: str | None


def at(path: Path, *, options: ReaderOptions) -> Peek:
    """The header and the first rows. Raises UnreadableFile."""
    table = open_table([path], options=options)
    rows: list[list[str]] = []
    for batch in table.batches(size=ROWS):
        rows += [cells for _line, cells in batch.rows[: ROWS - len(rows)]]
        if len(rows) >= ROWS:
            break
    samples = [[cells[number][:LONGEST] for cells in rows] for number in range(len(table.columns))]
    return Peek(table.columns, samples, next(iter(table.sheets.values()), None))

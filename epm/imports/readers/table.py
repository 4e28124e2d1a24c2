"""One logical table out of one or several files with the same columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from epm.imports.readers.contract import Batch, Part, ReaderOptions, UnreadableFile, quoted
from epm.imports.readers.delimited import DelimitedPart
from epm.imports.readers.parquet import ParquetPart
from epm.imports.readers.sources import Format, Source, sources_in
from epm.imports.readers.workbook import WorkbookPart

MOST_LOOKED_AT = 10  # files of an archive, where only the first rows are wanted


class Table:
    """Rows of `parts`, one file after the other, in the order of the first file's columns."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.columns = list(parts[0].columns)
        self.total_bytes = sum(part.total_bytes for part in parts)

    @property
    def bytes_read(self) -> int:
        """How much of `total_bytes` the iteration has behind it."""
        return sum(part.bytes_read for part in self._parts)

    @property
    def blank_lines(self) -> int:
        """How many lines held nothing, up to where the iteration is."""
        return sum(part.blank_lines for part in self._parts)

    @property
    def encodings(self) -> dict[str, str]:
        """How each text file was decoded: a guess worth showing when the mapping names none."""
        return {p.name: p.encoding for p in self._parts if isinstance(p, DelimitedPart)}

    @property
    def sheets(self) -> dict[str, str]:
        """Which sheet of each workbook is read."""
        return {p.name: p.sheet for p in self._parts if isinstance(p, WorkbookPart)}

    @property
    def has_error_cells(self) -> bool:
        """Whether a spreadsheet's own errors (#N/A) stand among the cells."""
        return any(p.has_error_cells for p in self._parts if isinstance(p, WorkbookPart))

    def batches(self, size: int = 5000) -> Iterator[Batch]:
        """At most `size` rows at a time, each batch out of one file. Memory stays flat.

        Raises UnreadableFile where a file turns out to be broken; what came before it was good.
        """
        for part in self._parts:
            order = [part.columns.index(name) for name in self.columns]
            in_order = order == sorted(order)
            for batch in part.batches(size):
                yield batch if in_order else _reordered(batch, order)


def open_table(paths: Sequence[Path], *, options: ReaderOptions) -> Table:
    """The files' table, after a look at each file's beginning. Raises UnreadableFile."""
    sources = [source for path in paths for source in sources_in(path)]
    if options.first:
        sources = sources[:MOST_LOOKED_AT]
    parts: list[Part] = [_part(source, options) for source in sources]
    if not parts:
        raise UnreadableFile(_("no file was given."), file="", reason="no-file")
    for part in parts[1:]:
        _refuse_other_columns(part, first=parts[0])
    return Table(parts)


def _part(source: Source, options: ReaderOptions) -> Part:
    match source.format:
        case Format.PARQUET:
            return ParquetPart(source)
        case Format.WORKBOOK:
            return WorkbookPart(source, options)
        case _:
            return DelimitedPart(source, options)


def _refuse_other_columns(part: Part, *, first: Part) -> None:
    missing = [name for name in first.columns if name not in part.columns]
    extra = [name for name in part.columns if name not in first.columns]
    if not missing and not extra:
        return
    differences = []
    if missing:
        differences.append(_("it lacks %(names)s") % {"names": quoted(missing)})
    if extra:
        differences.append(_("it has %(names)s besides") % {"names": quoted(extra)})
    raise UnreadableFile(
        _("its columns are not those of %(first)s: %(differences)s. Import files with different "
          "columns one by one.") % {"first": first.name, "differences": "; ".join(differences)},
        file=part.name, reason="different-columns",
    )  # fmt: skip


def _reordered(batch: Batch, order: list[int]) -> Batch:
    rows = [(line_no, [cells[i] for i in order]) for line_no, cells in batch.rows]
    return Batch(batch.file_name, rows, batch.misfits)

"""The mapping file: how the columns of somebody's file become our fields (docs/imports.md)."""

import zoneinfo
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from epm.imports import mapping_toml
from epm.imports.mapping_values import (
    MOST_JOINED,
    BadMapping,
    check_plain,
    format_values,
    only,
    own_text,
    quoted,
    reader_values,
    table,
    text,
    texts,
)
from epm.imports.readers import ReaderOptions

__all__ = [
    "BadMapping", "ColumnSpec", "Format", "ImportMapping", "RowMatch", "known_time_zone",
    "mapping_from", "read_mapping",
]  # fmt: skip

ISO_MOMENT = "%Y-%m-%d %H:%M:%S"
FURTHEST = 40_000
"""Days a file can be moved: a century or so."""

MATCH_KEYS = {"field", "column", "values", "pattern", "treat_as"}
SECTIONS = {
    "kind", "description", "file", "format", "columns", "constants", "values", "defaults",
    "attributes", "options", "rows",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One field out of one or several columns, joined, between a prefix and a suffix.

    `pattern` keeps the part of the text that it, or its first group, matches.
    """

    columns: tuple[str, ...]
    join: str = " "
    prefix: str = ""
    suffix: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class RowMatch:
    """Which rows are meant: those whose field or column is one of `values` or fits `pattern`."""

    field: str | None = None
    column: str | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None
    treat_as: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """How the file writes numbers and times.

    `dates` are strptime formats tried in order (empty: ISO 8601); `timezone` is an IANA name, or
    "store" for the local time of each row's store.
    """

    decimal_mark: str = "."
    thousands: str = ""
    strip: str = ""
    dates: tuple[str, ...] = ()
    timezone: str = "store"
    shift_days: int = 0
    null_values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportMapping:
    kind: str
    reader: ReaderOptions = field(default_factory=ReaderOptions)
    format: Format = field(default_factory=Format)
    columns: Dict[str, ColumnSpec] = field(default_factory=dict)
    constants: Dict[str, str] = field(default_factory=dict)
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)
    defaults: Dict[str, str] = field(default_factory=dict)
    attributes: Dict[str, str] = field(default_factory=dict)
    options: Dict[str, str] = field(default_factory=dict)
    rows: Dict[str, RowMatch] = field(default_factory=dict)
    source: Dict[str, Any] = field(default_factory=dict)

    def gives(self, name: str) -> bool:
        return name in self.columns or name in self.constants or name in self.defaults

    def with_columns_named_like(
        self, names: Iterable[str], *, header: Sequence[str]
    ) -> "ImportMapping":
        """Without a mapping file, a column is the field of the same name."""
        known = {name: ColumnSpec((column,)) for column in header for name in names
                 if column.strip().lower() == name}  # fmt: skip
        return replace(self, columns=known)

    def reading_spreadsheet_dates(self) -> "ImportMapping":
        """A workbook's dates are told by ISO 8601, beside the formats of dates kept as text."""
        if not self.format.dates:
            return self
        if any(fmt.startswith(("%Y-%d", "%Y%d")) for fmt in self.format.dates):
            raise BadMapping(
                _("format.dates has the day before the month after the year: a workbook's own "
                  "dates would be misread. Write these dates as text in another order.")
            )  # fmt: skip
        dates = (*self.format.dates, ISO_MOMENT)
        return replace(self, format=replace(self.format, dates=dates))

    def without_its_own_columns_missing_from(self, header: Sequence[str]) -> None:
        """Refuse a mapping that names columns the file does not have."""
        wanted = {c for spec in self.columns.values() for c in spec.columns}
        wanted |= set(self.attributes.values())
        wanted |= {match.column for match in self.rows.values() if match.column}
        if missing := sorted(wanted - set(header)):
            raise BadMapping(
                _("The file has no column %(missing)s. Its columns are: %(columns)s.")
                % {"missing": quoted(missing), "columns": quoted(header)},
                missing=", ".join(missing),
            )


def read_mapping(path: Path, *, kind: str) -> ImportMapping:
    """The mapping in the TOML file `path`. Raises BadMapping with the line or key at fault."""
    try:
        with path.open("rb") as file:
            document = mapping_toml.loads(file.read(mapping_toml.LONGEST + 1))
    except OSError as error:
        raise BadMapping(
            _("The mapping %(path)s cannot be read: %(error)s.")
            % {"path": path, "error": error.strerror}
        ) from error
    return mapping_from(document, kind=kind)


def mapping_from(document: Dict[str, Any], *, kind: str) -> ImportMapping:
    """The mapping a parsed TOML document describes; the inverse is `ImportMapping.source`.

    Raises BadMapping for whatever else the document is.
    """
    check_plain(document)
    only(document, SECTIONS, where="")
    if document.get("kind", kind) != kind:
        raise BadMapping(
            _("This mapping is for “%(theirs)s”, not for “%(ours)s”.")
            % {"theirs": document["kind"], "ours": kind}
        )
    fmt = _format(table(document, "format"))
    return ImportMapping(
        kind=kind,
        reader=_reader(table(document, "file"), decimal_mark=fmt.decimal_mark),
        format=fmt,
        columns={k: _column(k, v) for k, v in table(document, "columns").items()},
        constants=_texts_of(document, "constants"),
        values={k: _texts_of(table(document, "values"), k) for k in table(document, "values")},
        defaults=_texts_of(document, "defaults"),
        attributes=_texts_of(document, "attributes"),
        options={k: _option(k, v) for k, v in table(document, "options").items()},
        rows={k: _match(k, table(document["rows"], k)) for k in table(document, "rows")},
        source=dict(document),
    )


def _texts_of(document: Dict[str, Any], name: str) -> dict[str, str]:
    return {k: text(v, where=f"{name}.{k}") for k, v in table(document, name).items()}


def _reader(section: Dict[str, Any], *, decimal_mark: str) -> ReaderOptions:
    known = {"delimiter", "encoding", "quote", "header", "skip_lines", "sheet"}
    only(section, known, where="file")
    return ReaderOptions(**reader_values(section), decimal_mark=decimal_mark)


def _format(section: Dict[str, Any]) -> Format:
    only(section, set(Format.__dataclass_fields__), where="format")
    given = format_values(section, furthest=FURTHEST)
    if (zone := given.get("timezone", "store")) != "store":
        known_time_zone(zone, where="format.timezone")
    return Format(**given)


def known_time_zone(name: object, *, where: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise BadMapping(
            _("%(where)s is “%(name)s”, which is no IANA time zone such as Europe/Paris.")
            % {"where": where, "name": name}
        )


def _column(name: str, spec: object) -> ColumnSpec:
    where = f"columns.{name}"
    if isinstance(spec, str):
        return ColumnSpec((spec,))
    if isinstance(spec, (list, tuple)):
        return ColumnSpec(texts(spec, where=where, most=MOST_JOINED))
    if isinstance(spec, dict):
        only(spec, {"column", "columns", "join", "prefix", "suffix", "pattern"}, where=where)
        if ("column" in spec) == ("columns" in spec):
            raise BadMapping(_("%(where)s needs “column” or “columns”.") % {"where": where})
        columns = spec["columns"] if "columns" in spec else [spec["column"]]
        rest = {
            k: text(v, where=f"{where}.{k}")
            for k, v in spec.items()
            if k not in {"column", "columns"}
        }
        return ColumnSpec(texts(columns, where=where, most=MOST_JOINED), **rest)
    raise BadMapping(
        _("columns.%(name)s must be a column name, a list of names or a table.") % {"name": name}
    )


def _match(name: str, spec: Dict[str, Any]) -> RowMatch:
    where = f"rows.{name}"
    only(spec, MATCH_KEYS, where=where)
    if ("field" in spec) == ("column" in spec) or ("values" in spec) == ("pattern" in spec):
        raise BadMapping(
            _("rows.%(name)s needs “field” or “column”, and “values” or “pattern”.")
            % {"name": name}
        )
    given: dict[str, Any] = {
        k: own_text(v, where=f"{where}.{k}") for k, v in spec.items() if k != "values"
    }
    if "values" in spec:
        given["values"] = texts(spec["values"], where=f"{where}.values")
    return RowMatch(**given)


def _option(name: str, value: object) -> str:
    given = text(value, where=f"options.{name}")
    return given.lower() if isinstance(value, bool) else given

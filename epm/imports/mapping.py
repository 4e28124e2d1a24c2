"""The mapping file: how the columns of somebody's file become our fields (docs/imports.md)."""

import json
import tomllib
import zoneinfo
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from epm.imports.readers import ReaderOptions
from epm.platform.refusals import Kind, Refusal

ISO_MOMENT = "%Y-%m-%d %H:%M:%S"
FURTHEST = 40_000
"""Days a file can be moved: a century or so."""

MATCH_KEYS = {"field", "column", "values", "pattern", "treat_as"}
SECTIONS = {
    "kind", "description", "file", "format", "columns", "constants", "values", "defaults",
    "attributes", "options", "rows",
}  # fmt: skip


class BadMapping(Refusal):
    code = "imports/bad-mapping"
    title = "The mapping file cannot be used"
    kind = Kind.INVALID


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
                % {"missing": _quoted(missing), "columns": _quoted(header)},
                missing=", ".join(missing),
            )


def read_mapping(path: Path, *, kind: str) -> ImportMapping:
    """The mapping in the TOML file `path`. Raises BadMapping with the line or key at fault."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadMapping(
            _("The mapping %(path)s cannot be read: %(error)s.")
            % {"path": path, "error": error.strerror}
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadMapping(
            _("The mapping %(path)s is not valid TOML: %(error)s")
            % {"path": path.name, "error": error}
        ) from error
    return mapping_from(document, kind=kind)


def mapping_from(document: Dict[str, Any], *, kind: str) -> ImportMapping:
    """The mapping a parsed TOML document describes; the inverse is `ImportMapping.source`."""
    if "\\u0000" in json.dumps(document, default=str):
        raise BadMapping(_("The mapping holds a NUL character."))
    _only(document, SECTIONS, where="")
    if document.get("kind", kind) != kind:
        raise BadMapping(
            _("This mapping is for “%(theirs)s”, not for “%(ours)s”.")
            % {"theirs": document["kind"], "ours": kind}
        )
    try:
        fmt = _format(document.get("format", {}))
        return ImportMapping(
            kind=kind,
            reader=_reader(document.get("file", {}), decimal_mark=fmt.decimal_mark),
            format=fmt,
            columns={k: _column(k, v) for k, v in document.get("columns", {}).items()},
            constants={k: str(v) for k, v in document.get("constants", {}).items()},
            values={
                k: {str(a): str(b) for a, b in v.items()}
                for k, v in document.get("values", {}).items()
            },
            defaults={k: str(v) for k, v in document.get("defaults", {}).items()},
            attributes={k: str(v) for k, v in document.get("attributes", {}).items()},
            options={k: _option(v) for k, v in document.get("options", {}).items()},
            rows={k: _match(k, v) for k, v in document.get("rows", {}).items()},
            source=dict(document),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise BadMapping(
            _("The mapping has a value of the wrong type: %(e)s") % {"e": error}
        ) from error


def _reader(section: Dict[str, Any], *, decimal_mark: str) -> ReaderOptions:
    known = {"delimiter", "encoding", "quote", "header", "skip_lines", "sheet"}
    _only(section, known, where="file")
    return ReaderOptions(**section, decimal_mark=decimal_mark)


def _format(section: Dict[str, Any]) -> Format:
    _only(section, set(Format.__dataclass_fields__), where="format")
    given = dict(section)
    for key in ("dates", "null_values"):
        if key in given:
            given[key] = (given[key],) if isinstance(given[key], str) else tuple(given[key])
    days = given.get("shift_days", 0)
    if type(days) is not int or abs(days) > FURTHEST:
        raise BadMapping(_("format.shift_days must be a whole number of days."))
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
    if isinstance(spec, str):
        return ColumnSpec((spec,))
    if isinstance(spec, list):
        return ColumnSpec(tuple(str(c) for c in spec))
    if isinstance(spec, dict):
        _only(
            spec,
            {"column", "columns", "join", "prefix", "suffix", "pattern"},
            where=f"columns.{name}",
        )
        columns = spec.get("columns") or [spec["column"]]
        rest = {k: str(v) for k, v in spec.items() if k not in {"column", "columns"}}
        return ColumnSpec(tuple(str(c) for c in columns), **rest)
    raise BadMapping(
        _("columns.%(name)s must be a column name, a list of names or a table.") % {"name": name}
    )


def _match(name: str, spec: Dict[str, Any]) -> RowMatch:
    _only(spec, MATCH_KEYS, where=f"rows.{name}")
    if ("field" in spec) == ("column" in spec) or ("values" in spec) == ("pattern" in spec):
        raise BadMapping(
            _("rows.%(name)s needs “field” or “column”, and “values” or “pattern”.")
            % {"name": name}
        )
    given = dict(spec)
    if "values" in given:
        given["values"] = tuple(str(v) for v in given["values"])
    return RowMatch(**given)


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _only(section: Dict[str, Any], known: set[str], *, where: str) -> None:
    if unknown := sorted(set(section) - known):
        raise BadMapping(
            _("The mapping knows no %(unknown)s%(where)s; known are: %(known)s.")
            % {
                "unknown": _quoted(unknown),
                "where": f" [{where}]" if where else "",
                "known": _quoted(sorted(known)),
            }
        )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)

"""A change in words: who, by which door, and what it was before and after."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext as _

from epm.platform import shown
from epm.platform.models import Change

WITHHELD: Final = "***"
"""What the trigger writes for a column whose values are nobody's business."""
IMPORT: Final = re.compile(r"^import (\d+)$")
NAMING: Final = ("sku", "code", "username", "name")
Tables = Mapping[str, type[models.Model]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the clock she goes by, and what she may not see."""

    zone: tzinfo
    sees_people: bool
    hidden: Collection[str] = ()
    """Columns she learns nothing of, not even that they are there or changed."""
    limited: Mapping[type[models.Model], models.QuerySet] = field(default_factory=dict)
    """The rows she may hear the names of, where it is not all of them."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `subject` is empty for the whole itself, else names the part."""

    id: int
    when: str
    who: str
    door: str
    import_run: int | None
    verb: str
    subject: str
    fields: Sequence[Field] = field(default_factory=tuple)


class Names:
    """What rows that others point at are called: one query for each relation."""

    def __init__(self, rows: Iterable[tuple[type[models.Model], Row]], *, reader: Reader) -> None:
        self._limited = reader.limited
        wanted: dict[type[models.Model], set[Any]] = {}
        for of, row in rows:
            for relation in _relations(of):
                if (pk := row.get(str(relation.column))) is not None:
                    wanted.setdefault(relation.remote_field.model, set()).add(pk)
        self._names = {
            (model, row.pk): str(row)
            for model, ids in wanted.items()
            for row in reader.limited.get(model, model._default_manager).filter(pk__in=ids)  # noqa: SLF001
        }

    def of(self, model: type[models.Model], pk: Any) -> str:
        return self._names.get((model, pk), _hidden() if model in self._limited else f"#{pk}")


def _relations(model: type[models.Model]) -> Iterator[Any]:
    return (each for each in model._meta.concrete_fields if each.is_relation)  # noqa: SLF001


def called(model: type[models.Model], row: Row, *, reader: Reader, names: Names) -> str:
    """A row by its code and name; one without by the first two things that tell it apart."""
    told = [str(row[name]) for name in NAMING if row.get(name)]
    if not told:
        columns = [each for each in model._meta.concrete_fields if not each.primary_key]  # noqa: SLF001
        known = [each for each in columns if row.get(str(each.column)) is not None]
        told = [_value(row[str(each.column)], each, reader, names) for each in known[:2]]
    return " · ".join(told)


def entry(
    change: Change,
    before: Row,
    after: Row,
    *,
    model: type[models.Model],
    reader: Reader,
    names: Names,
    is_part: bool,
) -> Entry:
    run = IMPORT.match(change.actor)
    columns = {each.column: each for each in model._meta.concrete_fields}  # noqa: SLF001
    return Entry(
        id=change.pk,
        when=_moment(change.changed_at, reader.zone),
        who=_who(change, reader=reader, by_import=run is not None),
        door=_door(change, by_import=run is not None),
        import_run=int(run[1]) if run else None,
        verb=change.get_verb_display(),
        subject=_subject(model) if is_part else "",
        fields=[
            _field(columns[name], before.get(name), after.get(name), reader=reader, names=names)
            for name in sorted({*before, *after}, key=list(columns).index)
            if name != "id" and name not in reader.hidden
        ]
        if {*before, *after} <= set(columns)
        else _as_written(before, after),
    )


def is_hidden(before: Row, after: Row, *, reader: Reader) -> bool:
    """Whether nothing else was changed than what the reader may not know of."""
    names = {*before, *after}
    return bool(names) and names <= set(reader.hidden)


def _subject(model: type[models.Model]) -> str:
    if model._meta.auto_created:  # noqa: SLF001
        targets = [each.remote_field.model for each in _relations(model)]
        return str(targets[-1]._meta.verbose_name)  # noqa: SLF001
    return str(model._meta.verbose_name)  # noqa: SLF001


def _as_written(before: Row, after: Row) -> list[Field]:
    """Columns that the table had once."""
    return [Field(name, _hidden(), _hidden()) for name in sorted({*before, *after}) if name != "id"]


def _field(column: Any, before: Any, after: Any, *, reader: Reader, names: Names) -> Field:
    def told(value: Any) -> str:
        if value is None or value == "":
            return shown.UNKNOWN
        return _hidden() if value == WITHHELD else _value(value, column, reader, names)

    return Field(str(column.verbose_name), told(before), told(after))


def _hidden() -> str:
    return _("Hidden")


def _value(value: Any, column: Any, reader: Reader, names: Names) -> str:
    if column.is_relation:
        return names.of(column.remote_field.model, value)
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    for kind, read in _READ.items():
        if isinstance(column, kind):
            return read(value, reader)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _moment(value: datetime, zone: tzinfo) -> str:
    return shown.moment(value.astimezone(zone))


_READ: Final[Mapping[type[models.Field], Callable[[Any, Reader], str]]] = {
    models.BooleanField: lambda value, _reader: _("yes") if value else _("no"),
    models.DecimalField: lambda value, _reader: shown.exact(Decimal(value)),
    models.DateTimeField: lambda value, reader: _moment(datetime.fromisoformat(value), reader.zone),
    models.DateField: lambda value, _reader: shown.day(date.fromisoformat(value)),
}


def _who(change: Change, *, reader: Reader, by_import: bool) -> str:
    if by_import or not change.actor:
        return shown.UNKNOWN
    return change.actor if reader.sees_people else _hidden()


def _door(change: Change, *, by_import: bool) -> str:
    if by_import:
        return _("Import")
    known = {
        "account": _("Own account"),
        "admin": _("Back office"),
        "command": _("Command"),
        "api": _("API"),
        "epm": _("Command or background task"),
    }
    return str(known.get(change.door, change.door or shown.UNKNOWN))

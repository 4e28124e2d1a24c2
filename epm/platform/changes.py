"""The history of a row as a person reads it: who, when, through which door, before and after."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from django.db import connection, models
from django.utils.translation import gettext as _
from psycopg import sql

from epm.platform import shown
from epm.platform.models import Change, ExactNumbers, Verb

MOST: Final = 500
IMPORT: Final = re.compile(r"^import (\d+)$")
Tables = Mapping[str, type[models.Model]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the clock she goes by, and what she may not see."""

    zone: tzinfo
    sees_people: bool
    hidden: Collection[str] = ()
    """Columns of which she learns no more than that they changed."""
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

    when: str
    who: str
    door: str
    import_run: int | None
    verb: str
    subject: str
    fields: Sequence[Field] = field(default_factory=tuple)


def tables_of(model: type[models.Model], *, parts: Iterable[type[models.Model]]) -> Tables:
    """The tables whose changes belong to a `model`: its own, its parts', its many-to-many."""
    through = [many.remote_field.through for many in model._meta.many_to_many]  # noqa: SLF001
    return {each._meta.db_table: each for each in (model, *parts, *through) if each is not None}  # noqa: SLF001


def history(*, whole_id: int, tables: Tables, reader: Reader) -> list[Entry]:
    """The last changes of a row and its parts, newest first.

    A row's values as it appeared are those it has now, less what was changed since.
    """
    changes = list(
        Change.objects.filter(subject__in=tables, whole_id=whole_id).order_by("-pk")[:MOST]
    )
    states = _rows_as_they_are(changes, tables)
    told = [(change, *_sides(change, states)) for change in changes]
    names = _Names(told, tables, reader=reader)
    return [
        _entry(change, before, after, model=tables[change.subject], reader=reader, names=names)
        for change, before, after in told
    ]


def _sides(change: Change, states: dict[tuple[str, int], Row]) -> tuple[Row, Row]:
    """Before and after; walks `states` back to what it was before this change."""
    key = (change.subject, change.object_id)
    if change.verb == Verb.CREATED:
        born = states.pop(key, {})
        return {}, {name: value for name, value in born.items() if value not in (None, "", {})}
    before, after = change.before or {}, change.after or {}
    states[key] = {**states.get(key, {}), **before}
    return before, after


def _rows_as_they_are(changes: Iterable[Change], tables: Tables) -> dict[tuple[str, int], Row]:
    wanted: dict[str, set[int]] = {}
    for change in changes:
        if change.verb == Verb.CREATED:
            wanted.setdefault(change.subject, set()).add(change.object_id)
    found: dict[tuple[str, int], Row] = {}
    with connection.cursor() as cursor:
        for table, ids in wanted.items():
            known = {each.column for each in tables[table]._meta.concrete_fields}  # noqa: SLF001
            query = sql.SQL("SELECT id, to_jsonb(t)::text FROM {} t WHERE id = ANY(%s)")
            cursor.execute(query.format(sql.Identifier(table)), [list(ids)])
            for pk, text in cursor.fetchall():
                row = json.loads(text, cls=ExactNumbers)
                found[table, pk] = {name: row[name] for name in row if name in known}
    return found


class _Names:
    """What rows that others point at are called: one query for each relation."""

    def __init__(
        self, told: Iterable[tuple[Change, Row, Row]], tables: Tables, *, reader: Reader
    ) -> None:
        self._limited = reader.limited
        wanted: dict[type[models.Model], set[Any]] = {}
        for change, *sides in told:
            for relation in _relations(tables[change.subject]):
                for side in sides:
                    if side.get(relation.column) is not None:
                        target = relation.remote_field.model
                        wanted.setdefault(target, set()).add(side[relation.column])
        self._names = {
            (model, row.pk): str(row)
            for model, ids in wanted.items()
            for row in reader.limited.get(model, model._default_manager).filter(pk__in=ids)  # noqa: SLF001
        }

    def of(self, model: type[models.Model], pk: Any) -> str:
        return self._names.get((model, pk), _hidden() if model in self._limited else f"#{pk}")


def _relations(model: type[models.Model]) -> Iterator[Any]:
    return (each for each in model._meta.concrete_fields if each.is_relation)  # noqa: SLF001


def _entry(
    change: Change,
    before: Row,
    after: Row,
    *,
    model: type[models.Model],
    reader: Reader,
    names: _Names,
) -> Entry:
    run = IMPORT.match(change.actor)
    columns = {each.column: each for each in model._meta.concrete_fields}  # noqa: SLF001
    is_part = change.object_id != change.whole_id or model._meta.auto_created  # noqa: SLF001
    return Entry(
        when=_moment(change.changed_at, reader.zone),
        who=_who(change, reader=reader, by_import=run is not None),
        door=_door(change, by_import=run is not None),
        import_run=int(run[1]) if run else None,
        verb=change.get_verb_display(),
        subject=_subject(model) if is_part else "",
        fields=[
            _field(columns[name], before.get(name), after.get(name), reader=reader, names=names)
            for name in sorted({*before, *after}, key=list(columns).index)
            if name != "id"
        ]
        if {*before, *after} <= set(columns)
        else _as_written(before, after),
    )


def _subject(model: type[models.Model]) -> str:
    if model._meta.auto_created:  # noqa: SLF001
        targets = [each.remote_field.model for each in _relations(model)]
        return str(targets[-1]._meta.verbose_name)  # noqa: SLF001
    return str(model._meta.verbose_name)  # noqa: SLF001


def _as_written(before: Row, after: Row) -> list[Field]:
    """Columns that the table had once."""
    return [Field(name, _hidden(), _hidden()) for name in sorted({*before, *after}) if name != "id"]


def _field(column: Any, before: Any, after: Any, *, reader: Reader, names: _Names) -> Field:
    def told(value: Any) -> str:
        if value is None or value == "":
            return shown.UNKNOWN
        return _hidden() if column.column in reader.hidden else _value(value, column, reader, names)

    return Field(str(column.verbose_name), told(before), told(after))


def _hidden() -> str:
    return _("Hidden")


def _value(value: Any, column: Any, reader: Reader, names: _Names) -> str:
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
        "admin": _("Back office"),
        "api": _("API"),
        "epm": _("Command or background task"),
    }
    return str(known.get(change.door, change.door or shown.UNKNOWN))

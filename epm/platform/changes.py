"""What is kept of the changes of one row, and of any rows: walked back to what each was then."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, models
from psycopg import sql

from epm.platform.change_words import (
    Entry,
    Names,
    Reader,
    Row,
    Tables,
    called,
    entry,
    is_hidden,
)
from epm.platform.models import Change, ExactNumbers, Verb

MOST: Final = 500
MOST_SINCE: Final = 5_000
KEPT: Final = """
    SELECT tgrelid::regclass::text, encode(tgargs, 'escape')
    FROM pg_trigger WHERE tgfoid = 'epm_record_changes'::regproc
"""
Kept = Mapping[str, Collection[str]]
Rows = dict[tuple[str, int], Row]


@dataclass(frozen=True, slots=True)
class Listed:
    """One change among those of other rows: of what, and whether that is still there."""

    entry: Entry
    name: str
    is_there: bool


def tables_of(model: type[models.Model], *, parts: Iterable[type[models.Model]]) -> Tables:
    """The tables whose changes belong to a `model`: its own, its parts', its many-to-many."""
    through = [many.remote_field.through for many in model._meta.many_to_many]  # noqa: SLF001
    return {each._meta.db_table: each for each in (model, *parts, *through) if each is not None}  # noqa: SLF001


def kept() -> dict[str, frozenset[str]]:
    """The tables with a history, and the columns of each that are never told."""
    found: dict[str, frozenset[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(KEPT)
        for table, arguments in cursor.fetchall():
            _part_of, *left_out = arguments.split("\\000")
            found[table] = frozenset(name.removeprefix("~") for name in left_out if name)
    return found


def history(*, whole_id: int, tables: Tables, reader: Reader) -> list[Entry]:
    """The last changes of a row and its parts, newest first.

    A row's values as it appeared are those it has now, less what was changed since.
    """
    changes = list(
        Change.objects.filter(subject__in=tables, whole_id=whole_id).order_by("-pk")[:MOST]
    )
    walked = _walked(changes, _now(_born(changes), tables, kept=kept()))
    told = [each for each in walked if not is_hidden(each[1], each[2], reader=reader)]
    names = Names(_sides_of(told, tables), reader=reader)
    whole = next(iter(tables))
    return [
        entry(
            *each, model=tables[each[0].subject], reader=reader, names=names,
            is_part=each[0].subject != whole,
        )
        for each in told
    ]  # fmt: skip


def listed(
    changes: Sequence[Change],
    *,
    tables: Tables,
    wholes: Mapping[str, str],
    reader: Reader,
    kept: Kept,
) -> list[Listed]:
    """These changes of any rows, in their order: four queries, and one for each kind of name.

    `wholes`: by table, that of what its rows belong to. Where rows that appeared were changed more
    often since than anybody counts, their values are not told.
    """
    since = _since(changes)
    told_at_all = len(since) <= MOST_SINCE
    wanted = _born(changes) if told_at_all else {}
    for change in changes:
        wanted.setdefault(wholes[change.subject], set()).add(change.whole_id)
    now = _now(wanted, tables, kept=kept)
    gone = _gone({(wholes[each.subject], each.whole_id) for each in changes} - now.keys())
    walked = sorted({each.pk: each for each in (*since, *changes)}.values(), key=_latest_first)
    states = dict(now) if told_at_all else {}
    sides = {each[0].pk: each for each in _walked(walked, states)}
    told = [
        sides[each.pk] if told_at_all or each.verb != Verb.CREATED else (each, {}, {})
        for each in changes
    ]
    of_wholes = [(tables[table], row) for (table, _pk), row in (now | gone).items()]
    names = Names([*_sides_of(told, tables), *of_wholes], reader=reader)

    def one(change: Change, before: Row, after: Row) -> Listed:
        table = wholes[change.subject]
        key = (table, change.whole_id)
        row = now.get(key) or gone.get(key)
        return Listed(
            entry(
                change, before, after, model=tables[change.subject], reader=reader, names=names,
                is_part=change.subject != table,
            ),
            called(tables[table], row or {}, reader=reader, names=names) or f"#{change.whole_id}",
            is_there=key in now,
        )  # fmt: skip

    return [one(*each) for each in told]


def _latest_first(change: Change) -> int:
    return -int(change.pk)


def _sides_of(
    told: Iterable[tuple[Change, Row, Row]], tables: Tables
) -> Iterator[tuple[type[models.Model], Row]]:
    return ((tables[change.subject], side) for change, *sides in told for side in sides)


def _born(changes: Iterable[Change]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for change in changes:
        if change.verb == Verb.CREATED:
            found.setdefault(change.subject, set()).add(change.object_id)
    return found


def _since(changes: Iterable[Change]) -> list[Change]:
    """What happened later to rows that appear among them, found by the index of each whole."""
    born: dict[str, list[Change]] = {}
    for change in changes:
        if change.verb == Verb.CREATED:
            born.setdefault(change.subject, []).append(change)
    parts = [
        Change.objects.filter(
            subject=subject,
            whole_id__in={change.whole_id for change in those},
            object_id__in={change.object_id for change in those},
            pk__gt=min(change.pk for change in those),
        ).order_by()
        for subject, those in born.items()
    ]
    if not parts:
        return []
    first, *others = parts
    return list(first.union(*others, all=True)[: MOST_SINCE + 1])


def _gone(wholes: Collection[tuple[str, int]]) -> Rows:
    """What was kept of them when they went."""
    if not wholes:
        return {}
    subjects, ids = zip(*wholes, strict=True)
    went = Change.objects.filter(subject__in=subjects, whole_id__in=ids, verb=Verb.DELETED)
    found = went.order_by().values_list("subject", "whole_id", "before")
    return {(table, pk): row for table, pk, row in found if row and (table, pk) in wholes}


def _walked(changes: Iterable[Change], states: Rows) -> Iterator[tuple[Change, Row, Row]]:
    """Before and after, from the latest back; `states` go back to what was before each change."""
    for change in changes:
        key = (change.subject, change.object_id)
        if change.verb == Verb.CREATED:
            born = states.pop(key, {})
            told = {name: value for name, value in born.items() if value not in (None, "", {})}
            yield change, {}, told
        else:
            before, after = change.before or {}, change.after or {}
            states[key] = {**states.get(key, {}), **before}
            yield change, before, after


def _now(wanted: Mapping[str, Collection[int]], tables: Tables, *, kept: Kept) -> Rows:
    """The rows as they are, of any tables, without what is never told of them."""
    if not wanted:
        return {}
    one = "SELECT %s, id, to_jsonb(t)::text FROM {} t WHERE id = ANY(%s)"
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL(one).format(sql.Identifier(table)) for table in wanted
    )
    found: Rows = {}
    with connection.cursor() as cursor:
        given = [word for table, ids in wanted.items() for word in (table, list(ids))]
        cursor.execute(query, given)
        for table, pk, text in cursor.fetchall():
            row = json.loads(text, cls=ExactNumbers)
            known = {each.column for each in tables[table]._meta.concrete_fields}  # noqa: SLF001
            known -= set(kept.get(table, ()))
            found[table, pk] = {name: row[name] for name in row if name in known}
    return found

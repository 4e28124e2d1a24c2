"""Pages by key, not by number: no COUNT, no OFFSET, nothing lost or doubled while rows arrive."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.core.exceptions import ValidationError
from django.db.models import Field, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from epm.platform.problems import InvalidParameter

DEFAULT_SIZE: Final = 20
LARGEST_SIZE: Final = 200
WORDS: Final = frozenset({"cursor", "ordering", "page_size"})
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: after (or before) the row with this value and id."""

    ordering: str
    backwards: bool
    value: Any
    pk: Any

    def __str__(self) -> str:
        parts = orjson.dumps([self.ordering, self.backwards, self.value, self.pk])
        return base64.urlsafe_b64encode(parts).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, *, ordering: str, column: Field, pk: Field) -> "Cursor":
        """Raise InvalidParameter unless `text` is a cursor of this very ordering."""
        try:
            said, backwards, value, key = _unpacked(text)
            cursor = cls(said, backwards, _typed(value, column), _typed(key, pk))
        except (ValueError, TypeError, ValidationError) as error:
            raise _bad_cursor() from error
        if said != ordering or not isinstance(backwards, bool):
            raise _bad_cursor()
        return cursor


def _unpacked(text: str) -> Any:
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))


def _bad_cursor() -> InvalidParameter:
    return InvalidParameter.of(
        "cursor", "unknown", _("Take cursors from “next” and “previous”, unchanged.")
    )


def _typed(value: Any, column: Field) -> Any:
    """The value as its column holds it; what cannot be one raises."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError
    typed = column.to_python(value)
    is_text = isinstance(typed, str)
    if is_text and (not isinstance(value, str) or "\0" in typed):
        raise ValueError
    if not is_text and not isinstance(typed, int | UUID | date):
        raise TypeError
    return typed


class KeysetPagination(BasePagination):
    """`cursor`, `page_size` (at most 200) and `ordering` (from the endpoint's allow-list)."""

    def page(
        self,
        rows: QuerySet,
        *,
        request: Request,
        columns: Mapping[str, str],
        orderings: Mapping[str, str],
        default: str,
    ) -> dict[str, Any]:
        """One page of `rows` as dictionaries of `columns` (name in the answer → field).

        `orderings` names the sortable fields, none of which may be NULL; ties go by key.
        """
        query = request.query_params
        size = _size(query.get("page_size"))
        ordering = _ordering(query.get("ordering"), among=orderings, default=default)
        field = orderings[ordering.lstrip("-")]
        cursor = None
        if "cursor" in query:
            cursor = Cursor.read(
                query["cursor"],
                ordering=ordering,
                column=_column(rows, field),
                pk=_column(rows, "pk"),
            )
        found = _after(rows, cursor, field=field, ordering=ordering)
        raw = list(found.values_list(*columns.values(), field, "pk")[: size + 1])
        there_is_more, raw = len(raw) > size, raw[:size]
        backwards = cursor is not None and cursor.backwards
        if backwards:
            raw.reverse()
        names = tuple(columns)
        places = {
            "next": raw and (there_is_more or backwards) and (False, *raw[-1][-2:]),
            "previous": raw and (there_is_more if backwards else cursor) and (True, *raw[0][-2:]),
        }
        return {
            **{
                name: _link(request, Cursor(ordering, *place)) if place else None
                for name, place in places.items()
            },
            "results": [dict(zip(names, row, strict=False)) for row in raw],
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        words = sorted(view.orderings)
        return [
            _parameter("cursor", {"type": "string"}, _("From “next” or “previous” of a page.")),
            _parameter(
                "ordering",
                {
                    "type": "string",
                    "enum": [*words, *(f"-{word}" for word in words)],
                    "default": view.default_ordering,
                },
                _("What to sort by; “-” sorts downwards."),
            ),
            _parameter(
                "page_size",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": LARGEST_SIZE,
                    "default": DEFAULT_SIZE,
                },
                _("How many rows a page has at most."),
            ),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }


def _parameter(name: str, schema: dict[str, Any], description: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": str(description),
        "schema": schema,
    }


def _size(said: str | None) -> int:
    if said is None:
        return DEFAULT_SIZE
    if not (
        said.isascii() and said.isdigit() and len(said) < 10 and 1 <= int(said) <= LARGEST_SIZE
    ):
        raise InvalidParameter.of("page_size", "out-of-range", _("A whole number from 1 to 200."))
    return int(said)


def _ordering(said: str | None, *, among: Mapping[str, str], default: str) -> str:
    if said is None:
        return default
    if said.removeprefix("-") not in among:
        raise InvalidParameter.of(
            "ordering",
            "unknown",
            _("One of %(words)s, with “-” before it to sort downwards.")
            % {"words": ", ".join(sorted(among))},
        )
    return said


def _column(rows: QuerySet, field: str) -> Field:
    meta = rows.model._meta  # noqa: SLF001 - public, but for its name
    made = rows.query.annotations.get(field)
    column: Field = (
        meta.pk if field == "pk" else made.output_field if made else meta.get_field(field)
    )
    return column


def _after(rows: QuerySet, cursor: Cursor | None, *, field: str, ordering: str) -> QuerySet:
    downwards = ordering.startswith("-") != (cursor is not None and cursor.backwards)
    if cursor is not None:
        beyond = "lt" if downwards else "gt"
        if field == "pk":
            rows = rows.filter(Q(**{f"pk__{beyond}": cursor.pk}))
        else:
            rows = rows.filter(
                Q(**{f"{field}__{beyond}": cursor.value})
                | Q(**{field: cursor.value, f"pk__{beyond}": cursor.pk}),
                **{f"{field}__{beyond}e": cursor.value},  # lets an index begin at the cursor
            )
    sign = "-" if downwards else ""
    return rows.order_by(*dict.fromkeys((f"{sign}{field}", f"{sign}pk")))


def _link(request: Request, cursor: Cursor) -> str:
    words = [
        (name, value)
        for name, values in request.query_params.lists()
        for value in values
        if name != "cursor"
    ]
    query = urlencode([*words, ("cursor", str(cursor))])
    return request.build_absolute_uri(f"{request.path}?{query}")

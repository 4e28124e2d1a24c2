"""JSON as it may come in: no name twice, no number that is none, no depth that breaks us.

Nor text that cannot be kept: NUL, or half of a surrogate pair. A number with a point is a Decimal
as it is written; one with an exponent stays a float, for exact fields to refuse.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, Final

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST: Final = 32
UNSPEAKABLE: Final = re.compile("[\0\ud800-\udfff]")


class JsonParser(JSONParser):
    """As `understood` reads it."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return understood(stream.read())


def understood(sent: bytes) -> Any:
    """What a body says. Raise ParseError (400) for what cannot be understood in one way only."""
    try:
        found = json.loads(
            sent.decode(),
            object_pairs_hook=_once,
            parse_constant=_refuse,
            parse_float=_as_written,
        )
        _refuse_unspeakable(found)
    except (ValueError, RecursionError) as error:
        raise ParseError(_("This is not JSON: %(error)s") % {"error": error}) from error
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_("a name is given twice"))
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _as_written(number: str) -> Decimal | float:
    return float(number) if "e" in number.lower() else Decimal(number)


def _refuse_unspeakable(found: Any) -> None:
    level, depth = [found], 0
    while level:
        if depth > DEEPEST:
            raise ValueError(_("it is nested too deeply"))
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += [*one, *one.values()]
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str) and UNSPEAKABLE.search(one):
                raise ValueError(_("a text holds what is no character"))
        level, depth = below, depth + 1

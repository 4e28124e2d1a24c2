"""JSON as it may come in: no name twice, no number that is none, no depth that breaks us."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class JsonParser(JSONParser):
    """Raise ParseError (400) for what cannot be understood in one way only."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return json.loads(
                stream.read().decode(), object_pairs_hook=_once, parse_constant=_refuse
            )
        except (ValueError, RecursionError) as error:
            raise ParseError(_("This is not JSON: %(error)s") % {"error": error}) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_("a name is given twice"))
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)

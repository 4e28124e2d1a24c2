"""How the API writes its answers: JSON, and nothing else unless an endpoint says so."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from epm.platform.money import plain

ANYTHING = frozenset({"", "*/*", "application/*", "application/json"})


def as_json(content: Any) -> bytes:
    """`content` as JSON: amounts are strings of decimals, moments are in UTC."""
    return orjson.dumps(content, default=_other, option=orjson.OPT_UTC_Z)


def _other(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Promise):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


class JsonRenderer(BaseRenderer):
    """orjson; a Decimal becomes a string, so that no client reads it as a float."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return as_json(data)


class PlainNegotiation(DefaultContentNegotiation):
    """DRF's negotiation, spared when an endpoint has one renderer and the client takes it."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        offered = list(renderers)
        if len(offered) == 1 and request.META.get("HTTP_ACCEPT", "") in ANYTHING:
            return offered[0], offered[0].media_type
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, offered, format_suffix)
        return chosen

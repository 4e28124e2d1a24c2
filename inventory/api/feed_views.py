"""What tills keep up with: products, their store's prices and stock, streamed as it is read."""

import base64
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from itertools import chain, islice
from typing import Any, Final

import orjson
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.gzip import gzip_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from epm.access.selectors import rights
from epm.access.selectors.scope import stores_visible_to
from epm.platform.endpoints import Endpoint
from epm.platform.problems import InvalidParameter
from epm.platform.renderers import as_json
from inventory.api.stock_filters import FeedFilters
from inventory.selectors import feed, names
from inventory.selectors.feed import Place

LINES_AT_ONCE: Final = 500
FORM: Final = 3
"""Of the lines. A till that knows another form is told everything anew."""


@method_decorator(gzip_page, name="dispatch")
class Feed(Endpoint):
    """All that a till must know that changed since its last question, one JSON document a line.

    The first line is `{"type": "feed", "store", "full"}`; where `full` is true, forget what you
    know. Then products with the price that holds in the store on its business day, by its price
    lists, tax included, and their barcodes, each with how much one scan of it means; then levels;
    the last line holds the cursor for the next question: without it the feed is broken off, ask
    again with the old one. A line may be told twice. A product is told when its price changed for
    any reason, also when a list begins or has ended by its dates.
    """

    http_method_names = ["get"]
    right = rights.STOCK
    serializer_class = Serializer
    filterset_class = FeedFilters
    own_words = frozenset({"store", "since"})

    @extend_schema(responses={(200, "application/x-ndjson"): OpenApiTypes.STR})
    def get(self, request: Request) -> StreamingHttpResponse:
        asked = self.parameters()
        code = asked["store"]
        found = names.named(request.user, stores=[code])
        if code not in found.store_ids:
            raise InvalidParameter.of("store", "not-found", _("Nothing has this code."))
        store_id = found.store_ids[code]
        since = _read(asked["since"], store_id=store_id) if asked["since"] else None
        store = stores_visible_to(request.user).get(pk=store_id)
        now = feed.here(store=store, at=timezone.now())
        if since is not None and not feed.goes_on(since, now=now):
            since = None
        first = {"type": "feed", "store": store.code, "full": since is None}
        last = {"type": "end", "cursor": _written(now, store_id=store_id)}
        response = StreamingHttpResponse(
            _chunks(chain([first], _told(store_id, since, now), [last])),
            content_type="application/x-ndjson",
        )
        response.headers["X-Accel-Buffering"] = "no"
        return response


def _told(store_id: int, since: Place | None, now: Place) -> Iterator[dict[str, Any]]:
    for product in feed.products(store_id=store_id, since=since, now=now):
        yield {"type": "product"} | asdict(product)
    for level in feed.levels(store_id=store_id, since=since):
        yield {"type": "level"} | asdict(level)


def _chunks(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    while some := list(islice(lines, LINES_AT_ONCE)):
        yield b"".join(as_json(line) + b"\n" for line in some)


def _written(place: Place, *, store_id: int) -> str:
    parts = [FORM, place.database, store_id, place.transaction, place.day, place.currency]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _read(cursor: str, *, store_id: int) -> Place | None:
    """The place it names; None for one of another form. Raise InvalidParameter for no cursor."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        form, database, store, *rest = orjson.loads(
            base64.b64decode(padded, altchars=b"-_", validate=True)
        )
        if type(form) is int and form != FORM:
            return None
        transaction, day, currency = rest
        place = Place(database, transaction, date.fromisoformat(day), currency)
    except (ValueError, TypeError) as error:
        raise _unknown() from error
    shape = [type(part) for part in (form, database, store, transaction, currency)]
    if shape != [int, str, int, int, str] or store != store_id or not 0 <= transaction < 2**63:
        raise _unknown()
    return place


def _unknown() -> InvalidParameter:
    return InvalidParameter.of(
        "since", "unknown", _("Take it from the last line of this store's feed, unchanged.")
    )

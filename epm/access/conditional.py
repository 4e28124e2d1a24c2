"""“Not modified”, told before anything is computed: for the same eyes, code and data only.

A weak ETag says who asks (the very person or key, and what they may see), which address, which
release of the code and which state of the data. What the browser sends along in cookies is part of
it: the theme, the session that a form's token belongs to, a message that waits to be shown.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.module_loading import import_string

from epm.access.models import User
from epm.access.selectors.scope import Principal
from epm.access.selectors.sight import sight_of
from epm.platform import release

SLOT_SECONDS: Final = 15 * 60
"""Every local midnight begins one: what says “today” is asked anew."""
KEPT: Final = "private, no-cache"
NOT_KEPT: Final = "private, no-store"
DEPENDS_ON: Final = ("Cookie", "apikey", "Authorization", "Accept-Language")


class Tag(NamedTuple):
    """An ETag, and the state of the data that it was made of."""

    text: str
    version: str


def etag(request: HttpRequest, principal: Principal) -> Tag:
    """One query, for the state of the data."""
    version = import_string(settings.EPM_DATA_VERSION)()
    parts = [
        *_who(principal),
        sight_of(principal),
        request.get_host(),
        request.get_full_path(),
        request.META.get("HTTP_COOKIE", ""),
        release.fingerprint(),
        version,
        int(time.time() // SLOT_SECONDS),
    ]
    digest = hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]
    return Tag(f'W/"{digest}"', version)


def not_modified(request: HttpRequest, tag: Tag) -> HttpResponseBase | None:
    """The 304 for a client that has this very answer, else None. `*` names no answer."""
    known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    if tag.text.removeprefix("W/") not in {one.removeprefix("W/") for one in known}:
        return None
    return marked(HttpResponseNotModified(), tag)


def marked(response: HttpResponseBase, tag: Tag) -> HttpResponseBase:
    """May be kept by the one who asked, and is asked for again each time."""
    response.headers["ETag"] = tag.text
    response.headers["Cache-Control"] = KEPT
    patch_vary_headers(response, DEPENDS_ON)
    return response


def page(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """304, or the page made: its ETag when it is one, kept nowhere when it is a refusal."""
    tag = etag(request, request.user)
    if (answer := not_modified(request, tag)) is not None:
        return answer
    response = make()
    if response.status_code == 200 and not response.streaming:
        return marked(response, tag)
    response.headers.setdefault("Cache-Control", NOT_KEPT)
    return response


def _who(principal: Principal) -> list[str]:
    """The person, with the name that stands on her pages; or the key."""
    if isinstance(principal, User):
        return ["user", str(principal.pk), principal.get_username(), principal.get_full_name()]
    return ["key", str(getattr(principal, "key_id", ""))]

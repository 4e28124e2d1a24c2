"""A page made for one is shown to whoever would see the very same; what is one's own comes after.

Made for a stand-in: the asker without a name. Shown to whom the cache's key names: the same stores,
rights and language, address, theme, release, state of the data, and quarter of an hour. The form's
token, the name and what the page cost are written as marks and replaced for each request.
Who has a message waiting, or looks with another's eyes, gets a page of her own.
"""

import copy
import re
import time
from collections.abc import Callable
from typing import Any, Final, cast

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.utils.html import escape

from epm.access.conditional import SLOT_SECONDS
from epm.access.models import User
from epm.access.selectors.sight import sight_of
from epm.platform.cache import CacheKind, remember
from reporting.selectors.freshness import data_version

PAGES: Final = frozenset({
    "dashboards", "dashboard-consolidation", "dashboard-store", "dashboard-product",
})  # fmt: skip
"""By URL name: those that may be kept at all. Their views use the person for her scope and rights
only, and read watched tables only; tests compare."""
TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]{64})"')
# Of Unicode's private use: no text of ours holds them.
A_TOKEN, A_NAME, A_LOGIN, MILLISECONDS, QUERIES = "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"
MARKS: Final = re.compile(f"[{A_TOKEN}-{QUERIES}]")


class Unknown:
    """What the page will have cost."""

    milliseconds = MILLISECONDS
    queries = QUERIES


class NotForAll(Exception):
    """A refusal, a redirect, a file: an answer of this request only."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


def page(
    request: HttpRequest, cost: Any, make: Callable[[HttpRequest, Any], HttpResponseBase]
) -> HttpResponseBase:
    """The page that `make` makes, or has made for somebody alike."""
    if not may_be_shared(request):
        return make(request, cost)

    def compute() -> str:
        response = make(stand_in(request), Unknown())
        if response.status_code != 200 or not isinstance(response, HttpResponse):
            raise NotForAll(response)
        return _with_marks(response.content.decode())

    person = cast("User", request.user)
    try:
        text = remember(
            kind=CacheKind.PAGE,
            key=[
                sight_of(person),
                str(person.is_staff),
                request.get_host(),
                request.get_full_path(),
                request.COOKIES.get("epm_theme", ""),
                str(int(time.time() // SLOT_SECONDS)),
            ],
            version=data_version(),
            compute=compute,
        )
    except NotForAll as one:
        response = one.response
        if isinstance(response, HttpResponse):
            text = _with_marks(response.content.decode())
            response.content = _with_ones_own(text, request, cost)
        return response
    return HttpResponse(_with_ones_own(text, request, cost))


def _with_marks(text: str) -> str:
    for token in set(TOKEN.findall(text)):
        text = text.replace(token, A_TOKEN)
    return text


def _with_ones_own(text: str, request: HttpRequest, cost: Any) -> str:
    person = cast("User", request.user)
    own = {
        A_TOKEN: get_token(request),
        A_NAME: escape(person.get_full_name() or person.get_username()),
        A_LOGIN: escape(person.get_username()),
        MILLISECONDS: str(cost.milliseconds),
        QUERIES: str(cost.queries),
    }
    return MARKS.sub(lambda mark: own[mark[0]], text)


def knows(request: HttpRequest) -> bool:
    """Whether the page depends on watched data and the asker's sight alone."""
    match = request.resolver_match
    return match is not None and match.url_name in PAGES


def may_be_shared(request: HttpRequest) -> bool:
    return (
        knows(request)
        and request.method == "GET"
        and isinstance(request.user, User)
        and not hasattr(request, "real_user")
        and not len(get_messages(request))
    )


def stand_in(request: HttpRequest) -> HttpRequest:
    """The request of somebody with the same rights, of whom nothing is known."""
    person = copy.copy(cast("User", request.user))
    person.username, person.first_name, person.last_name = A_LOGIN, A_NAME, ""
    person.email, person.password = "", ""
    person.last_login = None
    same = copy.copy(request)
    same.user = person
    return same

"""A page made for one is shown to whoever would see the very same; what is one's own comes after.

Made for a stand-in: the asker without a name. Shown to whom the cache's key names: the same stores,
rights and language, address, theme, release, state of the data, and quarter of an hour. The form's
token, the name and what the page cost are written as marks and replaced for each request.
Who has a message waiting, or looks with another's eyes, gets a page of her own.
"""

import copy
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.utils.html import escape

from epm.access.conditional import SLOT_SECONDS
from epm.access.models import User
from epm.access.selectors.sight import sight_of
from epm.platform.cache import CacheKind, remember
from reporting.selectors.freshness import data_version

OF_STOCK: Final = frozenset({
    "dashboard-inventory", "dashboard-inventory-assortment", "dashboard-inventory-shortages",
})  # fmt: skip
"""Those that are made anew when stock moves, too."""
PAGES: Final = OF_STOCK | {
    "dashboards",
    "dashboard-consolidation",
    "dashboard-store",
    "dashboard-product",
}
"""By URL name: those that may be kept at all. Their views use the person for her scope and rights
only, and read watched tables only; tests compare."""
TOKEN: Final = re.compile(r'name="csrfmiddlewaretoken" value="([A-Za-z0-9]{64})"')
NONCE_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Marks:
    """Where a page shows what is each reader's own. Nobody can have written them into a name."""

    nonce: str

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_hex(NONCE_BYTES))

    def of(self, what: str) -> str:
        """Of Unicode's private use, around a word."""
        return f"\ue000{what}{self.nonce}\ue001"

    def filled(self, text: str, own: Mapping[str, str]) -> str:
        """The page with each mark replaced."""
        marks = re.compile(f"\ue000([a-z]+){self.nonce}\ue001")
        return marks.sub(lambda mark: own[mark[1]], text)


class Unknown:
    """What the page will have cost."""

    def __init__(self, marks: Marks) -> None:
        self.milliseconds = marks.of("milliseconds")
        self.queries = marks.of("queries")


class NotForAll(Exception):
    """A refusal, a redirect, a file: an answer of this request only."""

    def __init__(self, response: HttpResponseBase, marks: Marks) -> None:
        super().__init__()
        self.response = response
        self.marks = marks


def page(
    request: HttpRequest, cost: Any, make: Callable[[HttpRequest, Any], HttpResponseBase]
) -> HttpResponseBase:
    """The page that `make` makes, or has made for somebody alike."""
    if not may_be_shared(request):
        return make(request, cost)

    def compute() -> str:
        marks = Marks.new()
        response = make(stand_in(request, marks), Unknown(marks))
        if response.status_code != 200 or not isinstance(response, HttpResponse):
            raise NotForAll(response, marks)
        return marks.nonce + _with_marks(response.content.decode(), marks)

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
            text = _with_marks(response.content.decode(), one.marks)
            response.content = one.marks.filled(text, _ones_own(request, cost))
        return response
    marks, text = Marks(text[: 2 * NONCE_BYTES]), text[2 * NONCE_BYTES :]
    return HttpResponse(marks.filled(text, _ones_own(request, cost)))


def _with_marks(text: str, marks: Marks) -> str:
    for token in set(TOKEN.findall(text)):
        text = text.replace(token, marks.of("token"))
    return text


def _ones_own(request: HttpRequest, cost: Any) -> Mapping[str, str]:
    person = cast("User", request.user)
    return {
        "token": get_token(request),
        "name": escape(person.get_full_name() or person.get_username()),
        "login": escape(person.get_username()),
        "milliseconds": str(cost.milliseconds),
        "queries": str(cost.queries),
    }


def knows(request: HttpRequest) -> bool:
    """Whether the page depends on watched data and the asker's sight alone."""
    match = request.resolver_match
    return match is not None and match.url_name in PAGES


def reads_stock(request: HttpRequest) -> bool:
    """Whether the page is another one when stock has moved."""
    match = request.resolver_match
    return match is not None and match.url_name in OF_STOCK


def may_be_shared(request: HttpRequest) -> bool:
    return (
        knows(request)
        and request.method == "GET"
        and isinstance(request.user, User)
        and not hasattr(request, "real_user")
        and not len(get_messages(request))
    )


def stand_in(request: HttpRequest, marks: Marks) -> HttpRequest:
    """The request of somebody with the same rights, of whom nothing is known."""
    person = copy.copy(cast("User", request.user))
    person.username, person.first_name = marks.of("login"), marks.of("name")
    person.last_name = ""
    person.email, person.password = "", ""
    person.last_login = None
    same = copy.copy(request)
    same.user = person
    return same

"""Which way a request goes through the middleware: no further round than it needs.

An address for people goes through all of it. The API needs no messages, no form tokens and no
static files; with a key or token it needs no session either, nor whoever asks the session
something. Probes need nothing of that. Ids, log, language and security headers are for all.
"""

from enum import Enum
from typing import Any, ClassVar, Final

import structlog
from django.contrib.auth.middleware import AuthenticationMiddleware, get_user
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.functional import SimpleLazyObject
from whitenoise.middleware import WhiteNoiseMiddleware

from epm.access.authentication import HEADER, brings_a_token
from epm.access.clock import ClockMiddleware
from epm.access.middleware import SecondFactorMiddleware
from epm.access.view_as_middleware import ViewAsMiddleware
from epm.platform.problems import API

PROBES: Final = ("/health/", "/metrics")
FOR_PEOPLE: Final = ("/api/auth/", "/api/docs")
"""Below /api/, yet made of django-allauth's steps, or a page."""


class Way(Enum):
    PAGE = "page"
    SESSION = "API by session"
    MACHINE = "API by key or token"
    PROBE = "probe"


def way_of(request: HttpRequest) -> Way:
    path = request.path_info
    if not path.startswith(API):
        return Way.PROBE if path.startswith(PROBES) else Way.PAGE
    if path.startswith(FOR_PEOPLE):
        return Way.PAGE
    by_itself = HEADER in request.META or brings_a_token(request)
    return Way.MACHINE if by_itself else Way.SESSION


class Detour:
    """Before a middleware: requests of other ways than `ways` pass it by."""

    ways: ClassVar[tuple[Way, ...]] = (Way.PAGE, Way.SESSION)
    get_response: Any

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if way_of(request) in self.ways:
            return super().__call__(request)  # type: ignore[misc,no-any-return]
        return self.get_response(request)  # type: ignore[no-any-return]


class StaticFiles(Detour, WhiteNoiseMiddleware):
    ways = (Way.PAGE,)


class Sessions(Detour, SessionMiddleware):
    """The session is not even looked for where a key or token says who asks."""


class FormTokens(Detour, CsrfViewMiddleware):
    """The API asks for one itself, of whoever comes by session."""

    ways = (Way.PAGE,)

    def process_view(  # type: ignore[override]
        self, request: HttpRequest, *view: Any
    ) -> HttpResponse | None:
        return super().process_view(request, *view) if way_of(request) in self.ways else None


class People(Detour, AuthenticationMiddleware):
    """As soon as somebody asks who it is, and not before, every line of the log says it."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _asked_for(request))  # type: ignore[assignment]


def _asked_for(request: HttpRequest) -> Any:
    user = get_user(request)
    structlog.contextvars.bind_contextvars(user_id=user.pk)
    return user


class Clock(Detour, ClockMiddleware):
    ways = (Way.PAGE,)


class Messages(Detour, MessageMiddleware):
    ways = (Way.PAGE,)


class SecondFactor(Detour, SecondFactorMiddleware):
    pass


class ViewAs(Detour, ViewAsMiddleware):
    pass

"""“View as”: the request is the viewed person's, the session the viewer's, nothing is written.

Three walls, each enough by itself: unsafe methods are refused, PostgreSQL runs the page in a
transaction that may not write, and that transaction is rolled back. See docs/adr/0010.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import timezone
from psycopg.errors import ReadOnlySqlTransaction

from epm.access.authentication import HEADER, brings_a_token
from epm.access.models import Ending, User, ViewAsSession
from epm.access.services import view_as
from epm.platform import problems

KEY: Final = "view_as"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
WAYS_OUT: Final = frozenset({"view-as-stop", "admin:logout", "account_logout"})
OF_THE_BROWSER: Final = frozenset({"set_language", "theme"})
"""What is sent there is kept in a cookie, and nowhere else."""
OWN_ACCOUNT: Final = ("/accounts/", "/_allauth/", "/admin/password_change/", "/admin/login/")
CONDITIONS: Final = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
# Where <body …> ends: a “>” within an attribute, as of a script's arrow, does not end it.
BODY: Final = re.compile(rb"""<body(?:"[^"]*"|'[^']*'|[^>"'])*>""")
Next = Callable[[HttpRequest], HttpResponse]


class ViewAsMiddleware:
    """Last in the row: whoever keeps sessions or looks who signed in has seen the real user."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or _is_a_machine(request):
            return self.get_response(request)
        look_id = request.session.get(KEY)
        if look_id is None:
            return self.get_response(request)
        look = view_as.current(
            look_id=look_id, viewer=cast("User", request.user), now=timezone.now()
        )
        if look is None:
            return self._after_its_end(request)
        return self._while_it_lasts(request, look)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page that would write although it was only asked for."""
        if hasattr(request, "real_user") and _was_a_write(error):
            return _refused(request)
        return None

    def _after_its_end(self, request: HttpRequest) -> HttpResponse:
        """What was sent from a page of the viewed person is not done in the viewer's name."""
        del request.session[KEY]
        return self.get_response(request) if request.method in SAFE else _refused(request)

    def _while_it_lasts(self, request: HttpRequest, look: ViewAsSession) -> HttpResponse:
        structlog.contextvars.bind_contextvars(
            view_as=look.pk, viewer_id=look.viewer_id, viewed_id=look.viewed_id
        )
        for condition in CONDITIONS:  # what the browser keeps is the viewer's own
            request.META.pop(condition, None)
        if _name_of(request) in WAYS_OUT:
            response = self.get_response(request)
        elif _name_of(request) in OF_THE_BROWSER:
            response = self._as_the_viewed(request, look.viewed)
        elif request.method not in SAFE or request.path_info.startswith(OWN_ACCOUNT):
            response = _refused(request)
        else:
            response = self._as_the_viewed(request, look.viewed)
        if request.session.get(KEY) is None:
            view_as.end(look_id=look.pk, ending=Ending.LOGGED_OUT, now=timezone.now())
            return response
        return _marked(request, response, look)

    def _as_the_viewed(self, request: HttpRequest, viewed: User) -> HttpResponse:
        async def as_the_viewed() -> User:
            return viewed

        request.real_user = request.user  # type: ignore[attr-defined]
        request.user, request.auser = viewed, as_the_viewed
        with _nothing_written():
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse):
            parts = cast("Iterable[bytes]", response.streaming_content)
            response.streaming_content = _streamed(parts)
        return response


@contextmanager
def _nothing_written() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
        transaction.set_rollback(True)


def _streamed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """A file is made after its view has returned."""
    with _nothing_written():
        yield from parts


def _was_a_write(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ReadOnlySqlTransaction):
            return True
        error = error.__cause__ if isinstance(error, DatabaseError) else error.__context__
    return False


def _is_a_machine(request: HttpRequest) -> bool:
    """The API takes a key or token for what it is: never for the session it came with."""
    return request.path_info.startswith(problems.API) and (
        HEADER in request.META or brings_a_token(request)
    )


def _name_of(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _refused(request: HttpRequest) -> HttpResponse:
    refusal = view_as.ReadOnlyWhileViewing
    if request.path_info.startswith(problems.API):
        return problems.problem(403, refusal.code, title=refusal.title)
    return render(request, "access/view_as_refused.html", status=403)


def _marked(request: HttpRequest, response: HttpResponse, look: ViewAsSession) -> HttpResponse:
    """Kept by no cache; and every page says at its top whose eyes these are."""
    response.headers["Cache-Control"] = "private, no-store"
    for name in ("ETag", "Last-Modified"):
        response.headers.pop(name, None)
    kind = response.headers.get("Content-Type", "")
    if response.streaming or not kind.startswith("text/html"):
        return response
    if body := BODY.search(response.content):
        banner = render_to_string("access/view_as_banner.html", _told(request, look), request)
        head, rest = response.content[: body.end()], response.content[body.end() :]
        response.content = head + banner.encode() + rest
        if "Content-Length" in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
    return response


def _told(request: HttpRequest, look: ViewAsSession) -> dict[str, Any]:
    real = getattr(request, "real_user", None) or request.user
    viewer = None if isinstance(real, AnonymousUser) else real
    return {"look": look, "viewer": viewer}

"""Whatever goes wrong under /api becomes an RFC 9457 document here, and nowhere else."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import defaults
from rest_framework import exceptions

from epm.platform import request_id
from epm.platform.refusals import Kind, Refusal

API: Final = "/api/"
RETRY_AFTER_SECONDS: Final = 2
logger = structlog.get_logger(__name__)

STATUS: Final[Mapping[Kind, int]] = {
    Kind.INVALID: 422,
    Kind.FORBIDDEN: 403,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.STALE: 412,
}
TITLES: Final[Mapping[str, str | Promise]] = {
    "api-key-in-query": _("API keys do not belong in a URL"),
    "bad-request": _("The request cannot be understood"),
    "database-unavailable": _("The database does not answer"),
    "idempotency-in-progress": _("The same request is still being worked on"),
    "idempotency-key-invalid": _("The idempotency key cannot be used"),
    "idempotency-key-required": _("This request needs an idempotency key"),
    "idempotency-key-reused": _("The idempotency key was used for something else"),
    "internal-error": _("Something went wrong on our side"),
    "invalid-credentials": _("The credentials are not valid"),
    "invalid-parameter": _("A query parameter is not valid"),
    "malformed-json": _("The body is not well-formed JSON"),
    "method-not-allowed": _("This address does not take that method"),
    "not-acceptable": _("The answer cannot be given in that media type"),
    "not-authenticated": _("Sign in or send an API key"),
    "not-found": _("Not found"),
    "payload-too-large": _("The request is too large"),
    "permission-denied": _("You may not do this"),
    "precondition-required": _("Say which version you saw"),
    "second-factor-needed": _("Now show your second factor"),
    "second-factor-required": _("Your role needs a second factor"),
    "rate-limited": _("Too many requests"),
    "too-many-lines": _("The document has too many lines"),
    "unsupported-media-type": _("The body has a media type that is not taken"),
    "validation-error": _("The content is not valid"),
}
# The nearest class in an exception's ancestry decides.
CODES: Final[Mapping[type[Exception], tuple[int, str]]] = {
    exceptions.AuthenticationFailed: (401, "invalid-credentials"),
    exceptions.NotAuthenticated: (401, "not-authenticated"),
    exceptions.PermissionDenied: (403, "permission-denied"),
    PermissionDenied: (403, "permission-denied"),
    exceptions.NotFound: (404, "not-found"),
    Http404: (404, "not-found"),
    exceptions.MethodNotAllowed: (405, "method-not-allowed"),
    exceptions.NotAcceptable: (406, "not-acceptable"),
    exceptions.UnsupportedMediaType: (415, "unsupported-media-type"),
    exceptions.Throttled: (429, "rate-limited"),
    exceptions.ParseError: (400, "malformed-json"),
    exceptions.ValidationError: (422, "validation-error"),
    OperationalError: (503, "database-unavailable"),
    InterfaceError: (503, "database-unavailable"),
}


MISSING_SCOPE: Final = "missing-scope"
"""The code of a DRF PermissionDenied whose detail is for whoever asked."""


class Problem(exceptions.APIException):
    """A no of HTTP's own: `status_code`, and the problem's code as `default_code`.

    `wait`, where it has one, is how many seconds later it is worth another try.
    """


class KeyInQuery(exceptions.APIException):
    """An API key was sent where proxies and logs keep it."""


class InvalidParameter(exceptions.APIException):
    """Query parameters that are unknown or hold what they cannot; never silently ignored."""

    def __init__(self, errors: Sequence[Mapping[str, str | Promise]]) -> None:
        super().__init__()
        self.errors = errors

    @classmethod
    def of(cls, name: str, code: str, detail: str | Promise) -> "InvalidParameter":
        """The complaint about one parameter."""
        return cls([in_query(name, code, detail)])


def in_query(name: str, code: str, detail: str | Promise) -> dict[str, str | Promise]:
    """One entry of `errors`, about a query parameter."""
    return {"in": "query", "pointer": f"/{name}", "code": code, "detail": detail}


def handle(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's EXCEPTION_HANDLER. What it does not know goes on to `server_error` and the logs."""
    answer = _answer_to(exc)
    if answer is not None:
        if answer.status_code == 405:
            answer["Allow"] = ", ".join(context["view"].allowed_methods)
        answer.exception = True  # type: ignore[attr-defined]  # DRF marks its own so
    return answer


def _answer_to(exc: Exception) -> HttpResponse | None:
    if isinstance(exc, Refusal):
        return problem(
            STATUS[exc.kind], exc.code, title=exc.title, detail=exc.detail, facts=exc.facts
        )
    if isinstance(exc, InvalidParameter):
        return problem(400, "invalid-parameter", errors=exc.errors)
    if isinstance(exc, KeyInQuery):
        detail = _("Send the key in the header “apikey”, and replace it: URLs end up in logs.")
        return problem(400, "api-key-in-query", detail=detail)
    if isinstance(exc, Problem):
        return _known(exc, exc.status_code, exc.default_code)
    for ancestor in type(exc).__mro__:
        if ancestor in CODES:
            status, code = CODES[ancestor]
            return _known(exc, status, code)
    return None


def _known(exc: Exception, status: int, code: str) -> HttpResponse:
    if status == 503:
        logger.error("database_unavailable", error=type(exc).__name__, exc_info=exc)
        return unavailable()
    errors = detail = None
    headers = {}
    if isinstance(exc, exceptions.PermissionDenied) and exc.get_codes() == MISSING_SCOPE:
        detail = str(exc.detail)
    if isinstance(exc, Problem):
        detail = str(exc.detail)
    if isinstance(exc, exceptions.ValidationError):
        errors = list(flat(exc.detail))
    if isinstance(exc, exceptions.APIException):
        said = {
            "WWW-Authenticate": getattr(exc, "auth_header", None),
            "Retry-After": getattr(exc, "wait", None),
        }
        headers = {name: str(value) for name, value in said.items() if value}
    return problem(status, code, detail=detail, errors=errors, headers=headers)


def flat(detail: Any, pointer: str = "") -> Any:
    """DRF's nested error details as a flat list, each with a JSON pointer into the body."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from flat(
                inner, pointer if name == "non_field_errors" else f"{pointer}/{_in_pointer(name)}"
            )
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from flat(inner, f"{pointer}/{number}" if nested else pointer)
    else:
        yield {"in": "body", "pointer": pointer, "code": detail.code, "detail": str(detail)}


def _in_pointer(name: str | int) -> str:
    """As RFC 6901 writes a name; the client may have chosen it."""
    return str(name).replace("~", "~0").replace("/", "~1")


def problem(
    status: int,
    code: str,
    *,
    title: str | Promise | None = None,
    detail: str | Promise | None = None,
    errors: Sequence[Mapping[str, str | Promise]] | None = None,
    facts: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The document itself. `facts` are extension members; they cannot hide the standard ones."""
    members: dict[str, Any] = {
        **(facts or {}),
        "type": f"/problems/{code}",
        "title": title if title is not None else TITLES[code],
        "status": status,
        "code": code,
    }
    if detail is not None:
        members["detail"] = detail
    if errors is not None:
        members["errors"] = errors
    return HttpResponse(
        orjson.dumps(members, default=str),
        status=status,
        content_type="application/problem+json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def unavailable() -> HttpResponse:
    """503: PostgreSQL does not answer; worth another try soon."""
    return problem(
        503,
        "database-unavailable",
        facts={"request_id": request_id.current()},
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a host, a size or a header it refuses before any view."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    return problem(400, "bad-request")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    if not request.path.startswith(API):
        return defaults.permission_denied(request, exception)
    return problem(403, "permission-denied")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    if not request.path.startswith(API):
        return defaults.page_not_found(request, exception)
    return problem(404, "not-found")


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. Says nothing of the cause, only the id under which the logs have it."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if not request.path.startswith(API):
        return _away_page(request) if away else defaults.server_error(request)
    if away:
        return unavailable()
    return problem(500, "internal-error", facts={"request_id": request_id.current()})


def _away_page(request: HttpRequest) -> HttpResponse:
    """For people, while PostgreSQL does not answer."""
    response = defaults.server_error(request, template_name="503.html")
    response.status_code = 503
    response.headers["Retry-After"] = "5"
    return response

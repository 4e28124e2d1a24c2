"""One id follows a request: from its header into the logs, the SQL comments, the tasks, the answer.

It is bound to structlog's context; `django_structlog` hands it to the tasks a request enqueues.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from psycopg import sql

HEADER = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class RequestIdMiddleware:
    """Take the caller's id when it is sane, else make one; say in the answer it and who answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answered_by: dict[str, str] = settings.EPM_ANSWER_HEADERS

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if SANE.fullmatch(given) else str(uuid.uuid4())
        request.META["HTTP_X_REQUEST_ID"] = request_id
        request.__dict__.pop("headers", None)  # which Django may have made of what was sent
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response.headers[HEADER] = request_id
        for name, value in self.answered_by.items():
            response.headers[name] = value
        return response


def current() -> str | None:
    """The id of the request, or of the request that enqueued the task, being served now."""
    bound = structlog.contextvars.get_contextvars().get("request_id")
    return bound if isinstance(bound, str) and SANE.fullmatch(bound) else None


def comment_statements(
    execute: Callable[..., Any],
    statement: Any,
    params: Any,
    many: bool,  # noqa: FBT001 - Django calls us so
    context: Any,
) -> Any:
    """Put the id before every statement, as a comment: an execute wrapper of Django's."""
    if request_id := current():  # only sane characters: nothing can end the comment
        comment = f"/* request_id={request_id} */ "
        if isinstance(statement, sql.Composable):
            statement = sql.SQL(comment) + statement
        else:
            statement = comment + statement
    return execute(statement, params, many, context)

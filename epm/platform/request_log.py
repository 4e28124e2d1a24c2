"""Each request is one line of the log, at its end: what was asked, by whom, what came of it, in
how many milliseconds. Whoever authenticates binds who it is; every other line then says so too.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, cast

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

LEVELS: Final = {4: logging.WARNING, 5: logging.ERROR}
# Of 16 digits in a query, however they are spaced: a gift card's code is money.
LONG_NUMBER: Final = re.compile(r"(?:[0-9](?:\+|%20|-)?){12}(?=(?:[0-9](?:\+|%20|-)?){4}(?![0-9]))")
logger = structlog.get_logger(__name__)


class RequestLogMiddleware:
    """No query, no session: only what is known anyway. Django logs the traceback of a failure."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            logger.log(
                LEVELS.get(response.status_code // 100, logging.INFO),
                "request_finished",
                request=f"{request.method} {told(request.get_full_path())}",
                code=response.status_code,
                milliseconds=round((time.perf_counter() - began) * 1000, 1),
                user_agent=request.META.get("HTTP_USER_AGENT"),
            )
            if isinstance(response, StreamingHttpResponse):
                bound = structlog.contextvars.get_contextvars()
                parts = cast("Iterable[bytes]", response.streaming_content)
                response.streaming_content = _streamed(parts, bound)
            return response
        finally:
            structlog.contextvars.clear_contextvars()


def told(address: str) -> str:
    """An address as the log keeps it: of long numbers in its query the last four digits."""
    path, mark, query = address.partition("?")
    return path + mark + LONG_NUMBER.sub("****", query)


def _streamed(parts: Iterable[bytes], bound: Mapping[str, Any]) -> Iterator[bytes]:
    """A file is made after the request is over; what it logs and asks is still the request's."""
    with structlog.contextvars.bound_contextvars(**bound):
        try:
            yield from parts
        except Exception:
            logger.exception("streaming_failed")
            raise

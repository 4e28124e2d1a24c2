"""Moments on pages: in the time of the reader's stores, and with its name."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import cached_property

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from epm.access.selectors.readers import zone_of


class ReadersZone(tzinfo):
    """The zone of whoever asks, looked up as soon as a moment is told: most pages tell none."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _zone(self) -> tzinfo:
        return zone_of(self._request.user)

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        return self._zone.utcoffset(dt)

    def dst(self, dt: datetime | None) -> timedelta | None:
        return self._zone.dst(dt)

    def tzname(self, dt: datetime | None) -> str | None:
        return self._zone.tzname(dt)

    def fromutc(self, dt: datetime) -> datetime:
        return self._zone.fromutc(dt.replace(tzinfo=self._zone)).replace(tzinfo=self)

    def __str__(self) -> str:
        """As PostgreSQL knows it."""
        return str(self._zone)


class ClockMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(ReadersZone(request)):
            return self.get_response(request)

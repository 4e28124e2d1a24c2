"""A cache in PostgreSQL, for the little that must hold while Redis is away or has forgotten."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils import timezone

SWEPT_AT_ONCE: Final = 50
FIND: Final = "SELECT value FROM platform_kept WHERE key = %s AND expires_at > %s"
# Two that add at once: one inserts, the other finds a row that has not expired.
ADD: Final = """
    INSERT INTO platform_kept AS kept (key, value, expires_at) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
    WHERE kept.expires_at <= %s
    RETURNING true
"""
SET: Final = """
    INSERT INTO platform_kept (key, value, expires_at) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
SWEEP: Final = """
    DELETE FROM platform_kept WHERE key IN (
        SELECT key FROM platform_kept WHERE expires_at <= %s ORDER BY expires_at
        LIMIT %s FOR UPDATE SKIP LOCKED
    )
"""


class Kept(BaseCache):
    """Django's cache interface over one table. Values are JSON, everything expires."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        found = _run(FIND, [self.make_and_validate_key(key, version), timezone.now()])
        return default if found is None else json.loads(found[0])

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        name, now = self.make_and_validate_key(key, version), timezone.now()
        return _run(ADD, [name, json.dumps(value), self._until(now, timeout), now]) is not None

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        name, now = self.make_and_validate_key(key, version), timezone.now()
        _run(SET, [name, json.dumps(value), self._until(now, timeout)])
        _run(SWEEP, [now, SWEPT_AT_ONCE])

    def delete(self, key: str, version: int | None = None) -> bool:
        name = self.make_and_validate_key(key, version)
        return _run("DELETE FROM platform_kept WHERE key = %s RETURNING true", [name]) is not None

    def clear(self) -> None:
        _run("DELETE FROM platform_kept", [])

    def _until(self, now: datetime, timeout: Any) -> datetime:
        seconds: Any = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        until: datetime = now + timedelta(seconds=float(seconds))
        return until


def _run(statement: str, values: list[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone() if cursor.description else None

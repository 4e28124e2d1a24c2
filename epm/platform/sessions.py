"""Sessions live in PostgreSQL; Redis only makes them quick, and its absence logs nobody out."""

from collections.abc import Callable
from typing import Any, Final

import redis
import structlog
from django.contrib.sessions.backends import cached_db

from epm.platform import breaker

logger = structlog.get_logger(__name__)
# A log-out that Redis missed must not be undone for long when it comes back.
LONGEST_SECONDS: Final = 300


class SessionStore(cached_db.SessionStore):
    """Django guards some calls to the cache; here none can fail."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._cache: Any = ForgivingCache(self._cache)


class ForgivingCache:
    """What sessions ask of a cache; a cache that does not answer knows nothing.

    Nor is it asked again for a while: a frozen server would cost each request its time limit.
    """

    def __init__(self, cache: Any) -> None:
        self.cache = cache

    def get(self, key: str) -> Any:
        return self._ask(lambda: self.cache.get(key))

    def set(self, key: str, value: Any, timeout: int) -> None:
        self._ask(lambda: self.cache.set(key, value, min(timeout, LONGEST_SECONDS)))

    def delete(self, key: str) -> None:
        self._ask(lambda: self.cache.delete(key))

    def __contains__(self, key: str) -> bool:
        return bool(self._ask(lambda: key in self.cache))

    def _ask(self, question: Callable[[], Any]) -> Any:
        if not breaker.redis.may_ask():
            return None
        try:
            said = question()
        except Exception as error:  # noqa: BLE001 - whatever Redis says, PostgreSQL knows
            if _is_away(error):
                breaker.redis.failed()
            logger.warning("session_cache_unavailable", error=type(error).__name__)
            return None
        breaker.redis.answered()
        return said


def _is_away(error: Exception) -> bool:
    """Not when it lives and refuses."""
    if isinstance(error, redis.ResponseError):
        return False
    return isinstance(error, (redis.RedisError, OSError))

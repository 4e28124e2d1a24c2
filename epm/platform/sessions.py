"""Sessions live in PostgreSQL; Redis only makes them quick, and its absence logs nobody out."""

from collections.abc import Callable
from typing import Any, Final

import structlog
from django.contrib.sessions.backends import cached_db

logger = structlog.get_logger(__name__)
# A log-out that Redis missed must not be undone for long when it comes back.
LONGEST_SECONDS: Final = 300


class SessionStore(cached_db.SessionStore):
    """Django guards some calls to the cache; here none can fail."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._cache: Any = ForgivingCache(self._cache)


class ForgivingCache:
    """What sessions ask of a cache; a cache that does not answer knows nothing."""

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
        try:
            return question()
        except Exception as error:  # noqa: BLE001 - whatever Redis says, PostgreSQL knows
            logger.warning("session_cache_unavailable", error=type(error).__name__)
            return None

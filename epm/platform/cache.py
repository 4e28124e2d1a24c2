"""The one door to cached answers: `remember` what is dear to compute.

A key is what was asked and by whom (its scope), a version is the state of the data: nothing is ever
invalidated, a new version is a new key. Valkey may be slow, frozen, empty or gone: the answers are
the same, a little later. Exceptions are not remembered. Values cross as JSON, never as pickles.
"""

import enum
import hashlib
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import orjson
import redis
import structlog
from django.conf import settings
from prometheus_client import Counter, Histogram
from redis.backoff import NoBackoff
from redis.retry import Retry

from epm.platform import breaker, release

logger = structlog.get_logger(__name__)
Value = TypeVar("Value")

SOCKET_SECONDS: Final = 0.2
LOCK_SECONDS: Final = 10.0
"""A computation that takes longer is no longer alone."""
PATIENCE_SECONDS: Final = 3.0
"""How long one waits for another's computation before computing oneself."""
POLL_SECONDS: Final = (0.005, 0.05)
JITTER: Final = 0.1
RELEASE: Final = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"
)

REQUESTS: Final = Counter(
    "epm_cache_requests",
    "Questions to the cache door: hit, miss (computed here), wait (computed by another meanwhile),"
    " error (the server did not answer), off.",
    ["kind", "outcome"],
)
COMPUTING: Final = Histogram(
    "epm_cache_compute_seconds", "How long a missed answer took to compute.", ["kind"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip


class CacheKind(enum.StrEnum):
    """What is remembered, and for how many minutes at most when its version stays."""

    PAGE = "page"
    FIGURES = "figures"
    LISTING = "listing"
    CHOICES = "choices"

    @property
    def seconds(self) -> int:
        minutes = {"page": 5, "figures": 15, "listing": 30, "choices": 60}
        return minutes[self.value] * 60


@dataclass(frozen=True, slots=True)
class Codec(Generic[Value]):
    """How a value becomes what orjson can write, and comes back from what it reads."""

    to_json: Callable[[Value], Any]
    from_json: Callable[[Any], Value]


PLAIN: Final[Codec[Any]] = Codec(to_json=lambda value: value, from_json=lambda value: value)
"""For what JSON has itself: lists, dictionaries, text, numbers. A tuple comes back as a list."""


class Unavailable(Exception):
    """The cache's server does not answer, or has not lately."""


def remember(
    *,
    kind: CacheKind,
    key: Sequence[str],
    version: str,
    compute: Callable[[], Value],
    codec: Codec[Value] = PLAIN,
) -> Value:
    """What `compute` returns, or what it returned before for the same kind, key and version.

    `key` says all that the answer depends on besides the data: what is asked, in which language,
    and the principal's scope and rights (`epm.access.selectors.sight`). Of any number of callers at
    once one computes. Whoever computes raises what `compute` raises. What comes back has been
    through the codec, so that a first answer is like every other.
    """
    asked = _Question(kind, _name(kind, key, version), compute, codec)
    if not settings.EPM_CACHE_DOOR:
        REQUESTS.labels(kind, "off").inc()
        return asked.computed()[0]
    try:
        return asked.answered()
    except Unavailable:
        REQUESTS.labels(kind, "error").inc()
        return asked.computed()[0]


class _Question(Generic[Value]):
    def __init__(
        self, kind: CacheKind, name: str, compute: Callable[[], Value], codec: Codec[Value]
    ) -> None:
        self.kind = kind
        self.name = name
        self.lock = f"{name}:lock"
        self.compute = compute
        self.codec = codec

    def computed(self) -> tuple[Value, bytes]:
        """The value and its text; what cannot be written as JSON is a mistake at any time."""
        began = time.perf_counter()
        text = orjson.dumps(self.codec.to_json(self.compute()))
        COMPUTING.labels(self.kind).observe(time.perf_counter() - began)
        return self.codec.from_json(orjson.loads(text)), text

    def answered(self) -> Value:
        """Raise Unavailable only when nothing has been computed yet."""
        found = self._read(_ask(lambda server: server.get(self.name)))
        if found is not None:
            REQUESTS.labels(self.kind, "hit").inc()
            return found[0]
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        pause, longest = POLL_SECONDS
        while True:
            token = secrets.token_hex(8)
            text, locked = self._look_again(token)
            found = self._read(text)
            if found is not None:
                if locked:
                    self._release(token)
                REQUESTS.labels(self.kind, "wait").inc()
                return found[0]
            if locked or time.monotonic() >= give_up_at:
                REQUESTS.labels(self.kind, "miss").inc()
                return self._computed_for_all(token if locked else None)
            time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads the waiters
            pause = min(pause * 1.5, longest)

    def _look_again(self, token: str) -> tuple[bytes | None, bool]:
        """Try to take the lock, then read: whoever gets it sees what the last holder stored."""

        def both(server: "redis.Redis[bytes]") -> list[Any]:
            together = server.pipeline(transaction=False)
            together.set(self.lock, token, nx=True, px=round(LOCK_SECONDS * 1000))
            together.get(self.name)
            return together.execute()

        locked, text = _ask(both)
        return text, bool(locked)

    def _computed_for_all(self, token: str | None) -> Value:
        try:
            value, text = self.computed()
            self._store(text)
        finally:
            if token is not None:
                self._release(token)
        return value

    def _store(self, text: bytes) -> None:
        spread = random.uniform(1 - JITTER, 1)  # noqa: S311 - so that not all expire at once
        milliseconds = round(self.kind.seconds * 1000 * spread)
        _try(lambda server: server.set(self.name, text, px=milliseconds))

    def _release(self, token: str) -> None:
        """Only our own lock: ours may have expired, and another's be there."""
        _try(lambda server: server.eval(RELEASE, 1, self.lock, token))

    def _read(self, text: bytes | None) -> tuple[Value] | None:
        """What was stored; something that cannot be read counts as nothing."""
        if text is None:
            return None
        try:
            return (self.codec.from_json(orjson.loads(text)),)
        except Exception as error:  # noqa: BLE001 - whatever it is, we compute anew
            logger.warning("cache_unreadable", kind=self.kind, error=type(error).__name__)
            return None


def _name(kind: CacheKind, key: Sequence[str], version: str) -> str:
    """A digest of all parts, each in its bounds: `["a", "b"]` is not `["ab"]`."""
    parts = orjson.dumps([release.fingerprint(), version, *key])
    return f"epm:door:{kind}:{hashlib.sha256(parts).hexdigest()}"


def _try(question: Callable[["redis.Redis[bytes]"], Any]) -> None:
    """Ask for nothing one could not do without."""
    try:
        _ask(question)
    except Unavailable:
        return


def _ask(question: Callable[["redis.Redis[bytes]"], Any]) -> Any:
    """The server's answer within the socket's limit; raise Unavailable, and soon, without one."""
    if not breaker.redis.may_ask():
        raise Unavailable
    caches: Any = settings.CACHES
    try:
        said = question(_server(caches["default"]["LOCATION"]))
    except redis.ResponseError as error:  # it lives, but has no room, or no such command
        logger.warning("cache_refused", error=str(error))
        raise Unavailable from error
    except (redis.RedisError, OSError) as error:
        breaker.redis.failed()
        logger.warning("cache_unavailable", error=type(error).__name__)
        raise Unavailable from error
    breaker.redis.answered()
    return said


@lru_cache(maxsize=4)
def _server(url: str) -> "redis.Redis[bytes]":
    """Connections of this process; redis-py makes new ones after a fork."""
    return redis.Redis.from_url(
        url,
        socket_timeout=SOCKET_SECONDS,
        socket_connect_timeout=SOCKET_SECONDS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )

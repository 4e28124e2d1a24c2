"""After a failure, ask no more for a while: a frozen server costs its time limit once."""

import threading
import time
from collections.abc import Callable
from typing import Final

OPEN_SECONDS: Final = 3.0


class Breaker:
    """The memory of one process about one server; safe among threads.

    While it is open nobody asks. Then one caller asks for all; the others wait for its answer's
    effect, not for the server.
    """

    def __init__(
        self, *, seconds: float = OPEN_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = True
        self._ask_again_at = 0.0

    def may_ask(self) -> bool:
        """Whether to try. After a failure: one caller each few seconds."""
        if self._closed:
            return True
        with self._lock:
            now = self._clock()
            if self._closed or now >= self._ask_again_at:
                self._ask_again_at = now + self._seconds
                return True
            return False

    def failed(self) -> None:
        with self._lock:
            self._closed = False
            self._ask_again_at = self._clock() + self._seconds

    def answered(self) -> None:
        if not self._closed:
            with self._lock:
                self._closed = True


redis: Final = Breaker()
"""One for all that this process asks of the cache's server."""
postgresql: Final = Breaker(seconds=1.0)
"""While it is away a page asks once, not once for each of its parts."""

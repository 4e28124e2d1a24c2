"""Dashboards beside a bare page of the same process: p95 cold and warm, and one stampede."""

import contextlib
import http.client
import math
import statistics
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from tests.bench.figures import Figure, ms
from tests.bench.ledgers import LAST_DAY, ledger
from tests.bench.servers import Servers
from tests.bench.serving import gunicorn

LINES: Final = 10_000_000
BARE: Final = "/bare/page"
MONTH: Final = {"from": LAST_DAY.replace(day=1).isoformat(), "to": LAST_DAY.isoformat()}
PAGES: Final = {
    "overview": "/dashboards/?" + urllib.parse.urlencode(MONTH),
    "consolidation": "/dashboards/consolidation?" + urllib.parse.urlencode(MONTH),
    "store page": "/dashboards/stores/S01?" + urllib.parse.urlencode(MONTH),
}
CHANGE: Final = "UPDATE organization_store SET city = city WHERE code = 'S01'"
"""No answer given before holds any more."""
OTHER_DAYS: Final = "&vs=free&vs_from=2025-10-{day:02}&vs_to=2025-11-{day:02}"
READERS: Final = (1, 16, 100)
SECONDS: Final = 4
COLD: Final = 4.0
WARM: Final = 1.5


@dataclass(slots=True)
class Load:
    """What readers met in one or more windows."""

    times: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def p95(self) -> float:
        return sorted(self.times)[math.ceil(len(self.times) * 0.95) - 1]


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Page and bare page in turns: cold after a change of the data, then warm."""
    database = ledger(servers, lines=lines or LINES)
    with servers.worker(database) as worker:
        cookie = worker.call("tests.bench.dashboards:sign_in")
    with (
        gunicorn(servers, database) as (port, _process),
        servers.connect(database) as connection,
    ):
        bench = Bench(port, cookie, rounds)

        def change() -> None:
            connection.execute(CHANGE)

        for name, address in PAGES.items():
            for readers in READERS:
                bench.cold(f"{name}, cold, {readers} readers", address, readers, change)
        each = PAGES["overview"] + OTHER_DAYS
        bench.cold("overview, cold, 16 readers, each beside other days", each, 16, change)
        for name, address in PAGES.items():
            for readers in READERS:
                bench.warm(f"{name}, warm, {readers} readers", address, readers)
        bench.found.append(_stampede(port, cookie))
    return [*bench.found, _failed(bench.errors, tell)]


@dataclass(slots=True)
class Bench:
    """A server, a director's browser, and what was found so far."""

    port: int
    cookie: str
    rounds: int
    found: list[Figure] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def cold(self, what: str, address: str, readers: int, change: Callable[[], None]) -> None:
        """Readers who come at once, after the data have changed."""
        page, bare = Load(), Load()
        for _round in range(self.rounds):
            _waves(bare, self.port, BARE, self.cookie, readers=readers, before=lambda: None)
            _waves(page, self.port, address, self.cookie, readers=readers, before=change)
        self._note(what, page, bare, COLD)

    def warm(self, what: str, address: str, readers: int) -> None:
        """Readers who ask again as soon as they are answered."""
        page, bare = Load(), Load()
        for _round in range(self.rounds):
            _read(bare, self.port, BARE, self.cookie, readers=readers)
            _read(page, self.port, address, self.cookie, readers=readers)
        self._note(what, page, bare, WARM)

    def _note(self, what: str, page: Load, bare: Load, target: float) -> None:
        self.errors.update(page.errors + bare.errors)
        self.found.append(_figure(what, page, bare, target))


def _failed(errors: Counter[str], tell: Callable[[str], None]) -> Figure:
    if errors:
        tell(f"pages: failed: {dict(errors)}")
    count = errors.total()
    return Figure("pages", "requests that failed", str(count), "0", float(count), 0.0, "lower")


def _figure(what: str, page: Load, bare: Load, target: float) -> Figure:
    return Figure(
        "pages",
        f"{what}: p95 ÷ a bare page's",
        f"{ms(page.p95)} (median {ms(statistics.median(page.times))})",
        f"{ms(bare.p95)} (median {ms(statistics.median(bare.times))})",
        page.p95 / bare.p95,
        target,
        "lower",
    )


def _waves(
    load: Load,
    port: int,
    path: str,
    cookie: str,
    *,
    readers: int,
    before: Callable[[], None],
) -> None:
    """All readers at once, again and again, each on its connection; `before` each wave.

    `{day}` in the path is another number for each of up to 28 readers.
    """
    end = time.perf_counter() + SECONDS
    ready = threading.Barrier(readers + 1)
    done = threading.Barrier(readers + 1)
    over = threading.Event()

    def reader(number: int) -> None:
        own = path.format(day=number % 28 + 1) if "{day" in path else path
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
            _ask(Load(), line, BARE, cookie)
            while True:
                ready.wait()
                if over.is_set():
                    return
                _ask(load, line, own, cookie)
                done.wait()

    threads = [threading.Thread(target=reader, args=[number]) for number in range(readers)]
    for thread in threads:
        thread.start()
    while time.perf_counter() < end:
        before()
        ready.wait()
        done.wait()
    over.set()
    ready.wait()
    for thread in threads:
        thread.join()


def _read(load: Load, port: int, path: str, cookie: str, *, readers: int) -> None:
    """Each reader asks again as soon as it is answered, on one connection."""
    end = time.perf_counter() + SECONDS

    def reader() -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
            while time.perf_counter() < end:
                _ask(load, line, path, cookie)

    threads = [threading.Thread(target=reader) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask(load: Load, line: http.client.HTTPConnection, path: str, cookie: str) -> None:
    began = time.perf_counter()
    try:
        line.request("GET", path, headers={"Cookie": cookie})
        answer = line.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException) as error:
        load.errors[f"{type(error).__name__} after {_about(began)} s"] += 1
        line.close()
        return
    load.times.append(time.perf_counter() - began)
    if answer.status != 200:
        load.errors[f"status {answer.status} after {_about(began)} s"] += 1


def _about(began: float) -> int:
    """Seconds since then, to tens."""
    return round((time.perf_counter() - began) / 10) * 10


def _stampede(port: int, cookie: str) -> Figure:
    """Sixteen readers at once on an overview that nobody has asked for yet."""
    address = PAGES["overview"] + "&last_year=date"
    before = _computed(port)
    ready = threading.Barrier(16)

    def reader() -> None:
        ready.wait()
        _status(port, address, cookie)

    threads = [threading.Thread(target=reader) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = _computed(port) - before
    return Figure(
        "pages", "16 readers at once on a page not made yet: times it is made",
        f"{made:.0f}", "1", made, 1.0, "lower",
    )  # fmt: skip


def _computed(port: int) -> float:
    """How many pages have been made, in all processes."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        line.request("GET", "/metrics")
        text = line.getresponse().read().decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "epm_cache_compute_seconds_count" and sample.labels["kind"] == "page"
    )


def _status(port: int, path: str, cookie: str) -> int:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
        line.request("GET", path, headers={"Cookie": cookie})
        answer = line.getresponse()
        answer.read()
        return answer.status


# What follows runs in a worker, with Django.


def sign_in() -> str:
    """The cookies of a director's browser; the cache is emptied."""
    from django.conf import settings
    from django.core.cache import cache
    from django.test import Client

    from epm.access.models import Role, ScopeKind, StoreScope, User

    cache.clear()
    person, _made = User.objects.get_or_create(
        username="bench-director", defaults={"role": Role.DIRECTOR}
    )
    StoreScope.objects.get_or_create(user=person, kind=ScopeKind.CHAIN)
    client = Client()
    client.force_login(person)
    client.get("/dashboards/", headers={"host": "127.0.0.1"})
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    return "; ".join(f"{name}={client.cookies[name].value}" for name in names)

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
# A page is measured as soon as it is there.
PAGES: Final = {
    "overview": "/dashboards/?" + urllib.parse.urlencode(MONTH),
    "consolidation": "/dashboards/consolidation?" + urllib.parse.urlencode(MONTH),
    "store page": "/dashboards/stores/S01?" + urllib.parse.urlencode(MONTH),
}
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
    """Page and bare page in turns, on a server without the cache door, then on one with it."""
    database = ledger(servers, lines=lines or LINES)
    with servers.worker(database) as worker:
        cookie = worker.call("tests.bench.dashboards:sign_in")
    found: list[Figure] = []
    errors: Counter[str] = Counter()
    for temperature, door, target in (("cold", "0", COLD), ("warm", "1", WARM)):
        with gunicorn(servers, database, EPM_CACHE_DOOR=door) as (port, _process):
            for name, address in PAGES.items():
                if _status(port, address, cookie) == 404:
                    tell(f"pages: there is no {name} yet")
                    continue
                for readers in READERS:
                    page, bare = Load(), Load()
                    for _round in range(rounds):
                        for load, path in ((bare, BARE), (page, address)):
                            _read(load, port, path, cookie, readers=readers)
                    errors += page.errors + bare.errors
                    found.append(_figure(name, temperature, readers, page, bare, target))
            if door == "1":
                found.append(_stampede(port, cookie))
    found.append(_failed(errors, tell))
    return found


def _failed(errors: Counter[str], tell: Callable[[str], None]) -> Figure:
    if errors:
        tell(f"pages: failed: {dict(errors)}")
    count = errors.total()
    return Figure("pages", "requests that failed", str(count), "0", float(count), 0.0, "lower")


def _figure(
    name: str, temperature: str, readers: int, page: Load, bare: Load, target: float
) -> Figure:
    return Figure(
        "pages",
        f"{name}, {temperature}, {readers} readers: p95 ÷ a bare page's",
        f"{ms(page.p95)} (median {ms(statistics.median(page.times))})",
        f"{ms(bare.p95)} (median {ms(statistics.median(bare.times))})",
        page.p95 / bare.p95,
        target,
        "lower",
    )


def _read(load: Load, port: int, path: str, cookie: str, *, readers: int) -> None:
    """Each reader asks again as soon as it is answered, on one connection."""
    end = time.perf_counter() + SECONDS

    def reader() -> None:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as line:
            while time.perf_counter() < end:
                began = time.perf_counter()
                try:
                    line.request("GET", path, headers={"Cookie": cookie})
                    answer = line.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException) as error:
                    load.errors[f"{type(error).__name__} after {_about(began)} s"] += 1
                    line.close()
                    continue
                load.times.append(time.perf_counter() - began)
                if answer.status != 200:
                    load.errors[f"status {answer.status} after {_about(began)} s"] += 1

    threads = [threading.Thread(target=reader) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


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

"""The product API through gunicorn, beside bare views of the same process and middleware."""

import contextlib
import http.client
import itertools
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import psutil

from tests.bench.figures import Figure, ms, short
from tests.bench.servers import OURS, ROOT, Servers

CONNECTIONS: Final = 16
SECONDS: Final = 4
TURNS: Final = 5
WARM_UP: Final = 2
ONE: Final = "/api/v1/products/{id}"
LIST: Final = "/api/v1/products"
BARE_ONE: Final = "/api/bare/products/{id}"
BARE_LIST: Final = "/api/bare/products"
SCRIPT: Final = """
local first, key, path = {first}, "{key}", "{path}"
math.randomseed(42)
if key ~= "" then wrk.headers["apikey"] = key end
request = function()
    return wrk.format("GET", (path:gsub("{{id}}", tostring(first + math.random(0, 19999)))))
end
"""


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Windows of load in turns: ours, bare, ours, bare …; medians."""
    database = f"{OURS}catalogue"
    servers.create(database)
    with servers.worker(database) as worker:
        known = worker.call("tests.bench.serving:prepare")
    load = _wrk if shutil.which("wrk") else _threads
    found: dict[str, list[float]] = {path: [] for path in (ONE, BARE_ONE, LIST, BARE_LIST)}
    spent: dict[str, list[float]] = {path: [] for path in found}
    with gunicorn(servers, database) as (port, process):
        for path in found:
            _check(port, path, **known)
            load(port, path, seconds=WARM_UP, folder=servers.data, **known)
        for _ in range(max(TURNS, rounds)):
            for path, rates in found.items():
                before = _processor_time(process, servers)
                rates.append(load(port, path, seconds=SECONDS, folder=servers.data, **known))
                used = _processor_time(process, servers) - before
                spent[path].append(used / (rates[-1] * SECONDS))
    servers.drop(database)
    tool = "wrk" if load is _wrk else "a threaded Python client"
    tell(
        f"api: {tool}, {CONNECTIONS} connections, {SECONDS} s × {len(found[ONE])}; "
        + "; ".join(f"{path} {min(r):.0f}-{max(r):.0f}/s" for path, r in found.items())
    )
    return [
        _figure("one product, by API key ÷ a bare view of one query", found[ONE], found[BARE_ONE]),
        _figure("20 products, by API key ÷ a bare .values() view", found[LIST], found[BARE_LIST]),
        _spent("one product", spent[ONE], spent[BARE_ONE]),
        _spent("20 products", spent[LIST], spent[BARE_LIST]),
    ]  # fmt: skip


def _figure(what: str, ours: list[float], bare: list[float]) -> Figure:
    mine, limit = statistics.median(ours), statistics.median(bare)
    return Figure(
        "api", what, f"{short(mine)} requests/s", f"{short(limit)} requests/s", mine / limit, 0.6
    )


def _spent(what: str, ours: list[float], bare: list[float]) -> Figure:
    """The same ratio as others who use the machine cannot bend it: bare ÷ ours."""
    mine, limit = statistics.median(ours), statistics.median(bare)
    return Figure(
        "api", f"{what}, processor time of a request: bare ÷ ours",
        ms(mine), ms(limit), limit / mine,
    )  # fmt: skip


def _processor_time(gunicorn: subprocess.Popen, servers: Servers) -> float:
    """Seconds that gunicorn and PostgreSQL have used so far."""
    leader = psutil.Process(gunicorn.pid)
    ours = [leader, *leader.children(recursive=True)]
    return servers.processor_time() + sum(sum(process.cpu_times()[:2]) for process in ours)


@contextlib.contextmanager
def gunicorn(
    servers: Servers, database: str, **more: str
) -> Iterator[tuple[int, subprocess.Popen]]:
    """As `make run` starts it, two workers of four threads; but no worker is renewed meanwhile."""
    port = free_port()
    environment = {
        **servers.environment,
        "DATABASE_URL": servers.url_of(database),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "EPM_STATEMENT_TIMEOUT_MS": "30000",
        "EPM_LOG_FORMAT": "json",
        **more,
    }
    with (servers.data / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:epm.serving", "--max-requests", "0",
             "epm.wsgi"],
            env=environment, cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        wait_for(port, process, "/health/live")
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=40)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, process: subprocess.Popen, path: str) -> None:
    """Until `path` is answered."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("gunicorn did not start")


def _check(port: int, path: str, *, key: str, first: int) -> None:
    """A fast refusal would be no figure."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"apikey": key} if path.startswith("/api/") else {}
    connection.request("GET", path.format(id=first), headers=headers)
    answer = connection.getresponse()
    content = json.loads(answer.read())
    rows = content["results"] if path in (LIST, BARE_LIST) else [content]
    if answer.status != 200 or rows[0]["id"] != first or len(rows) not in (1, 20):
        raise AssertionError(f"{path}: {answer.status} {str(content)[:300]}")


def _wrk(port: int, path: str, *, seconds: int, folder: Path, key: str, first: int) -> float:
    """Requests a second."""
    script = folder / "load.lua"
    own_key = key if path.startswith("/api/") else ""
    script.write_text(SCRIPT.format(first=first, key=own_key, path=path), encoding="utf-8")
    said = subprocess.run(
        ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s",
         "-s", str(script),
         f"http://127.0.0.1:{port}/"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    if "Non-2xx" in said or "Socket errors" in said:
        raise AssertionError(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None:
        raise AssertionError(said)
    return float(found[1])


def _threads(port: int, path: str, *, seconds: int, folder: Path, key: str, first: int) -> float:
    """Where wrk is missing. It takes more of the machine than wrk, from both sides alike."""
    end = time.monotonic() + seconds
    headers = {"apikey": key} if path.startswith("/api/") else {}
    counts: list[int] = []

    def ask(start: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for count in itertools.count(1):
            address = path.format(id=first + (start + count * 7919) % 20_000)
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                return
            if time.monotonic() > end:
                counts.append(count)
                return

    threads = [threading.Thread(target=ask, args=(n * 997,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) < CONNECTIONS:
        raise AssertionError(f"{path}: some requests were refused")
    return sum(counts) / seconds


# What follows runs in a worker, with Django.


def prepare() -> dict[str, Any]:
    """Masters, and a key for the whole chain."""
    from django.db import connection
    from django.db.models import Min

    from epm.access.selectors import rights
    from epm.access.services import api_keys
    from inventory.models import Product

    with connection.cursor() as cursor:
        cursor.execute("SELECT bench.masters()")
        cursor.execute("VACUUM (ANALYZE)")
    _key, text = api_keys.create(
        name="bench", scopes=[rights.READ], stores=[], whole_chain=True, expires_at=None, by=None
    )
    return {"key": text, "first": Product.objects.aggregate(first=Min("pk"))["first"]}

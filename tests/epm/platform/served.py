"""The product as `make run` serves it: gunicorn in processes of its own, on the test's database."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]


def environment(**more: str) -> dict[str, str]:
    """For a process that works on this test's databases, under the same keys."""
    known = connection.settings_dict
    url = os.environ["DATABASE_URL"].partition("?")[0].rpartition("/")[0]
    name = more.pop("APPLICATION_NAME", "epm-beside")
    plain = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    plain.pop("EPM_EMBEDDED", None)  # the servers are the suite's: used here, never stopped
    return plain | {
        "DATABASE_URL": f"{url}/{known['NAME']}?application_name={name}",
        "SECRET_KEY": settings.SECRET_KEY,
        "EPM_LOG_FORMAT": "json",
        **more,
    }


@contextmanager
def gunicorn(
    folder: Path, *, within: Mapping[str, str] | None = None, **more: str
) -> Iterator[int]:
    """The port it listens on. Its log is `folder/gunicorn.log`. `within`: another environment than
    that of this test's databases."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "python:epm.serving", "epm.wsgi"],
            env={**within, "PORT": str(port), **more}
            if within
            else environment(PORT=str(port), **more),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(port, process, folder)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=40)


def ask(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    """Status and body, over a connection of its own."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, body


def _wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ask(port, "/health/live")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError((folder / "gunicorn.log").read_text(encoding="utf-8"))

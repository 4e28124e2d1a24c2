"""`make run` as somebody starts it: its servers are killed under it, and it goes on."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.epm.embedded.private import ROOT, private_environment

PATIENCE = 90


@pytest.fixture
def product(data):
    """The process, its address and its terminal."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    terminal = data / "terminal"
    with terminal.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "epm.run"],
            env=private_environment(data, DEMO="0", PORT=str(port), EPM_WEB_WORKERS="1"),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    yield process, f"http://127.0.0.1:{port}", terminal
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def until(condition, terminal):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError(terminal.read_text(errors="replace")[-4000:])


def status_of(address):
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=10) as answer:
            return json.load(answer)["status"]
    except (urllib.error.URLError, OSError):
        return "away"


def tasks(address):
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
        done = re.findall(
            r'^epm_tasks_total{state="success".* (\S+)$', answer.read().decode(), re.M
        )
    return sum(map(float, done))


def lines(terminal):
    said = terminal.read_text(errors="replace")
    return re.findall(r"(?:PostgreSQL|Valkey) (?:has died; starting it again|runs again)", said)


@pytest.mark.faults
def test_servers_that_are_killed_run_again_and_the_product_with_them(data, product):
    process, address, terminal = product
    until(lambda: status_of(address) == "ok", terminal)
    postgres = data / "servers" / "postgres" / "postmaster.pid"
    valkey = data / "servers" / "valkey.pid"
    first = int(postgres.read_text().split()[0]), int(valkey.read_text())

    for pid in first:
        os.kill(pid, signal.SIGKILL)

    until(lambda: sum("runs again" in line for line in lines(terminal)) == 2, terminal)
    until(lambda: status_of(address) == "ok", terminal)
    assert sorted(lines(terminal)) == [
        "PostgreSQL has died; starting it again",
        "PostgreSQL runs again",
        "Valkey has died; starting it again",
        "Valkey runs again",
    ]
    second = int(postgres.read_text().split()[0]), int(valkey.read_text())
    assert not set(first) & set(second)
    assert process.poll() is None
    # Beat sends a task each half minute: the worker has found its queue again.
    before = tasks(address)
    until(lambda: tasks(address) > before, terminal)

    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE) == 0
    assert not postgres.exists()
    assert not valkey.exists()

"""A real Chromium in front of the whole product: `make browser`.

The product is started as a user starts it, in a folder of its own, with the demo. `EPM_BROWSER_URL`
and `EPM_DEMO_PASSWORD` name one that runs already.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 180


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running product with its demo."""
    if "EPM_BROWSER_URL" in os.environ:
        yield os.environ["EPM_BROWSER_URL"].rstrip("/")
        return
    folder = tmp_path_factory.mktemp("site")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ.setdefault("EPM_DEMO_PASSWORD", secrets.token_urlsafe(18))
    ours = ("DATABASE_URL", "REDIS_URL", "EPM_TEST_REDIS_URL", "EPM_PG_OPTIONS")
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    log = (folder / "run.log").open("w")
    running = subprocess.Popen(
        [sys.executable, "-m", "epm.run"],
        cwd=ROOT,
        env={**environment, "EPM_DATA": str(folder / "data"), "PORT": str(port)},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, running, folder / "run.log")
        yield url
    finally:
        running.send_signal(signal.SIGINT)
        try:
            running.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
        log.close()


def _wait_until_ready(url: str, running: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if running.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    pytest.fail(f"The product did not come up:\n{log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def password(site: str) -> str:
    return os.environ["EPM_DEMO_PASSWORD"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("EPM_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.fail(
                "A Chromium is needed: sudo apt-get install -y chromium, or"
                " .venv/bin/python -m playwright install chromium"
            )
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, site: str, password: str) -> Iterator[type[Visitor]]:
    """Makes visitors; whatever page they saw must have been free of faults."""
    made: list[Visitor] = []

    def come(**how: object) -> Visitor:
        made.append(Visitor(chromium, site=site, password=password, **how))
        return made[-1]

    yield come
    faults = [fault for one in made for fault in one.leave()]
    assert not faults, "\n".join(faults)

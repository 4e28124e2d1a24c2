"""A real Chromium in front of the whole product: `make browser`.

The product is started as a user starts it, in a folder of its own, with the demo. `EPM_BROWSER_URL`
and `EPM_DEMO_PASSWORD` name one that runs already.
"""

import functools
import json
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
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from tests.browser.cashier import STORE, begin, write
from tests.browser.relay import Relay
from tests.browser.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 180
ENOUGH = 50
"""Pieces of each of the goods that a test may sell."""
UNREACHED = "net::ERR_"
"""What a browser says of a network that is gone."""
WANTED = """
`make browser` needs a Chromium or a Chrome. Any one of these will do:
    sudo apt-get install -y chromium                          # or your system's package of it
    .venv/bin/python -m playwright install --with-deps chromium
    EPM_CHROMIUM=/path/to/chrome make browser                 # one that is there already
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One for the whole suite. Without it nothing else is even started."""
    path = os.environ.get("EPM_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error:
            tried = f"\n{path} does not start; `{path} --version` may say why." if path else ""
            pytest.exit(f"{tried}{WANTED}", returncode=pytest.ExitCode.USAGE_ERROR)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
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
def signed_in(chromium: Browser, site: str, password: str) -> Callable[[str], Any]:
    """The cookies of a role's demo person, who signed in once for all tests that only look."""

    @functools.cache
    def cookies(name: str) -> Any:
        person = Visitor(chromium, site=site, password=password).sign_in(name)
        try:
            return person.context.storage_state()
        finally:
            assert not person.leave()

    return cookies


@pytest.fixture
def visitor(
    chromium: Browser, site: str, password: str, signed_in: Callable[[str], Any]
) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; whatever page they saw must have been free of faults.

    `visitor("director")` is signed in already; `visitor()` is a stranger.
    """
    made: list[Visitor] = []

    def come(name: str = "", **how: Any) -> Visitor:
        if name:
            how["signed_in"] = signed_in(name)
        made.append(Visitor(chromium, password=password, **{"site": site, **how}))
        return made[-1]

    yield come
    faults = [fault for one in made for fault in one.leave()]
    assert not faults, "\n".join(dict.fromkeys(faults))


@pytest.fixture
def newcomer(visitor: Callable[..., Visitor]) -> Callable[..., tuple[str, str]]:
    """Makes a person by page, as a director does; gives her name and password."""

    def hire(*, role: str, staff: bool = False) -> tuple[str, str]:
        name, password = f"n{secrets.token_hex(4)}", secrets.token_urlsafe(18)
        page = visitor("director").open("/admin/access/user/add/")
        page.fill("#id_username", name)
        page.fill("#id_password1", password)
        page.fill("#id_password2", password)
        page.select_option("#id_role", role)
        page.set_checked("#id_is_staff", staff)
        page.click("[name=_save]")
        page.wait_for_url("**/access/user/**/change/")
        return name, password

    return hire


@pytest.fixture
def relay(site):
    made = Relay(site)
    yield made
    made.down()


@pytest.fixture
def goods(visitor):
    """Two products (SKU, price), dear and cheap; the manager has just taken in a pallet of them."""
    manager = visitor("manager")
    told = manager.context.request.get(f"/api/v1/stock/feed?store={STORE}").text()
    found = [
        (line["sku"], Decimal(line["price"]))
        for line in map(json.loads, told.splitlines())
        if line["type"] == "product" and line["is_active"] and line["unit"] == "piece"
        and 2 < Decimal(line["price"] or 0) < 20
    ]  # fmt: skip
    ranked = sorted(found, key=lambda one: (-one[1], one[0]))
    two = [ranked[0], ranked[-1]]
    write(manager, "/api/v1/stock/movements", {
        "kind": "receipt",
        "store": STORE,
        "lines": [{"sku": sku, "quantity": ENOUGH} for sku, _price in two],
    })  # fmt: skip
    return two


@pytest.fixture
def till(visitor, relay):
    """A cashier whose till is open; of what the pages said, the network's silence is no fault."""
    made = []

    def come(**how):
        cashier = visitor("cashier", site=relay.url, **how)
        made.append(cashier)
        begin(cashier.open("/till/"))
        return cashier

    yield come
    for cashier in made:
        cashier.context.close()  # before the relay goes
        cashier.faults[:] = [fault for fault in cashier.faults if UNREACHED not in fault]

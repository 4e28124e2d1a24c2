"""The last units of a product with everybody after them: django-oscar's checkout, and our holds.

Runs only when asked for: django-oscar is installed into an environment of the bench's own.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from tests.bench.figures import Figure
from tests.bench.servers import OURS, ROOT, Servers
from tests.bench.worker import Worker

PACKAGES: Final = ("django-oscar==4.2.1", "Django==5.2.19", "psycopg[binary]==3.3.9")
SHOP: Final = Path(__file__).parent / "oscar_shop.py"
UNITS: Final = 20
SHOPPERS: Final = 16


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """How many of 20 units 16 shoppers get who buy for as long as they are told there is one."""
    python = _installed(servers.data / "oscar")
    if python is None:
        tell("oscar: left out, its packages cannot be installed here")
        return []
    database = f"{OURS}oscar"
    servers.create(database, template="template0")
    place = json.dumps(conninfo_to_dict(servers.url_of(database)))
    words = [python, "-I", SHOP, place, UNITS, SHOPPERS, rounds]
    said = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if said.returncode:
        raise AssertionError(said.stderr)
    theirs = json.loads(said.stdout.splitlines()[-1])
    ours = _ours(servers, rounds=rounds)
    if set(ours) != {UNITS}:
        raise AssertionError(f"of {UNITS} units {ours} were held")
    tell(f"oscar: ordered and allocated {theirs}; held by us {ours}")
    return [
        Figure(
            "oscar", f"units sold of {UNITS}, {SHOPPERS} shoppers (limit: django-oscar's checkout)",
            _told(ours), _told([each["ordered"] for each in theirs]), max(ours) / UNITS, 1, "lower",
        )
    ]  # fmt: skip


def _told(counts: list[int]) -> str:
    return ", ".join(map(str, counts))


def _installed(folder: Path) -> Path | None:
    """The Python of an environment with these packages; None where there is no index to ask."""
    python = folder / "bin" / "python"
    stamp = folder / "packages"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == repr(PACKAGES):
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=False)
    if done.returncode:
        return None
    stamp.write_text(repr(PACKAGES), encoding="utf-8")
    return python


def _ours(servers: Servers, *, rounds: int) -> list[int]:
    database = f"{OURS}oscar_ours"
    servers.create(database)
    environment = {
        **servers.environment,
        "DATABASE_URL": servers.url_of(database),
        "EPM_DB_POOL": str(2 * SHOPPERS),
    }
    with Worker(environment, log=servers.data / "bench.log", folder=ROOT) as worker:
        return [worker.call("tests.bench.oscar:held") for _round in range(rounds)]


# What follows runs in a worker, with Django.


def held() -> int:
    """How many units shoppers hold who try until they are refused."""
    from concurrent.futures import ThreadPoolExecutor

    from tests.factories import chain, stock

    store, bread = chain.store(), chain.product()
    stock.received(store, bread, UNITS)
    with ThreadPoolExecutor(SHOPPERS) as pool:
        counts = list(pool.map(_shop, [(store, bread)] * SHOPPERS))
    level = stock.level(store, bread)
    if level.reserved != sum(counts):
        raise AssertionError(f"{level.reserved} are reserved, {sum(counts)} held")
    return sum(counts)


def _shop(place) -> int:
    from inventory.services.stock_refusals import InsufficientStock
    from tests.concurrency import in_its_own_connection
    from tests.factories import stock

    store, bread = place

    def shop() -> int:
        count = 0
        while True:
            try:
                stock.hold(store, (bread, 1))
            except InsufficientStock:
                return count
            count += 1

    return in_its_own_connection(shop)

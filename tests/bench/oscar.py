"""Beside django-oscar's checkout: its orders a second, and the last units of a product with
everybody after them.

Runs only when asked for: django-oscar is installed into an environment of the bench's own.
"""

from collections.abc import Callable
from typing import Final

from tests.bench import ordering, oscar_installed
from tests.bench.figures import Figure
from tests.bench.oscar_installed import Shop
from tests.bench.servers import OURS, ROOT, Servers
from tests.bench.worker import Worker

UNITS: Final = 20
SHOPPERS: Final = 16


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    shop = oscar_installed.shop(servers)
    if shop is None:
        tell("oscar: left out, its packages cannot be installed here")
        return []
    return [
        _last_units(servers, shop, rounds=rounds, tell=tell),
        *ordering.run(servers, shop, lines=lines, rounds=rounds, tell=tell),
    ]


def _last_units(
    servers: Servers, shop: Shop, *, rounds: int, tell: Callable[[str], None]
) -> Figure:
    """How many of 20 units 16 shoppers get who buy for as long as they are told there is one."""
    theirs = shop.call("oversell", UNITS, SHOPPERS, rounds)
    ours = _ours(servers, rounds=rounds)
    if set(ours) != {UNITS}:
        raise AssertionError(f"of {UNITS} units {ours} were held")
    tell(f"oscar: ordered and allocated {theirs}; held by us {ours}")
    return Figure(
        "oscar", f"units sold of {UNITS}, {SHOPPERS} shoppers (limit: django-oscar's checkout)",
        _told(ours), _told([each["ordered"] for each in theirs]), max(ours) / UNITS, 1, "lower",
    )  # fmt: skip


def _told(counts: list[int]) -> str:
    return ", ".join(map(str, counts))


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

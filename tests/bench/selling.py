"""Tickets over the API beside the least that a sale can be in pgbench; what a ticket costs beside a
long ledger; a closing beside one aggregate."""

import re
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from tests.bench import stocking
from tests.bench.figures import Figure, ms, short
from tests.bench.ledgers import ledger
from tests.bench.servers import Servers
from tests.bench.serving import gunicorn

SCHEMA: Final = Path(__file__).parent / "tills.sql"
SECONDS: Final = 4
WARM_UP: Final = 3
HOT_TILLS: Final = 16
CLOSED: Final = 5_000
LONG: Final = 10_000_000
SHORT: Final = 10_000
MEASURED: Final = ("bare", "ours", "hot", "any", "p16", "p100")
SOLD: Final = 300
BARE: Final = """
\\set st random(1, 50)
\\set a random(1, 6000)
\\set b random(6001, 13000)
\\set c random(13001, 20000)
SELECT pos.sell(gen_random_uuid(), :st, ARRAY[:a,:b,:c]::int[], ARRAY[1,1,1], ARRAY[10,10,10]);
"""
# Three products, each from its own third of the assortment; `hot` is always the first of them. What
# they cost is known: bench.masters() says so.
SCRIPT: Final = """
local tills, first, part, hot = {{{tills}}}, {first}, {part}, {hot}
local count = 0
math.randomseed({seed})
wrk.headers["Content-Type"] = "application/json"
wrk.headers["apikey"] = "{key}"
request = function()
    count = count + 1
    local uuid = string.format("{run}-%04x-4000-8000-%012x", count % 65536, count)
    wrk.headers["Idempotency-Key"] = uuid
    local lines, cents = {{}}, 0
    for n = 1, 3 do
        local product = first + part * (n - 1) + math.random(0, part - 1)
        if n == 1 and hot then product = first end
        cents = cents + 100 + ((product - first + 1) % 997) * 2
        lines[n] = '{{"product":' .. product .. ',"quantity":1}}'
    end
    return wrk.format("POST", "/api/v1/sales", nil, '{{"uuid":"' .. uuid .. '","register":' ..
        tills[math.random(#tills)] .. ',"lines":[' .. table.concat(lines, ",") ..
        '],"tenders":[{{"kind":"card","amount":"' .. string.format("%.2f", cents / 100) .. '"}}]}}')
end
done = function(_summary, latency, _requests)
    io.write(string.format("p95 %d us\\n", latency:percentile(95)))
end
"""


def run(
    servers: Servers, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Windows in turns, medians of the rounds; one round goes by unmeasured."""
    database = stocking.stocked(servers, stocking.movements_of(lines), tell)
    with servers.connect(database) as connection:
        connection.execute(SCHEMA.read_text(encoding="utf-8"))
    with servers.worker(database) as worker:
        known = worker.call("tests.bench.selling:prepare")
    found: dict[str, list[float]] = {name: [] for name in MEASURED}
    with gunicorn(servers, database) as (port, _process):
        load(servers, port, known, tills="tills", clients=16, seconds=WARM_UP)
        for turn in range(1 + rounds):
            seen = _turn(servers, database, port, known)
            for name, figure in seen.items() if turn else ():
                found[name].append(figure)
    tell("tills: " + "; ".join(f"{n} {short(min(r))}-{short(max(r))}" for n, r in found.items()))
    middle = {name: statistics.median(figures) for name, figures in found.items()}
    return [
        Figure(
            "tills", "a ticket of 3 lines over the API ÷ a bare sale by pgbench, 8 clients",
            f"{short(middle['ours'])} tickets/s", f"{short(middle['bare'])} sales/s",
            middle["ours"] / middle["bare"], 0.25,
        ),
        Figure(
            "tills", f"one product on every ticket ÷ any, {HOT_TILLS} tills of a store",
            f"{short(middle['hot'])} tickets/s", f"{short(middle['any'])} tickets/s",
            middle["hot"] / middle["any"], 0.8,
        ),
        Figure(
            "tills", "p95 of 100 clients ÷ of 16", ms(middle["p100"]), ms(middle["p16"]),
            middle["p100"] / middle["p16"], 8, "lower",
        ),
        _closing(servers, database, rounds=rounds),
        _beside_a_long_ledger(servers, lines=lines, rounds=rounds),
    ]  # fmt: skip


def _turn(servers: Servers, database: str, port: int, known: dict[str, Any]) -> dict[str, float]:
    seen = {"bare": stocking.pgbench(servers, database, BARE)}
    seen["ours"], seen["p16"] = load(servers, port, known, tills="tills", clients=16)
    _rate, seen["p100"] = load(servers, port, known, tills="tills", clients=100)
    seen["hot"], _p95 = load(servers, port, known, tills="of_one_store", clients=16, hot=True)
    seen["any"], _p95 = load(servers, port, known, tills="of_one_store", clients=16)
    return seen


def load(
    servers: Servers, port: int, known: dict[str, Any], *, tills: str, clients: int,
    hot: bool = False, seconds: int = SECONDS,
) -> tuple[float, float]:  # fmt: skip
    """Tickets a second, and the 95th percentile in seconds. Any other answer is a failure."""
    script = servers.data / "sell.lua"
    run_id = uuid4().hex
    script.write_text(
        SCRIPT.format(
            tills=",".join(map(str, known[tills])), first=known["first"], part=known["part"],
            hot="true" if hot else "false", key=known["key"], run=run_id[:8],
            seed=int(run_id[:6], 16),
        ),
        encoding="utf-8",
    )  # fmt: skip
    said = subprocess.run(
        ["wrk", "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--timeout", "20s",
         "-s", str(script), f"http://127.0.0.1:{port}/"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    rate, p95 = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"p95 (\d+) us", said)
    if rate is None or p95 is None or "Non-2xx" in said or "Socket errors" in said:
        raise AssertionError(said)
    return float(rate[1]), int(p95[1]) / 1e6


def _closing(servers: Servers, database: str, *, rounds: int) -> Figure:
    with servers.worker(database) as worker:
        times = [worker.call("tests.bench.selling:close", tickets=CLOSED) for _ in range(rounds)]
    ours, limit = (min(each[name] for each in times) for name in ("closing", "aggregate"))
    return Figure(
        "tills", f"closing {CLOSED:,} tickets ÷ one aggregate over them", ms(ours), ms(limit),
        ours / limit, 20, "lower",
    )  # fmt: skip


def _beside_a_long_ledger(servers: Servers, *, lines: int | None, rounds: int) -> Figure:
    cost = {}
    for length in (min(lines or LONG, LONG), SHORT):
        database = ledger(servers, lines=length)
        with servers.worker(database) as worker:
            worker.call("tests.bench.selling:sell", tickets=SOLD)
            cost[length] = statistics.median(
                worker.call("tests.bench.selling:sell", tickets=SOLD) for _ in range(rounds + 2)
            )
    (long, of_long), (short_, of_short) = cost.items()
    return Figure(
        "tills", f"a ticket beside {long:,} lines ÷ beside {short_:,}", ms(of_long), ms(of_short),
        of_long / of_short, 1.2, "lower",
    )  # fmt: skip


# What follows runs in a worker, with Django.


def _till(store_id: int) -> int:
    from decimal import Decimal

    from django.utils import timezone

    from sales.models import CashRegister
    from sales.services import sessions

    register = CashRegister.objects.create(store_id=store_id, code=f"B{uuid4().hex[:10]}")
    sessions.open_session(
        register_id=register.pk, opening_float=Decimal(0), by=None, now=timezone.now()
    )
    return register.pk


def prepare() -> dict[str, Any]:
    """A key that may sell in the whole chain, a till in each store, and some in the first one."""
    from django.db.models import Max, Min

    from epm.access.selectors import rights
    from epm.access.services import api_keys
    from epm.organization.models import Store
    from inventory.models import StockLevel

    _key, text = api_keys.create(
        name="bench", scopes=[rights.TILLS_WRITE], stores=[], whole_chain=True, expires_at=None,
        by=None,
    )  # fmt: skip
    ends: dict[str, Any] = StockLevel.objects.aggregate(a=Min("product"), b=Max("product"))
    stores = list(Store.objects.order_by("pk").values_list("pk", flat=True))
    return {
        "key": text,
        "first": ends["a"],
        "part": (ends["b"] - ends["a"] + 1) // 3,
        "tills": [_till(store) for store in stores],
        "of_one_store": [_till(stores[0]) for _ in range(HOT_TILLS)],
    }


def sell(*, tickets: int, register: int = 0) -> float:
    """Seconds of a ticket of three products through the service, nobody else there."""
    from django.utils import timezone

    from epm.organization.models import Store
    from inventory.models import NegativeStock, Product, StockPolicy
    from sales.models import TenderKind
    from sales.services.till import recording
    from sales.services.till.basket import Basket, Paid, Sold

    store = Store.objects.earliest("pk")
    StockPolicy.objects.get_or_create(store=store, defaults={"negative": NegativeStock.ALLOW})
    register = register or _till(store.pk)
    products = list(Product.objects.order_by("pk").values_list("pk", "sale_price")[:999])
    began = time.perf_counter()
    for number in range(tickets):
        chosen = [products[(number * 7 + n * 333) % 999] for n in range(3)]
        basket = Basket(
            uuid=uuid4(), digest=bytes(32), register_id=register, role="cashier",
            lines=[Sold(product, 1) for product, _price in chosen],  # type: ignore[arg-type]
            tenders=[Paid(TenderKind.CARD, sum(round(price, 2) for _p, price in chosen))],
            sold_at=timezone.now(),
        )  # fmt: skip
        recording.record(basket=basket, now=timezone.now())
    return (time.perf_counter() - began) / tickets


def close(*, tickets: int) -> dict[str, float]:
    """Seconds to close a register that has sold so much, and to add its tickets up once."""
    from decimal import Decimal

    from django.db import connection
    from django.utils import timezone

    from epm.organization.models import Store
    from sales.models import RegisterChain
    from sales.services import sessions

    register = _till(Store.objects.earliest("pk").pk)
    sell(tickets=tickets, register=register)
    session = RegisterChain.objects.get(register=register).session_id
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(s.total_ttc) FROM sales_ticket t JOIN sales_sale s"
            " ON s.id = t.sale_id WHERE t.register_id = %s",
            [register],
        )
        if cursor.fetchone()[0] != tickets:
            raise AssertionError("not all tickets are there")
    aggregate = time.perf_counter() - began
    began = time.perf_counter()
    sessions.close(
        session_id=session, counted={"cash": Decimal(0)}, note="", by=None, now=timezone.now()
    )
    return {"aggregate": aggregate, "closing": time.perf_counter() - began}

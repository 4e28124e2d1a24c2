"""Holding baskets over the API through gunicorn, beside a bare view of the same SQL function."""

import http.client
import itertools
import json
import random
import re
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import uuid4

from tests.bench.figures import Figure, short
from tests.bench.servers import Servers
from tests.bench.serving import gunicorn

CONNECTIONS: Final = 16
SECONDS: Final = 4
TURNS: Final = 5
WARM_UP: Final = 2
API: Final = "/api/v1/stock/holds"
BARE: Final = "/api/bare/holds"
HOT_CLIENTS: Final = 32
HOT: Final = 500
TOO_MANY: Final = 50
# Five products of a store, each from its own fifth of the assortment.
SCRIPT: Final = """
local key, path, run = "{key}", "{path}", "{run}"
local first, part, stores = {first}, {part}, {{{stores}}}
local count = 0
wrk.headers["Content-Type"] = "application/json"
if key ~= "" then wrk.headers["apikey"] = key end
request = function()
    count = count + 1
    wrk.headers["Idempotency-Key"] = run .. "-" .. count
    local lines = {{}}
    for n = 1, 5 do
        lines[n] = '{{"product":' .. first + part * (n - 1) + math.random(0, part - 1) ..
            ',"quantity":1}}'
    end
    return wrk.format("POST", path, nil, '{{"store":' .. stores[math.random(#stores)] ..
        ',"lines":[' .. table.concat(lines, ",") .. ']}}')
end
"""


def run(
    servers: Servers, database: str, *, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Windows of load in turns: ours, bare, ours …; medians. The key stands for many clients, so
    it has no quota."""
    with servers.worker(database) as worker:
        known = worker.call("tests.bench.holding:prepare")
    found: dict[str, list[float]] = {API: [], BARE: []}
    hot: list[float] = []
    uniform: list[float] = []
    with gunicorn(servers, database, EPM_HOLDS_PER_CONSUMER="0") as (port, _process):
        for path in found:
            _check(port, path, known)
            _load(servers, port, path, known, seconds=WARM_UP)
        for _turn in range(max(TURNS, rounds)):
            for path, rates in found.items():
                rates.append(_load(servers, port, path, known, seconds=SECONDS))
        for _turn in range(max(TURNS, rounds)):
            hot.append(_hot(servers, database, port, known))
            uniform.append(_race(port, known, _anywhere(known), expected={201: HOT}))
    tell(
        "stock: "
        + "; ".join(f"{path} {min(r):.0f}-{max(r):.0f}/s" for path, r in found.items())
        + f"; one product {min(hot):.0f}-{max(hot):.0f}/s, any {min(uniform):.0f}-"
        f"{max(uniform):.0f}/s"
    )
    return [
        _figure("hold 5 lines over the API ÷ a bare view of the function", found[API],
                found[BARE], target=0.6),
        _figure(f"{HOT} of {HOT} of one product held, {HOT_CLIENTS} clients ÷ of any product", hot,
                uniform, target=0.8),
    ]  # fmt: skip


def _figure(what: str, ours: list[float], limit: list[float], *, target: float) -> Figure:
    mine, best = statistics.median(ours), statistics.median(limit)
    return Figure(
        "stock", what, f"{short(mine)} requests/s", f"{short(best)} requests/s", mine / best, target
    )


def _check(port: int, path: str, known: dict[str, Any]) -> None:
    """A fast refusal would be no figure."""
    status, content = _ask(port, path, known, next(_anywhere(known)))
    if status != 201 or "expires_at" not in content:
        raise AssertionError(f"{path}: {status} {content}")


def _ask(port: int, path: str, known: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    return _sent(connection, path, known["key"], body)


def _sent(
    connection: http.client.HTTPConnection, path: str, key: str, body: dict[str, Any]
) -> tuple[int, Any]:
    headers = {
        "apikey": key,
        "Content-Type": "application/json",
        "Idempotency-Key": str(uuid4()),
    }
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def _load(servers: Servers, port: int, path: str, known: dict[str, Any], *, seconds: int) -> float:
    """Requests a second."""
    script = servers.data / "hold.lua"
    script.write_text(
        SCRIPT.format(
            key=known["key"] if path == API else "",
            path=path,
            run=uuid4(),
            first=known["first"],
            part=known["part"],
            stores=",".join(map(str, known["stores"])),
        ),
        encoding="utf-8",
    )
    said = subprocess.run(
        ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s",
         "-s", str(script), f"http://127.0.0.1:{port}/"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if rate is None or "Non-2xx" in said or "Socket errors" in said:
        raise AssertionError(said)
    return float(rate[1])


def _anywhere(known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Baskets of one line, of any product in any store."""
    while True:
        product = known["first"] + random.randrange(5 * known["part"])
        yield {
            "store": random.choice(known["stores"]),
            "lines": [{"product": product, "quantity": 1}],
        }


def _hot(servers: Servers, database: str, port: int, known: dict[str, Any]) -> float:
    """All clients want the same; there is enough for each of them, and then for nobody."""
    with servers.worker(database) as worker:
        level = worker.call("tests.bench.holding:put_on_sale", quantity=HOT)
    body = {"store": level["store"], "lines": [{"product": level["product"], "quantity": 1}]}
    rate = _race(port, known, itertools.repeat(body), expected={201: HOT})
    _race(port, known, itertools.repeat(body), expected={409: TOO_MANY})
    with servers.worker(database) as worker:
        held = worker.call("tests.bench.holding:held_of", **level)
    if held != [HOT, HOT, HOT]:
        raise AssertionError(f"on hand, reserved and held of the hot product: {held}")
    return rate


def _race(
    port: int, known: dict[str, Any], bodies: Iterator[dict[str, Any]], *, expected: dict[int, int]
) -> float:
    """As many requests as are expected to be answered so, by all clients; how many a second."""
    turns = iter(range(sum(expected.values())))
    lock, answers = threading.Lock(), Counter[int]()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                if next(turns, None) is None:
                    return
                body = next(bodies)
            status, _content = _sent(connection, API, known["key"], body)
            with lock:
                answers[status] += 1

    threads = [threading.Thread(target=client) for _ in range(HOT_CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    if answers != expected:
        raise AssertionError(f"{answers} instead of {expected}")
    return sum(expected.values()) / seconds


# What follows runs in a worker, with Django.


def prepare() -> dict[str, Any]:
    """A key that may hold in the whole chain; what there is to hold."""
    from django.db.models import Max, Min

    from epm.access.selectors import rights
    from epm.access.services import api_keys
    from epm.organization.models import Store
    from inventory.models import StockLevel

    _key, text = api_keys.create(
        name="bench", scopes=[rights.STOCK_WRITE], stores=[], whole_chain=True, expires_at=None,
        by=None,
    )  # fmt: skip
    bulk = StockLevel.objects.filter(on_hand__gt=HOT)
    ends: dict[str, Any] = bulk.aggregate(a=Min("product"), b=Max("product"))
    return {
        "key": text,
        "first": ends["a"],
        "part": (ends["b"] - ends["a"] + 1) // 5,
        "stores": list(Store.objects.order_by("pk").values_list("pk", flat=True)),
    }


def put_on_sale(*, quantity: int) -> dict[str, int]:
    """So much of a product that its store never had."""
    from decimal import Decimal

    from django.utils import timezone

    from epm.organization.models import Store
    from inventory.models import MovementKind, Product, StockLevel
    from inventory.services import movements
    from inventory.services.movements import Document, Move

    store = Store.objects.earliest("pk").pk
    known = StockLevel.objects.filter(store=store).values("product")
    product = Product.objects.exclude(pk__in=known).earliest("pk").pk
    movements.post(
        posting=uuid4(), kind=MovementKind.RECEIPT, moves=[Move(store, product, Decimal(quantity))],
        document=Document(), at=timezone.now(),
    )  # fmt: skip
    return {"store": store, "product": product}


def held_of(*, store: int, product: int) -> list[int]:
    """On hand, reserved, and what its holds add up to."""
    from django.db.models import Sum

    from inventory.models import Reservation, StockLevel

    level = StockLevel.objects.get(store=store, product=product)
    lines = Reservation.objects.filter(store=store, product=product, state="active")
    held = lines.aggregate(sum=Sum("quantity"))["sum"]
    return [int(number) for number in (level.on_hand, level.reserved, held)]

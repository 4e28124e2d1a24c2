"""Orders of three lines over django-oscar's API, and tickets of three lines over ours, in turns."""

import re
import shutil
import statistics
import subprocess
from collections.abc import Callable
from typing import Final
from uuid import uuid4

from tests.bench import selling, stocking
from tests.bench.figures import Figure, short
from tests.bench.oscar_installed import Shop
from tests.bench.servers import Servers
from tests.bench.serving import gunicorn

USERS: Final = 16
PRODUCTS: Final = 10_000
SECONDS: Final = 16  # an order is four requests, and takes a second or more
REQUESTS: Final = 4
# Each connection has a script of its own: a session kept by its cookie, three products into the
# basket, each from its own third of the assortment so that no two orders lock them crosswise, and
# the checkout. wrk asks the first script once before it begins: only an answer is a step.
SCRIPT: Final = """
local first, part = {first}, {part}
local step, cookie, basket, threads = 0, nil, nil, 0
setup = function(thread)
    threads = threads + 1
    thread:set("number", threads)
end
init = function(_arguments)
    math.randomseed({seed} + number)
end
request = function()
    local headers = {{["Content-Type"] = "application/json", ["Cookie"] = cookie}}
    if step == 3 then
        return wrk.format("POST", "/checkout/", headers,
            '{{"basket":"' .. basket .. '","guest_email":"shopper@example.com"}}')
    end
    local product = first + part * step + math.random(0, part - 1)
    return wrk.format("POST", "/basket/add-product/", headers,
        '{{"url":"/products/' .. product .. '/","quantity":1}}')
end
response = function(status, headers, body)
    if status ~= 200 then
        step = 0
        return
    end
    cookie = (headers["Set-Cookie"] or ""):match("sessionid=[^;]+") or cookie
    basket = body:match('"url":"[^"]+(/baskets/%d+/)"') or basket
    step = (step + 1) % 4
end
done = function(summary, _latency, _requests)
    io.write(string.format("answered %d in %d us\\n", summary.requests, summary.duration))
end
"""


def run(
    servers: Servers, shop: Shop, *, lines: int | None, rounds: int, tell: Callable[[str], None]
) -> list[Figure]:
    """Windows in turns, medians of the rounds; one round goes by unmeasured."""
    if shutil.which("wrk") is None:
        tell("oscar: orders left out, there is no wrk")
        return []
    database = stocking.stocked(servers, stocking.movements_of(lines), tell)
    with servers.worker(database) as worker:
        known = worker.call("tests.bench.selling:prepare")
    first = shop.call("stock", PRODUCTS)
    ours, theirs, answered = [], [], 0
    with gunicorn(servers, database) as (port, _process), shop.served() as their_port:
        for _turn in range(1 + rounds):
            ours.append(selling.load(servers, port, known, tills="tills", clients=USERS)[0])
            count, rate = _orders(servers, their_port, first=first)
            theirs.append(rate)
            answered += count
    _check(servers, shop.database, answered=answered, windows=1 + rounds)
    ours, theirs = ours[1:], theirs[1:]
    tell(
        f"oscar: tickets {short(min(ours))}-{short(max(ours))}/s of {3 * known['part']:,} products;"
        f" orders {short(min(theirs))}-{short(max(theirs))}/s of {PRODUCTS:,}"
    )
    mine, limit = statistics.median(ours), statistics.median(theirs)
    return [
        Figure(
            "oscar", f"a ticket of 3 lines over the API ÷ django-oscar's order, {USERS} users",
            f"{short(mine)} tickets/s", f"{short(limit)} orders/s", mine / limit, 100,
        )
    ]  # fmt: skip


def _orders(servers: Servers, port: int, *, first: int) -> tuple[int, float]:
    """Requests answered, and orders a second: one not finished counts for its part of the requests.

    Any other answer is a failure.
    """
    script = servers.data / "order.lua"
    seed = uuid4().int % 2**31
    script.write_text(SCRIPT.format(first=first, part=PRODUCTS // 3, seed=seed), encoding="utf-8")
    said = subprocess.run(
        ["wrk", "-t", str(USERS), "-c", str(USERS), "-d", f"{SECONDS}s", "--timeout", "20s",
         "-s", str(script), f"http://127.0.0.1:{port}/"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = re.search(r"answered (\d+) in (\d+) us", said)
    if found is None or "Non-2xx" in said or "Socket errors" in said:
        raise AssertionError(said)
    return int(found[1]), int(found[1]) / REQUESTS / (int(found[2]) / 1e6)


def _check(servers: Servers, database: str, *, answered: int, windows: int) -> None:
    """There are as many orders as were answered, of three lines each, allocated in full.

    But for one a user and window: begun only, or placed when nobody listened any more.
    """
    with servers.connect(database) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM order_order WHERE guest_email <> ''),"
            " (SELECT count(*) FROM order_line l JOIN order_order o ON o.id = l.order_id"
            "  WHERE o.guest_email <> ''),"
            " (SELECT sum(num_allocated) FROM partner_stockrecord WHERE partner_sku LIKE 'SKU-%')"
        ).fetchone()
    orders = row[0]
    if row[1:] != (3 * orders, 3 * orders) or abs(orders - answered / REQUESTS) > USERS * windows:
        raise AssertionError(f"{answered} requests answered; orders, lines, allocated: {row}")

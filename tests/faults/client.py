"""Clients over HTTP that write down what they were told, and what that has to mean."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

PATIENCE = 30
HOLDS = "/api/v1/stock/holds"
MOVEMENTS = "/api/v1/stock/movements"
SALES = "/api/v1/sales"


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: to which key, and what. No status: nobody answered, the outcome is unknown."""

    key: str
    path: str
    status: int | None
    body: dict


@dataclass
class History:
    """Everything any client was told, in the order in which it was told."""

    told: list[Told] = field(default_factory=list)

    def statuses(self) -> Counter:
        return Counter(each.status for each in self.told)

    def outcomes(self, path: str) -> dict[str, set[int]]:
        """The answers of the domain to each key."""
        found: dict[str, set[int]] = {}
        for each in self.told:
            if each.path == path:
                statuses = found.setdefault(each.key, set())
                if each.status is not None and each.status < 500:
                    statuses.add(each.status)
        return found


class Client:
    """One connection. What is not answered is asked again with the same key."""

    def __init__(self, port: int, apikey: str, history: History, *, other: int = 0) -> None:
        """`other`: where to ask when nobody answers, and back again."""
        self.port, self.history, self.other = port, history, other or port
        self.headers = {"apikey": apikey, "Content-Type": "application/json"}
        self.line: http.client.HTTPConnection | None = None

    def hold(self, store: int, lines: list[tuple[int, int]], *, key: str = "", **more) -> Told:
        return self.write(HOLDS, {"store": store, "lines": _lines(lines), **more}, key=key)

    def sell(self, store: int, lines: list[tuple[int, int]], *, kind: str = "sale") -> Told:
        """Or another kind; the document is the key."""
        key = str(uuid4())
        body = {"kind": kind, "store": store, "lines": _lines(lines),
                "document": {"kind": "ticket", "ref": key}}  # fmt: skip
        return self.write(MOVEMENTS, body, key=key)

    def ticket(self, register: int, products: list[int]) -> Told:
        """One of each at 12.00, paid by card; the till's name for it is the key."""
        key = str(uuid4())
        return self.write(SALES, ticket(key, register, products), key=key)

    def step(self, basket: str, verb: str, **body) -> Told:
        return self.write(f"{HOLDS}/{basket}/{verb}", body)

    def write(self, path: str, body: dict, *, key: str = "") -> Told:
        key = key or str(uuid4())
        deadline = time.monotonic() + PATIENCE
        while True:
            told = self._once(path, body, key)
            self.history.told.append(told)
            if told.status is not None and told.status < 500:
                return told
            if time.monotonic() > deadline:
                return told
            time.sleep(0.05)

    def _once(self, path: str, body: dict, key: str) -> Told:
        try:
            if self.line is None:
                self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
            headers = self.headers | {"Idempotency-Key": key}
            self.line.request("POST", path, body=json.dumps(body), headers=headers)
            answer = self.line.getresponse()
            return Told(key, path, answer.status, json.loads(answer.read() or b"{}"))
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            self.port, self.other = self.other, self.port
            return Told(key, path, None, {})

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        self.line = None


def _lines(lines: list[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"product": product, "quantity": quantity} for product, quantity in lines]


def ticket(uuid: str, register: int, products: list[int], **more) -> dict:
    """A ticket of one of each product at 12.00, paid by card."""
    return {
        "uuid": uuid,
        "register": register,
        "lines": [
            {"product": product, "quantity": 1, "unit_price": "12.00"} for product in products
        ],
        "tenders": [{"kind": "card", "amount": f"{12 * len(products)}.00"}],
        **more,
    }


def crowd(product, work: Callable[[Client, int], None], *, clients: int, other: int = 0) -> History:
    """Let so many clients do `work(client, number)` at once; what they were told."""
    history, failed = History(), []
    begin = threading.Barrier(clients)

    def run(number: int) -> None:
        client = Client(product.port, product.key, history, other=other)
        try:
            begin.wait()
            work(client, number)
        except Exception as error:  # noqa: BLE001 - raised where the crowd was called for
            failed.append(error)
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return history


def assert_each_key_is_done_once(product, history: History) -> None:
    """A key has one effect when it was answered 2xx, none when it was refused, never two."""
    sold = dict(
        product.ask(
            "SELECT document_ref, count(DISTINCT posting) FROM inventory_stockmovement"
            " WHERE document_kind = 'ticket' GROUP BY 1"
        )
    )
    for key, statuses in history.outcomes(MOVEMENTS).items():
        assert len({status // 100 for status in statuses}) <= 1, (key, statuses)
        if statuses:
            assert sold.get(key, 0) == (1 if statuses & {200, 201} else 0), (key, statuses)
        assert sold.get(key, 0) <= 1, key
    held = {str(row[0]) for row in product.ask("SELECT DISTINCT basket FROM inventory_reservation")}
    kept = dict(
        product.ask(
            "SELECT key, convert_from(response_body, 'UTF8')::json->>'basket'"
            " FROM platform_idempotencykey WHERE response_status = 201 AND route = 'api-holds'"
        )
    )
    for key, statuses in history.outcomes(HOLDS).items():
        if 201 in statuses:
            assert statuses == {201}, (key, statuses)
            assert kept[key] in held, key
        elif statuses:
            assert key not in kept, (key, statuses)
    told = {
        each.body["basket"] for each in history.told if each.path == HOLDS and each.status == 201
    }
    assert told <= held
    assert set(kept.values()) <= held


def assert_each_ticket_is_sold_once(product, history: History) -> None:
    """A ticket that was taken is there once with its movements, one that was refused is not."""
    sold = dict(product.ask("SELECT uuid::text, count(*) FROM sales_ticket GROUP BY 1"))
    moved = dict(
        product.ask(
            "SELECT t.uuid::text, count(*) = (SELECT count(*) FROM sales_saleline l"
            " WHERE l.sale_id = t.sale_id AND l.kind = 'item') FROM sales_ticket t"
            " JOIN inventory_stockmovement m ON m.posting = t.sale_id GROUP BY 1, t.sale_id"
        )
    )
    for key, statuses in history.outcomes(SALES).items():
        assert statuses, f"{key} was never answered"
        assert len({status // 100 for status in statuses}) == 1, (key, statuses)
        taken = bool(statuses & {200, 201})
        assert sold.get(key, 0) == (1 if taken else 0), (key, statuses)
        assert moved.get(key, not taken), key

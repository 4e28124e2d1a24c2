"""What is sent to the writes of stock in bad faith or by mistake: a clear no, nothing is left."""

import gzip
import json
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from epm.platform import idempotency
from epm.platform.idempotency import Asked
from epm.platform.models import IdempotencyKey
from inventory.api.stock_bodies import HoldIn, plainly_right
from inventory.models import Reservation, StockMovement
from tests.factories import chain, stock

pytestmark = pytest.mark.django_db
STOCK = "/api/v1/stock"
HOLDS = f"{STOCK}/holds"
BASKET = "0195ec4e-0000-4000-8000-000000000001"
LINE = {"sku": "Bread", "quantity": 1}
ORDER = {"kind": "order", "ref": "1"}
BODIES = {
    HOLDS: {"store": "NORD", "lines": [LINE]},
    f"{HOLDS}/bulk": {"baskets": [{"store": "NORD", "lines": [LINE]}]},
    f"{HOLDS}/{BASKET}/extend": {"seconds": 60},
    f"{HOLDS}/{BASKET}/commit": {"document": ORDER},
    f"{HOLDS}/{BASKET}/release": {},
    f"{HOLDS}/{BASKET}/consume": {"lines": [LINE]},
    f"{STOCK}/movements": {"kind": "sale", "store": "NORD", "lines": [LINE]},
}
KEY = "a-key-of-a-till"
every_write = pytest.mark.parametrize("path", BODIES)


@pytest.fixture
def store():
    return chain.store(code="NORD")


@pytest.fixture(autouse=True)
def bread(store):
    product = chain.product(sku="Bread")
    stock.received(store, product, 10, 2)
    return product


@pytest.fixture
def till(store, bread):
    """It holds the basket that the steps are of."""
    client = chain.api_client(scopes=["stock:read", "stock:write"], stores=[store])
    body = BODIES[HOLDS] | {"basket": BASKET}
    assert send(client, body, to=HOLDS, key="the-first-key").status_code == 201
    return client


def send(client, body, *, to, key=KEY, **how):
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    headers = {"idempotency-key": key} if key is not None else {}
    how = {"content_type": "application/json"} | how
    return client.post(to, content, headers=headers | how.pop("headers", {}), **how)


def nothing_is_left(store, bread):
    """But the basket of the till and the first receipt."""
    level = stock.level(store, bread)
    (line,) = Reservation.objects.all()
    keys = set(IdempotencyKey.objects.values_list("key", flat=True))
    return (level.on_hand, level.reserved, line.state, line.extensions, keys) == (
        10, 1, "active", 0, {"the-first-key"},
    ) and StockMovement.objects.count() == 1  # fmt: skip


def code(answer):
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, answer.json()["code"]


@every_write
class TestEveryWrite:
    def test_wants_a_key(self, till, store, bread, path):
        assert code(send(till, BODIES[path], to=path, key=None)) == (
            400, "idempotency-key-required",
        )  # fmt: skip
        assert nothing_is_left(store, bread)

    @pytest.mark.parametrize("key", ["", "short", "x" * 300, "a\tbcdefgh", "key-💥-key"])
    def test_takes_no_odd_key(self, till, store, bread, path, key):
        assert code(send(till, BODIES[path], to=path, key=key)) == (
            400, "idempotency-key-invalid",
        )  # fmt: skip
        assert nothing_is_left(store, bread)

    @pytest.mark.parametrize("text", [
        "{", "nul", '{"seconds": NaN}', '{"lines": Infinity}', '{"store": "\\u0000"}',
        '{"store": "\\ud800"}', "[" * 10_000, '{"store": "NORD", "store": "SUD"}', b"\xff\xfe",
    ])  # fmt: skip
    def test_takes_json_alone(self, till, store, bread, path, text):
        answer = send(till, text, to=path)

        assert code(answer) in {(400, "malformed-json"), (422, "validation-error")}
        assert nothing_is_left(store, bread)

    def test_takes_no_other_dress(self, till, store, bread, path):
        text = json.dumps(BODIES[path])
        for how in (
            {"content_type": "text/plain"},
            {"content_type": "application/json; charset=latin-1"},
            {"content_type": "application/x-www-form-urlencoded"},
            {"headers": {"content-encoding": "gzip"}},
        ):
            body = gzip.compress(text.encode()) if "headers" in how else text

            assert code(send(till, body, to=path, **how)) == (415, "unsupported-media-type")
        assert nothing_is_left(store, bread)

    def test_takes_no_megabyte(self, till, store, bread, path):
        body = BODIES[path] | {"note": "x" * (1 << 20)}

        assert code(send(till, body, to=path)) == (413, "payload-too-large")
        assert nothing_is_left(store, bread)

    @pytest.mark.parametrize("member", [
        "price", "total", "state", "store_id", "holder", "actor", "is_staff", "forced", "reserved",
        "__proto__", "expires_at",
    ])  # fmt: skip
    def test_takes_nothing_undeclared(self, till, store, bread, path, member):
        answer = send(till, BODIES[path] | {member: 1}, to=path)

        assert code(answer) == (422, "validation-error")
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            (f"/{member}", "unknown-field")
        ]
        assert nothing_is_left(store, bread)

    def test_a_key_used_for_something_else(self, till, store, bread, path):
        principal = IdempotencyKey.objects.get().principal
        route = _route_of(path)
        with transaction.atomic():
            idempotency.keep(
                Asked(principal, route, KEY, b"\0" * 32, "x", reach={}),
                idempotency.Reply(200, {}, b""),
            )

        assert code(send(till, BODIES[path], to=path)) == (422, "idempotency-key-reused")
        assert Reservation.objects.get().state == "active"
        assert (stock.level(store, bread).on_hand, stock.level(store, bread).reserved) == (10, 1)

    def test_a_reader_may_not(self, till, store, bread, path):
        reader = chain.api_client(scopes=["read"], stores=[store])

        assert code(send(reader, BODIES[path], to=path)) == (403, "permission-denied")
        assert nothing_is_left(store, bread)

    def test_nor_is_it_done_by_reading(self, till, store, bread, path):
        for ask in (till.put, till.patch, till.delete):
            answer = ask(path, json.dumps(BODIES[path]), content_type="application/json")

            assert code(answer) == (405, "method-not-allowed")
        assert nothing_is_left(store, bread)


WITH_LINES = [path for path in BODIES if path.endswith(("holds", "bulk", "consume", "movements"))]


def with_line(path, line):
    body = json.loads(json.dumps(BODIES[path]))
    (body["baskets"][0] if "baskets" in body else body)["lines"] = line
    return body


@pytest.mark.parametrize("path", WITH_LINES)
class TestLines:
    @pytest.mark.parametrize("quantity", [
        0, -1, "1e3", "1.0005", True, None, "", " 1", [], {}, 1e400, 2**31 * 10,
        "999999999999.9", "NaN", "١",
    ])  # fmt: skip
    def test_a_quantity_is_one(self, till, store, bread, path, quantity):
        text = json.dumps(with_line(path, [LINE | {"quantity": "Q"}]))
        text = text.replace('"Q"', "1e400" if quantity == 1e400 else json.dumps(quantity))

        answer = send(till, text, to=path)

        assert code(answer) == (422, "validation-error")
        (error,) = answer.json()["errors"]
        assert error["pointer"].endswith("/lines/0/quantity")
        assert nothing_is_left(store, bread)

    def test_not_too_many(self, till, store, bread, path):
        answer = send(till, with_line(path, [LINE] * 501), to=path)

        assert code(answer) == (422, "too-many-lines")
        assert nothing_is_left(store, bread)

    @pytest.mark.parametrize("lines", [[], None, {}, "x", [1], [None], [[LINE]]])
    def test_they_are_lines(self, till, store, bread, path, lines):
        assert code(send(till, with_line(path, lines), to=path)) == (422, "validation-error")
        assert nothing_is_left(store, bread)

    def test_two_lines_of_one_product_count_together(self, till, store, bread, path):
        lines = [{"sku": "Bread", "quantity": 6}, {"product": bread.pk, "quantity": 6}]

        answer = send(till, with_line(path, lines), to=path)

        if path.endswith("bulk"):
            (outcome,) = answer.json()["results"]
            assert outcome["problem"]["code"] == "inventory/insufficient-stock"
        else:
            assert code(answer) in {
                (409, "inventory/insufficient-stock"), (409, "inventory/hold-ended"),
            }  # fmt: skip
        assert stock.level(store, bread).on_hand == 10
        assert (Reservation.objects.count(), StockMovement.objects.count()) == (1, 1)


class TestForeign:
    @pytest.mark.parametrize("path", [HOLDS, f"{STOCK}/movements"])
    def test_stores_are_not_there(self, till, bread, path):
        foreign = chain.store(code="SUD")
        stock.received(foreign, bread, 5)
        answers = [
            send(till, BODIES[path] | {"store": named}, to=path, key=f"key-{uuid4()}")
            for named in ("SUD", foreign.pk, "NOWHERE", 9_000_000)
        ]

        assert {code(answer) for answer in answers} == {(422, "validation-error")}
        assert len({answer.content for answer in answers}) == 1
        assert (Reservation.objects.count(), StockMovement.objects.count()) == (1, 2)

    def test_a_basket_is_nobody_elses(self, till, store, bread):
        other = chain.api_client(scopes=["stock:read", "stock:write"])
        for path, body in BODIES.items():
            if BASKET in path:
                theirs = send(other, body, to=path)
                nowhere = send(other, body, to=path.replace(BASKET, str(uuid4())))

                assert (theirs.status_code, theirs.content) == (404, nowhere.content)
        assert nothing_is_left(store, bread)

    def test_one_consumer_cannot_starve_the_others(self, till, store, bread, settings):
        settings.EPM_HOLDS_PER_CONSUMER = 3
        answers = [send(till, BODIES[HOLDS], to=HOLDS, key=f"key-{uuid4()}") for _ in range(5)]

        assert [answer.status_code for answer in answers] == [201, 201, 429, 429, 429]
        assert answers[-1].json()["code"] == "inventory/hold-quota-exceeded"
        assert stock.level(store, bread).reserved == 3
        assert IdempotencyKey.objects.count() == 3  # 429 is worth another try


odd = some.recursive(
    some.one_of(
        some.none(), some.booleans(), some.integers(), some.floats(allow_nan=False),
        some.text(max_size=8), some.sampled_from([
            "NORD", "Bread", "bread", "sale", "1", "1.5", BASKET, "9" * 30, "-1", "2025-03-31",
            "2025-03-31T10:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", 1, 0,
            900, 3600, 2**63, 2**63 - 1, "İ", "\x7f", "a" * 300,
        ]),
    ),
    lambda inner: some.one_of(
        some.lists(inner, max_size=3),
        some.dictionaries(
            some.sampled_from([
                "basket", "store", "lines", "seconds", "product", "sku", "quantity", "document",
                "kind", "ref", "at", "posting", "baskets", "unit_cost", "note", "x",
            ]),
            inner, max_size=5,
        ),
    ),
    max_leaves=12,
)  # fmt: skip
members = some.dictionaries(
    some.sampled_from([
        "basket", "store", "lines", "seconds", "document", "kind", "at", "posting", "baskets",
    ]),
    odd, max_size=3,
)  # fmt: skip
line_members = some.dictionaries(
    some.sampled_from(["product", "sku", "quantity", "unit_cost", "note"]), odd, max_size=3
)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(path=some.sampled_from(list(BODIES)), more=members, line=line_members, whole=odd,
       how=some.integers(0, 2))  # fmt: skip
def test_whatever_is_sent_no_fault_of_ours(till, path, more, line, whole, how):
    body = BODIES[path] | more if how else whole
    if how == 2 and path in WITH_LINES:
        body = with_line(path, [LINE | line])

    with transaction.atomic():
        answer = send(till, body, to=path, key=f"key-{uuid4()}")
        transaction.set_rollback(True)

    assert answer.status_code < 500, (path, body, answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"


@settings(max_examples=400, deadline=None)
@given(more=members, line=line_members, both=some.booleans())
def test_the_quick_reader_reads_what_the_fields_read(more, line, both):
    body = {"store": "NORD", "lines": [LINE | line if both else line or LINE]} | more
    quick = plainly_right(body)

    if quick is not None:
        declared = HoldIn(data=body)
        fields = super(HoldIn, declared).run_validation(body)
        assert quick == fields


def test_plain_bodies_are_read_quickly():
    body = {
        "store": "NORD",
        "basket": BASKET,
        "seconds": 60,
        "lines": [LINE, {"product": 1, "quantity": "2.5"}],
    }

    assert plainly_right(body) is not None


def _route_of(path):
    from django.urls import resolve

    return resolve(path).view_name

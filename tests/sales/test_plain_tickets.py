"""The short way of a plain ticket: two statements, the same answer; anything else goes round."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from epm.access.models import ApiKey, Role
from epm.platform.models import IdempotencyKey
from inventory.models import Product, StockMovement, UnitOfMeasure
from sales.models import RegisterChain, Sale, Ticket
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db
SALES = "/api/v1/sales"
ROUND = "application/json; charset=utf-8"
"""A content type as good as the other; only the ordinary way reads it."""


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(till):
    return tills.stocked(till, chain.product(sku="Bread", sale_price=Decimal("9.99")))


@pytest.fixture
def client(till, bread):
    return chain.api_client(scopes=("read", "tills:write"), stores=[till.store])


def body(till, **more):
    return {
        "uuid": str(uuid.uuid4()),
        "register": till.pk,
        "lines": [{"sku": "bREAD", "quantity": "3"}],
        "tenders": [{"kind": "cash", "amount": "30"}],
        **more,
    }


def send(client, said, *, content_type="application/json", key=None, **headers):
    key = key or f"key-{uuid.uuid4()}"
    said = said if isinstance(said, str) else json.dumps(said)
    return client.post(
        SALES, said, content_type=content_type, headers={"idempotency-key": key, **headers}
    )


def counted():
    return (
        Sale.objects.count(),
        StockMovement.objects.count(),
        IdempotencyKey.objects.count(),
        list(RegisterChain.objects.values_list("number", flat=True)),
    )


def statements(client, said, **more):
    with CaptureQueriesContext(connection) as seen:
        answer = send(client, said, **more)
    told = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]
    return answer, told


def test_takes_one_question_and_one_statement(till, client):
    first, _all = statements(client, body(till))  # the day's first use of a key is noted
    answer, asked = statements(client, body(till))
    assert (first.status_code, answer.status_code) == (201, 201), answer.content
    assert ["WITH till" in sql for sql in asked] == [True, False]
    assert "sales_sell_once" in asked[1]


def test_is_answered_as_by_the_ordinary_way(till, client):
    more = {
        "lines": [{"sku": "BREAD", "quantity": 2, "unit_price": "9.99"}],
        "tenders": [
            {"kind": "card", "amount": 10, "reference": "1234"},
            {"kind": "cash", "amount": 20},
        ],
        "total": "19.98", "currency": "EUR",
        "sold_at": (timezone.now() - timedelta(minutes=2)).isoformat(),
    }  # fmt: skip
    one = send(client, body(till, **more))
    other = send(client, body(till, **more), content_type=ROUND)
    assert (one.status_code, other.status_code) == (201, 201), one.content
    differs = {"id", "uuid", "number", "reference", "recorded_at", "hash"}
    told, told_round = one.json(), other.json()
    assert told_round["number"] == told["number"] + 1
    assert {k: v for k, v in told.items() if k not in differs} == {
        k: v for k, v in told_round.items() if k not in differs
    }
    of_words = {"Vary", "Content-Language"}  # there are none in it
    of_one = {"X-Request-ID", "Location", "Content-Length"}
    assert {k: v for k, v in one.headers.items() if k not in of_one} == {
        k: v for k, v in other.headers.items() if k not in of_one | of_words
    }
    assert one["Content-Length"] == str(len(one.content))
    assert one["Location"] == f"{SALES}/{told['id']}"


@pytest.mark.parametrize("ways", [("application/json", ROUND), (ROUND, "application/json")])
def test_either_way_knows_what_came_by_the_other(till, client, ways):
    first, second = ways
    said, key = body(till), f"key-{uuid.uuid4()}"
    done = send(client, said, content_type=first, key=key)
    before = counted()
    again = send(client, dict(reversed(said.items())), content_type=second, key=key)
    assert (done.status_code, again.status_code) == (201, 201)
    assert again.content == done.content
    assert again["Idempotency-Replayed"] == "true"
    # By the ticket's own name, with a new key; and with other content.
    known = send(client, said, content_type=second)
    assert (known.status_code, known.json()["number"]) == (200, done.json()["number"])
    after = counted()
    assert after[:2] == before[:2]
    other = send(client, {**said, "total": "29.97"}, content_type=second)
    assert (other.status_code, other.json()["code"]) == (422, "sales/ticket-reused")
    reused = send(client, {**said, "total": "29.97"}, content_type=second, key=key)
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency-key-reused")
    assert counted()[:2] == before[:2]


def test_who_sold_stands_in_the_ledger(till, client):
    sold = send(client, body(till)).json()
    assert Ticket.objects.get(pk=sold["id"]).sale.cashier_id is None
    moved = StockMovement.objects.get(posting=sold["id"])
    key = ApiKey.objects.get()
    assert (moved.actor, moved.door) == (f"key {key.name}", "api")
    assert key.last_used_on == timezone.now().date()


def test_a_key_names_who_served(till, client):
    person = chain.person(Role.CASHIER, stores=[till.store])
    stranger = chain.person(Role.CASHIER, stores=[chain.store(code="LYON")])
    send(client, body(till))
    before = counted()
    answer = send(client, body(till, cashier=stranger.username))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/cashier")
    assert counted()[:2] == before[:2]
    sold = send(client, body(till, cashier=person.username))
    assert sold.status_code == 201, sold.content
    assert Sale.objects.get(pk=sold.json()["id"]).cashier == person


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"lines": [{"sku": "NONE", "quantity": 1}]}, 422, "validation-error"),
        ({"lines": [{"sku": "Bread", "quantity": "0.5"}]}, 422, "inventory/not-whole"),
        ({"lines": [{"sku": "Bread", "quantity": 0}]}, 422, "validation-error"),
        (
            {
                "lines": [{"sku": "Bread", "quantity": 101}],
                "tenders": [{"kind": "cash", "amount": "1008.99"}],
            },
            409,
            "inventory/insufficient-stock",
        ),
        ({"lines": [{"sku": "Bread"}]}, 422, "validation-error"),
        ({"lines": [{"sku": "Bread", "product": 1, "quantity": 1}]}, 422, "validation-error"),
        ({"lines": [{"sku": "Bread", "quantity": 1, "odd": 1}]}, 422, "validation-error"),
        ({"tenders": [{"kind": "card", "amount": 31}]}, 422, "sales/tenders-differ"),
        ({"tenders": [{"kind": "card", "amount": "29.9705"}]}, 422, "validation-error"),
        ({"tenders": [{"kind": "card"}]}, 422, "validation-error"),
        ({"tenders": [{"kind": "card", "reference": "1234"}]}, 422, "validation-error"),
        ({"tenders": [{"amount": 30, "reference": "1234"}]}, 422, "validation-error"),
        ({"tenders": [{"kind": "cash", "amount": 30}] * 21}, 422, "too-many-lines"),
        (
            {
                "lines": [{"sku": "Bread", "quantity": 1}] * 501,
                "tenders": [{"kind": "cash", "amount": 6000}],
            },
            422,
            "too-many-lines",
        ),
        ({"total": "1"}, 422, "sales/total-differs"),
        ({"currency": "USD"}, 422, "validation-error"),
        ({"sold_at": "2150-01-01T00:00:00Z"}, 422, "validation-error"),
        ({"cashier": "nobody"}, 422, "validation-error"),
    ],
)
def test_what_is_wrong_is_said_by_the_ordinary_way(till, client, changed, status, code):
    before, said = counted(), body(till, **changed)
    answer = send(client, said)
    other = send(client, {**said, "uuid": str(uuid.uuid4())}, content_type=ROUND)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert answer.json().keys() == other.json().keys()
    assert answer["Content-Type"] == other["Content-Type"] == "application/problem+json"
    sales, moves, _keys, numbers = counted()
    assert (sales, moves, numbers) == (before[0], before[1], before[3])


def test_a_name_given_twice_is_refused(till, client):
    before, said = counted(), json.dumps(body(till))
    twice = said.replace('"register"', '"register": 1, "register"')
    assert send(client, twice).status_code == 400
    assert counted() == before


def test_without_a_key_of_its_own_nothing_is_written(till, client):
    before = counted()
    answer = client.post(SALES, json.dumps(body(till)), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-required")
    assert counted() == before


def test_another_store_is_as_if_it_were_not_there(client):
    there = tills.register(store=chain.store(code="LYON", vat_regime="FR"), code="T9")
    before = counted()
    answer = send(client, body(there))
    nowhere = send(client, {**body(there), "register": 2**40})
    assert answer.status_code == nowhere.status_code == 422
    assert answer.json()["errors"] == nowhere.json()["errors"]
    assert counted()[:2] == before[:2]


def test_a_key_that_may_no_longer_is_refused(till, client):
    assert send(client, body(till)).status_code == 201
    before = counted()
    ApiKey.objects.update(scopes=["read"])
    assert send(client, body(till)).status_code == 403
    ApiKey.objects.update(scopes=["read", "tills:write"], revoked_at=timezone.now())
    assert send(client, body(till)).status_code == 401
    ApiKey.objects.update(revoked_at=None, expires_at=timezone.now())
    assert send(client, body(till)).status_code == 401
    assert counted() == before


def test_a_stranger_s_host_is_refused(till, client):
    before = counted()
    assert send(client, body(till), host="stranger.example").status_code == 400
    assert counted() == before


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 201), ("application/json, text/plain, */*", 201),
        ("text/html, */*;q=0.1", 201), ("application/*", 201), ("text/html", 406),
        ("image/png", 406),
    ],
)  # fmt: skip
def test_who_takes_no_json_is_refused_and_sells_nothing(till, client, accept, status):
    send(client, body(till))
    before = counted()
    answers = [send(client, body(till), content_type=way, accept=accept)
               for way in ("application/json", ROUND)]  # fmt: skip
    assert [answer.status_code for answer in answers] == [status] * 2
    assert counted()[0] == before[0] + (2 if status == 201 else 0)


def test_parts_are_sold_of_what_is_no_piece(till, client, bread):
    Product.objects.update(unit=UnitOfMeasure.KILOGRAM)
    answer = send(client, body(till, lines=[{"product": bread.pk, "quantity": "1.5"}]))
    assert (answer.status_code, answer.json()["total_ttc"]) == (201, "14.99")


def test_a_sku_means_what_the_database_takes_it_for(till, client):
    """Python knows a sigma that ends a word, PostgreSQL need not: these two are not one."""
    for sku, price in (("BAΣ", "5"), ("baς", "7")):
        tills.stocked(till, chain.product(sku=sku, sale_price=Decimal(price)))
    for sku, total in (("BAΣ", "5.00"), ("baς", "7.00"), ("BREAD", "9.99")):
        said = body(till, lines=[{"sku": sku, "quantity": 1}])
        one = send(client, said)
        other = send(client, {**said, "uuid": str(uuid.uuid4())}, content_type=ROUND)
        assert (one.status_code, one.json()["total_ttc"]) == (201, total)
        assert other.json()["total_ttc"] == total


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": [{"sku": "bread", "quantity": 1}, {"sku": "BREAD ", "quantity": "2.000"}]},
        {"lines": [{"sku": "Bread", "quantity": 1}] * 500},
        {"lines": [{"sku": "Bread", "quantity": "999999999", "unit_price": "999999999999"}]},
        {"lines": [{"sku": "Bread", "quantity": "1", "unit_price": "0.000001"}]},
        {"lines": [{"sku": "Bread", "quantity": "1e0"}]},
        {"lines": [{"sku": "Bread", "quantity": 1.0}]},
        {"lines": [{"sku": "Bread", "quantity": "-0"}]},
        {"lines": [{"sku": "Bread", "quantity": True}]},
        {"lines": [{"sku": 7, "quantity": 1}]},
        {"lines": [{"sku": None, "quantity": 1}]},
        {"lines": [{"product": "1", "quantity": 1}]},
        {"lines": [{"product": 2**63, "quantity": 1}]},
        {"lines": [{"sku": "", "quantity": 1}]},
        {"lines": [{"sku": "x" * 65, "quantity": 1}]},
        {"lines": ["Bread"]},
        {"lines": [], "tenders": []},
        {"lines": {}},
        {"lines": [{"sku": "Bread", "quantity": 1, "unit_price": None}]},
        {"lines": [{"sku": "Bread", "quantity": 3, "unit_price": "5"}]},
        {"tenders": [{"kind": "cash", "amount": 30, "reference": ""}]},
        {"tenders": [{"kind": "cash", "amount": 30, "reference": "4111 1111 1111 1111"}]},
        {"tenders": [{"kind": "cash", "amount": 30, "code": "x"}]},
        {"tenders": [{"kind": ["cash"], "amount": 30}]},
        {"tenders": [{"kind": "CASH", "amount": 30}]},
        {"tenders": [{"kind": None, "amount": 30}]},
        {"tenders": [{"kind": "cash", "amount": 0}]},
        {"tenders": [{"kind": "cash", "amount": -1}, {"kind": "cash", "amount": 31}]},
        {"tenders": [{"kind": "cheque", "amount": "29.97"}]},
        {"tenders": [{"kind": "manufacturer_coupon", "amount": "29.97"}]},
        {"tenders": [{"kind": "other", "amount": "29.97"}]},
        {"tenders": [{"kind": "gift_card", "amount": "29.97"}]},
        {"tenders": [{"kind": "store_credit", "amount": "29.97", "code": "ABC"}]},
        {"tenders": [{"kind": "cash", "amount": "99999999999999"}]},
        {"total": "29.97"}, {"total": 29.970}, {"total": None}, {"total": "-29.97"},
        {"currency": "eur"}, {"currency": " EUR "}, {"currency": ""}, {"currency": None},
        {"cashier": ""}, {"cashier": None},
        {"register": "1"}, {"register": None}, {"register": True}, {"register": 1.5},
        {"sold_at": None}, {"sold_at": 5}, {"sold_at": "2026-11-28"},
        {"sold_at": "2000-01-01T00:00:00+14:00"}, {"sold_at": "2099-12-31T23:59:59-12:00"},
        {"sold_at": "2000-01-01T00:00:00Z"}, {"sold_at": "2027-12-31T23:59:59Z"},
        {"tip": "1"}, {"tip": None}, {"customer": "x"}, {"approval": None}, {"discount": {}},
        {"uuid": "x"}, {"uuid": 5}, {"odd": 1},
    ],
)  # fmt: skip
def test_whatever_is_odd_is_answered_by_both_ways_alike(till, client, changed):
    differs = {
        "id", "uuid", "number", "reference", "recorded_at", "hash", "sold_at", "request_id",
    }  # fmt: skip
    one, other = (
        send(client, body(till, **changed), content_type=way) for way in ("application/json", ROUND)
    )
    assert one.status_code == other.status_code < 500, (one.content, other.content)
    assert {k: v for k, v in one.json().items() if k not in differs} == {
        k: v for k, v in other.json().items() if k not in differs
    }

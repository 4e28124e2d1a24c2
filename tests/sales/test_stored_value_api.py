"""Gift cards over the API: answers, refusals, and that nobody finds a card by trying."""

import gzip
import json
import logging
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from epm.access.models import Role
from epm.platform.models import IdempotencyKey
from sales import value_codes
from sales.models import StoredValue, StoredValueEntry, StoredValueKind
from sales.services import stored_value
from sales.services.stored_value import Act
from tests.factories import chain
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db

ISSUE = "/api/v1/stored-value"
BALANCE = f"{ISSUE}/balance"
BLOCK = f"{ISSUE}/block"
BODY = {"store": "NORD", "kind": "gift_card", "amount": "50.00", "currency": "EUR"}
KEY = "a-key-of-a-till"
UNKNOWN = "9000000000000001"


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def store():
    return chain.store(code="NORD")


@pytest.fixture
def till(store):
    return chain.api_client(scopes=["stored-value:read", "stored-value:write"], stores=[store])


@pytest.fixture
def card(store):
    return issued(store)


def issued(store, amount="20.00"):
    return stored_value.issue(
        act=Act(store.pk, uuid4(), NOON),
        kind=StoredValueKind.GIFT_CARD,
        amount=Decimal(amount),
        currency=store.currency,
    )


def send(client, body, *, to, key=KEY, **how):
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    headers = {"idempotency-key": key} if key is not None else {}
    how = {"content_type": "application/json"} | how
    return client.post(to, content, headers=headers | how.pop("headers", {}), **how)


def ask(client, code):
    return send(client, {"code": code}, to=BALANCE, key=None)


def code_of(answer):
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, answer.json()["code"]


def state():
    return (
        list(StoredValue.objects.order_by("pk").values()),
        StoredValueEntry.objects.count(),
    )


def test_issue_once_however_often_it_is_asked(till, store):
    answer = send(till, BODY | {"expires_on": "2026-03-31"}, to=ISSUE)
    again = send(till, BODY | {"expires_on": "2026-03-31"}, to=ISSUE)

    account = StoredValue.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "kind": "gift_card", "currency": "EUR", "balance": "50.00", "expires_on": "2026-03-31",
        "is_blocked": False, "code": account.code, "store": "NORD",
        "issued_at": answer.json()["issued_at"],
    }  # fmt: skip
    assert answer.json()["issued_at"].startswith("2025-03-31T12:00:")
    assert "Location" not in answer
    assert again.content == answer.content
    assert again["Idempotency-Replayed"] == "true"
    entry = StoredValueEntry.objects.get()
    assert (entry.amount, entry.actor, entry.door) == (Decimal(50), "key till", "api")
    assert everything_holds()


def test_the_balance_of_any_card_of_the_chain(till, card):
    elsewhere = issued(chain.store(code="SUD", currency="GBP"), "7.50")
    assert ask(till, card.code).json() == {
        "kind": "gift_card", "currency": "EUR", "balance": "20.00", "expires_on": None,
        "is_blocked": False,
    }  # fmt: skip
    spaced = f"{elsewhere.code[:4]} {elsewhere.code[4:8]}-{elsewhere.code[8:]}"
    answer = ask(till, spaced)
    assert (answer.status_code, answer.json()["balance"]) == (200, "7.50")
    assert answer["Cache-Control"] == "private, no-store"


def test_block_again_and_again(till, card):
    for key in ("first-key", "first-key", "second-key"):
        answer = send(till, {"code": card.code}, to=BLOCK, key=key)
        assert (answer.status_code, answer.json()["is_blocked"]) == (200, True)
    assert ask(till, card.code).json()["is_blocked"] is True


def test_absent_and_unreadable_look_the_same(till, card):
    before = state()
    absent, blocked = ask(till, UNKNOWN), send(till, {"code": UNKNOWN}, to=BLOCK)
    nowhere = till.get("/api/v1/nowhere")
    for answer in (absent, blocked):
        assert code_of(answer) == (404, "not-found")
        told = {name: word for name, word in answer.json().items() if name != "instance"}
        assert told == {n: w for n, w in nowhere.json().items() if n != "instance"}
    assert state() == before


def test_twenty_codes_of_nothing_and_the_credential_is_answered_429(till, card, time_machine):
    other = chain.api_client(scopes=["stored-value:read"])
    for _ in range(10):
        assert code_of(ask(till, value_codes.made())) == (404, "not-found")
        assert ask(till, card.code).status_code == 200  # what is found is no guess
        made = {"code": value_codes.made()}
        assert code_of(send(till, made, to=BLOCK, key=str(uuid4()))) == (404, "not-found")

    for answer in (ask(till, card.code), ask(till, UNKNOWN)):
        assert code_of(answer) == (429, "rate-limited")
        assert answer["Retry-After"] == "900"
    assert code_of(send(till, {"code": card.code}, to=BLOCK)) == (429, "rate-limited")
    assert not StoredValue.objects.get().is_blocked
    assert ask(other, card.code).status_code == 200
    time_machine.move_to(NOON + timedelta(minutes=15, seconds=1))
    assert ask(till, card.code).status_code == 200


def test_a_mistyped_code_is_told_and_is_no_guess(till, card):
    wrong = card.code[:-1] + str((int(card.code[-1]) + 1) % 10)
    for text in [wrong, "1234", "٤١١١١١١١١١١١١١١١"] * 8:
        answer = ask(till, text)
        assert code_of(answer) == (422, "validation-error")
        assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
            ("/code", "wrong-check-digit")
        ]
        assert text not in answer.content.decode()
    assert ask(till, card.code).status_code == 200


@pytest.mark.parametrize("to", [BALANCE, BLOCK, ISSUE])
def test_no_code_stands_in_a_log_an_address_or_the_history(till, card, to, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = send(till, BODY if to == ISSUE else {"code": card.code}, to=to)
    code = answer.json().get("code", card.code)
    assert answer.status_code < 300
    assert code not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM platform_change c WHERE c::text LIKE %s", [f"%{code}%"]
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"amount": 0}, "/amount", "out-of-range"),
        ({"amount": "-1"}, "/amount", "out-of-range"),
        ({"amount": "1e3"}, "/amount", "invalid"),
        ({"amount": True}, "/amount", "invalid"),
        ({"amount": "0.0001"}, "/amount", "too-precise"),
        ({"amount": "1" + "0" * 13}, "/amount", "out-of-range"),
        ({"amount": None}, "/amount", "null"),
        ({"kind": "cash"}, "/kind", "invalid-choice"),
        ({"currency": "EURO"}, "/currency", "max-length"),
        ({"expires_on": "soon"}, "/expires_on", "invalid"),
        ({"store": "NOWHERE"}, "/store", "invalid"),
        ({"store": ""}, "/store", "blank"),
        ({"store": 1}, "/store", "invalid"),
        ({"code": UNKNOWN}, "/code", "unknown-field"),
        ({"balance": "5"}, "/balance", "unknown-field"),
        ({"is_blocked": False}, "/is_blocked", "unknown-field"),
        ({"customer": 1}, "/customer", "unknown-field"),
    ],
)
def test_what_cannot_be_is_told_by_field(till, change, pointer, code):
    answer = send(till, BODY | change, to=ISSUE)
    assert code_of(answer) == (422, "validation-error")
    told = [(e["pointer"], e["code"].replace("_", "-")) for e in answer.json()["errors"]]
    assert told == [(pointer, code)]
    assert state() == ([], 0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"currency": "USD"}, (422, "sales/currency-mismatch")),
        ({"currency": "eur"}, (422, "sales/currency-mismatch")),
        ({"amount": "0.001"}, (422, "sales/amount-not-payable")),
        ({"expires_on": "2025-03-30"}, (409, "sales/value-expired")),
    ],
)
def test_a_refusal_leaves_nothing_but_its_key(till, change, told):
    assert code_of(send(till, BODY | change, to=ISSUE)) == told
    assert state() == ([], 0)
    assert IdempotencyKey.objects.count() == 1
    assert code_of(send(till, BODY, to=ISSUE)) == (422, "idempotency-key-reused")


def test_a_foreign_store_is_not_there(till):
    chain.store(code="SUD")
    absent = send(till, BODY | {"store": "NOWHERE"}, to=ISSUE)
    for named in ("SUD", "sud"):
        answer = send(till, BODY | {"store": named}, to=ISSUE, key=f"key-of-{named}")
        assert answer.json()["errors"] == absent.json()["errors"]
    assert state() == ([], 0)


@pytest.mark.parametrize("path", [ISSUE, BLOCK])
def test_a_write_wants_a_key_that_is_one(till, card, path):
    body = BODY if path == ISSUE else {"code": card.code}
    before = state()
    assert code_of(send(till, body, to=path, key=None)) == (400, "idempotency-key-required")
    for key in ("", "short", "x" * 300, "a\tbcdefgh", "key-💥-key"):
        assert code_of(send(till, body, to=path, key=key)) == (400, "idempotency-key-invalid")
    assert state() == before


def test_a_key_used_for_something_else(till):
    assert send(till, BODY, to=ISSUE).status_code == 201
    before = state()
    other = send(till, BODY | {"amount": "51.00"}, to=ISSUE)
    assert code_of(other) == (422, "idempotency-key-reused")
    assert state() == before


@pytest.mark.parametrize("path", [ISSUE, BALANCE, BLOCK])
@pytest.mark.parametrize("text", [
    "{", "nul", '{"amount": NaN}', '{"amount": Infinity}', '{"code": "\\u0000"}',
    '{"store": "\\ud800"}', "[" * 10_000, '{"code": "1", "code": "2"}', b"\xff\xfe", "[]", "7",
])  # fmt: skip
def test_json_alone_is_taken(till, path, text):
    told = code_of(send(till, text, to=path))
    assert told in {(400, "malformed-json"), (422, "validation-error")}
    assert state() == ([], 0)


@pytest.mark.parametrize("path", [ISSUE, BALANCE, BLOCK])
def test_no_other_dress_and_no_megabyte(till, path):
    text = json.dumps(BODY)
    for how in (
        {"content_type": "text/plain"},
        {"content_type": "application/json; charset=latin-1"},
        {"content_type": "application/x-www-form-urlencoded"},
    ):
        assert code_of(send(till, text, to=path, **how)) == (415, "unsupported-media-type")
    packed = send(till, gzip.compress(text.encode()), to=path, headers={"content-encoding": "gzip"})
    assert code_of(packed) == (415, "unsupported-media-type")
    large = send(till, BODY | {"note": "x" * (1 << 20)}, to=path)
    assert code_of(large) == (413, "payload-too-large")
    assert state() == ([], 0)


def test_who_may(store, card):
    body = {"code": card.code}
    everything = chain.api_client(scopes=["read"])
    reader = chain.api_client(scopes=["stored-value:read"])
    writer = chain.api_client(scopes=["stored-value:write"])
    cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[store]))
    before = state()
    for client in (everything, cashier):
        for path in (ISSUE, BALANCE, BLOCK):
            sent = BODY if path == ISSUE else body
            assert code_of(send(client, sent, to=path)) == (403, "permission-denied")
    assert code_of(send(reader, BODY, to=ISSUE)) == (403, "permission-denied")
    assert code_of(send(reader, body, to=BLOCK)) == (403, "permission-denied")
    assert code_of(ask(writer, card.code)) == (403, "permission-denied")
    assert state() == before
    assert ask(reader, card.code).status_code == 200
    assert ask(manager, card.code).status_code == 200
    assert send(manager, BODY, to=ISSUE).status_code == 201
    assert send(writer, body, to=BLOCK).status_code == 200


@pytest.mark.parametrize("path", [ISSUE, BALANCE, BLOCK])
def test_only_post(till, path):
    for method in ("get", "put", "patch", "delete"):
        assert code_of(getattr(till, method)(path)) == (405, "method-not-allowed")

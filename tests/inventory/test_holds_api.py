"""Baskets over the API: held, extended, committed, handed over, let go; whose they are."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from epm.access.models import Role
from epm.platform import idempotency
from epm.platform.idempotency import Asked
from inventory.models import Reservation, StockMovement
from tests.concurrency import in_its_own_connection, run_behind
from tests.factories import chain, stock

pytestmark = pytest.mark.django_db
HOLDS = "/api/v1/stock/holds"
D = Decimal


@pytest.fixture
def store():
    return chain.store(code="NORD")


@pytest.fixture
def bread(store):
    product = chain.product(sku="Bread")
    stock.received(store, product, 10, 2)
    return product


@pytest.fixture
def salt(store):
    product = chain.product(sku="Salt")
    stock.received(store, product, 5)
    return product


@pytest.fixture
def till(store):
    return chain.api_client(scopes=["stock:read", "stock:write"], stores=[store])


def send(client, body=None, *, to=HOLDS, key=None):
    return client.post(
        to,
        json.dumps(body) if body is not None else "{}",
        content_type="application/json",
        headers={"idempotency-key": key or f"key-{uuid4()}"},
    )


def asked(store, *lines, **more):
    """A body for (product, quantity) lines, by id, or by SKU where it is text."""
    return {
        "store": store.code,
        "lines": [
            {"sku" if isinstance(what, str) else "product": getattr(what, "pk", what),
             "quantity": quantity}
            for what, quantity in lines
        ],
        **more,
    }  # fmt: skip


def held(client, store, *lines, **more):
    answer = send(client, asked(store, *lines, **more))
    assert answer.status_code == 201, answer.content
    return answer.json()["basket"]


def states(basket):
    return list(
        Reservation.objects.filter(basket=basket)
        .order_by("product")
        .values_list("state", "quantity", "consumed")
    )


class TestHolding:
    def test_keeps_all_lines_back_and_adds_up_those_of_one_product(self, till, store, bread, salt):
        key = uuid4()

        answer = send(
            till, asked(store, ("salt", 1), (bread, "2.5"), ("BREAD", 1), basket=str(key))
        )

        assert answer.status_code == 201
        told = answer.json()
        expires_at = told.pop("expires_at")
        assert told == {
            "basket": str(key),
            "lines": [
                {"product": bread.pk, "quantity": "3.50"},
                {"product": salt.pk, "quantity": "1.00"},
            ],
        }
        assert answer["Location"] == f"{HOLDS}/{key}"
        assert states(key) == [("active", D("3.5"), 0), ("active", 1, 0)]
        shown = till.get(answer["Location"]).json()
        assert shown["expires_at"] == expires_at
        assert (shown["store"], shown["lines"][0]["sku"]) == ("NORD", "Bread")

    def test_makes_a_key_for_the_basket_and_the_same_for_the_same_request(self, till, store, bread):
        first = send(till, asked(store, (bread, 2)), key="the-same-key")
        again = send(till, asked(store, (bread, 2)), key="the-same-key")

        assert UUID(first.json()["basket"]).version == 7
        assert again.content == first.content
        assert stock.level(store, bread).reserved == 2

    def test_held_before_under_another_key_is_told_as_it_stands(self, till, store, bread):
        basket = held(till, store, (bread, 2))

        again = send(till, asked(store, (bread, 2), basket=basket))

        assert again.status_code == 200
        assert again.json()["lines"][0]["state"] == "active"
        assert stock.level(store, bread).reserved == 2

    def test_too_much_tells_what_is_there_by_sku_and_code(self, till, store, bread, salt):
        answer = send(till, asked(store, (bread, 3), ("salt", 4), (salt, 2)))

        assert (answer.status_code, answer.json()["code"]) == (409, "inventory/insufficient-stock")
        assert answer.json()["lines"] == [{
            "store": "NORD", "product": salt.pk, "sku": "Salt",
            "asked": "6.00", "available": "5.00",
        }]  # fmt: skip
        assert not Reservation.objects.exists()
        assert stock.level(store, bread).reserved == 0

    def test_what_does_not_exist_is_not_found_and_not_short(self, till, store, bread):
        answer = send(till, asked(store, (bread, 1), (9_000_000, 1), ("NONE", 1)))
        by_id = send(till, asked(store, (bread, 1), (9_000_000, 1)))

        assert [one["pointer"] for one in answer.json()["errors"]] == ["/lines/2/sku"]
        assert (by_id.status_code, by_id.json()["errors"][0]["pointer"]) == (
            422,
            "/lines/1/product",
        )
        assert not Reservation.objects.exists()

    def test_no_more_lines_at_once_than_the_quota(self, till, store, bread, salt, settings):
        settings.EPM_HOLDS_PER_CONSUMER = 2
        held(till, store, (bread, 1), (salt, 1))

        refused = send(till, asked(store, (bread, 1)))
        other = chain.api_client(scopes=["stock:write"], stores=[store])

        assert (refused.status_code, refused.json()["code"]) == (
            429,
            "inventory/hold-quota-exceeded",
        )
        assert send(other, asked(store, (bread, 1))).status_code == 201
        assert stock.level(store, bread).reserved == 2


class TestSteps:
    def test_from_the_hold_to_the_counter(self, till, store, bread, salt):
        basket = held(till, store, (bread, 4), (salt, 1))

        extended = send(till, {"seconds": 1800}, to=f"{HOLDS}/{basket}/extend")
        committed = send(
            till, {"document": {"kind": "order", "ref": "1001"}}, to=f"{HOLDS}/{basket}/commit"
        )
        part = send(
            till, {"lines": [{"sku": "bread", "quantity": 1}]}, to=f"{HOLDS}/{basket}/consume"
        )
        rest = send(till, to=f"{HOLDS}/{basket}/consume")

        assert (extended.status_code, extended.json()["extensions"]) == (200, 1)
        assert committed.json()["expires_at"] is None
        assert [line["state"] for line in committed.json()["lines"]] == ["committed", "committed"]
        assert [line["consumed"] for line in part.json()["lines"]] == ["1.00", "0.00"]
        assert [line["state"] for line in rest.json()["lines"]] == ["consumed", "consumed"]
        assert stock.ledger_of(store, bread)[1:] == [("sale", -1, 9), ("sale", -3, 6)]
        documents = StockMovement.objects.filter(kind="sale").values_list(
            "document_kind", "document_ref", "posting", "actor"
        )
        assert set(documents) == {
            ("order", "1001", UUID(part.json()["posting"]), "key till"),
            ("order", "1001", UUID(rest.json()["posting"]), "key till"),
        }

    def test_let_go_it_can_be_held_by_others(self, till, store, bread):
        basket = held(till, store, (bread, 10))

        released = send(till, to=f"{HOLDS}/{basket}/release")
        again = send(till, to=f"{HOLDS}/{basket}/release")

        assert [released.status_code, again.status_code] == [200, 200]
        assert released.json()["lines"][0]["state"] == "released"
        assert stock.level(store, bread).reserved == 0

    @pytest.mark.parametrize(("step", "body"), [
        ("extend", {}),
        ("commit", {"document": {"kind": "order", "ref": "1"}}),
        ("consume", {}),
    ])  # fmt: skip
    def test_what_is_over_takes_no_further_step(self, till, store, bread, step, body):
        basket = held(till, store, (bread, 4))
        send(till, to=f"{HOLDS}/{basket}/release")

        answer = send(till, body, to=f"{HOLDS}/{basket}/{step}")

        assert (answer.status_code, answer.json()["code"]) == (409, "inventory/hold-ended")
        assert states(basket) == [("released", 4, 0)]
        assert len(stock.ledger_of(store, bread)) == 1

    def test_a_hold_over_by_the_clock_is_told_as_over(self, till, store, bread):
        basket = held(till, store, (bread, 4))
        stock.let_end(basket)

        assert till.get(f"{HOLDS}/{basket}").json()["lines"][0]["state"] == "expired"

    def test_more_than_is_left_of_it_is_refused(self, till, store, bread):
        basket = held(till, store, (bread, 4))

        answer = send(
            till, {"lines": [{"sku": "Bread", "quantity": 5}]}, to=f"{HOLDS}/{basket}/consume"
        )

        assert answer.status_code == 409
        assert states(basket) == [("active", 4, 0)]

    def test_a_posting_of_others_is_no_proof_of_ones_own(self, till, store, bread):
        elsewhere = chain.store()
        posting = uuid4()
        stock.received(elsewhere, bread, 3, posting=posting)
        basket = held(till, store, (bread, 4))

        answer = send(till, {"posting": str(posting)}, to=f"{HOLDS}/{basket}/consume")

        assert (answer.status_code, answer.json()["code"]) == (422, "inventory/posting-reused")
        assert states(basket) == [("active", 4, 0)]


class TestWhose:
    STEPS = ("extend", "commit", "release", "consume")

    @pytest.mark.parametrize("step", STEPS)
    def test_anothers_basket_is_not_there(self, till, store, bread, step):
        basket = held(till, store, (bread, 4))
        other = chain.api_client(scopes=["stock:read", "stock:write"])
        body = {"document": {"kind": "order", "ref": "1"}} if step == "commit" else {}

        theirs = send(other, body, to=f"{HOLDS}/{basket}/{step}")
        nowhere = send(other, body, to=f"{HOLDS}/{uuid4()}/{step}")

        assert (theirs.status_code, theirs.content) == (404, nowhere.content)
        assert other.get(f"{HOLDS}/{basket}").status_code == 404
        assert states(basket) == [("active", 4, 0)]

    def test_anothers_key_of_a_basket_is_taken(self, till, store, bread):
        basket = held(till, store, (bread, 4))
        other = chain.api_client(scopes=["stock:write"], stores=[store])

        answer = send(other, asked(store, (bread, 4), basket=basket))

        assert (answer.status_code, answer.json()["code"]) == (422, "inventory/hold-key-reused")
        assert stock.level(store, bread).reserved == 4

    @pytest.mark.parametrize("by", ["code", "pk"])
    def test_a_store_out_of_scope_is_one_that_is_not_there(self, till, bread, by):
        foreign = chain.store()
        stock.received(foreign, bread, 10)
        body = {"lines": [{"product": bread.pk, "quantity": 1}]}

        theirs = send(till, {**body, "store": getattr(foreign, by)})
        nowhere = send(till, {**body, "store": "NOWHERE" if by == "code" else 9_000_000})

        assert (theirs.status_code, theirs.content) == (422, nowhere.content)
        assert not Reservation.objects.exists()

    def test_a_basket_in_a_store_one_may_not_see_any_more(self, store, bread):
        row, text = chain.api_key(
            scopes=["stock:read", "stock:write"], stores=[store], expires_in=None
        )
        client = _client(text)
        basket = held(client, store, (bread, 4))
        row.stores.set([chain.store()])

        assert client.get(f"{HOLDS}/{basket}").status_code == 404
        assert send(client, to=f"{HOLDS}/{basket}/release").status_code == 404
        assert states(basket) == [("active", 4, 0)]

    def test_a_cashier_reads_and_a_manager_holds(self, store, bread):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))
        person = chain.person(Role.MANAGER, stores=[store])

        assert send(cashier, asked(store, (bread, 1))).status_code == 403
        basket = held(chain.signed_in(person), store, (bread, 1))
        assert Reservation.objects.get(basket=basket).holder == f"user {person.pk}"


class TestMany:
    def test_each_has_its_own_outcome(self, till, store, bread, salt):
        first, second, third = (uuid4() for _ in range(3))
        body = {
            "baskets": [
                asked(store, (bread, 4), (salt, 5), basket=str(first)),
                asked(store, (bread, 8), basket=str(second)),
                asked(store, ("nothing", 1), basket=str(third)),
                asked(chain.store(), (bread, 1)),
                asked(store, (salt, 1)),
            ]
        }

        answer = send(till, body, to=f"{HOLDS}/bulk")

        assert answer.status_code == 200
        results = answer.json()["results"]
        assert [one["status"] for one in results] == [201, 409, 422, 422, 409]
        assert results[0]["basket"] == str(first)
        assert results[1]["problem"]["lines"][0]["available"] == "6.00"
        assert results[2]["problem"]["errors"][0]["pointer"] == "/lines/0/sku"
        assert results[0]["hold"]["lines"][1] == {"product": salt.pk, "quantity": "5.00"}
        assert set(Reservation.objects.values_list("basket", flat=True)) == {first}
        assert (stock.level(store, bread).reserved, stock.level(store, salt).reserved) == (4, 5)

    def test_levels_are_locked_once_and_in_order_before_any_basket(self, till, store, bread, salt):
        till.get(f"{HOLDS}/{uuid4()}")

        with CaptureQueriesContext(connection) as seen:
            send(
                till,
                {"baskets": [asked(store, (salt, 1)), asked(store, (bread, 1))]},
                to=f"{HOLDS}/bulk",
            )

        said = [one["sql"] for one in seen]
        (lock,) = [at for at, sql in enumerate(said) if "FOR NO KEY UPDATE" in sql]
        assert "ORDER BY store_id, product_id" in said[lock]
        assert lock < min(at for at, sql in enumerate(said) if "inventory_hold(" in sql)

    def test_too_many(self, till, store, bread):
        one = asked(store, (bread, 1))
        many_lines = asked(store, *[(bread, 1)] * 400)

        baskets = send(till, {"baskets": [one] * 101}, to=f"{HOLDS}/bulk")
        lines = send(till, {"baskets": [many_lines] * 3}, to=f"{HOLDS}/bulk")

        for answer in (baskets, lines):
            assert (answer.status_code, answer.json()["code"]) == (422, "too-many-lines")
        assert not Reservation.objects.exists()


def test_a_refusal_is_the_answer_to_its_key_for_good(till, store, bread):
    refused = send(till, asked(store, (bread, 11)), key="the-same-key")
    stock.received(store, bread, 5)

    again = send(till, asked(store, (bread, 11)), key="the-same-key")

    assert (again.status_code, again.content) == (409, refused.content)
    assert again["Idempotency-Replayed"] == "true"
    assert send(till, asked(store, (bread, 11))).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_twin_at_work_is_told_and_not_waited_for(till, store, bread):
    claim = Asked(
        _credential(till, store, bread), "api-holds", "the-same-key", bytes(32), "x", reach={}
    )

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        idempotency.claim(claim)
        answer = pool.submit(
            in_its_own_connection,
            lambda: send(till, asked(store, (bread, 1)), key="the-same-key"),
        ).result(timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-in-progress")
    assert answer["Retry-After"] == "1"
    assert stock.level(store, bread).reserved == 1


def _credential(till, store, bread):
    return Reservation.objects.get(basket=held(till, store, (bread, 1))).holder


@pytest.mark.django_db(transaction=True)
def test_two_requests_of_many_baskets_wait_for_each_other_in_one_order_only(
    till, store, bread, salt
):
    """The second has the levels the other way round; nobody ends as the victim of a deadlock."""
    there = chain.api_client(scopes=["stock:write"], stores=[store])
    body = {"baskets": [asked(store, (salt, 1)), asked(store, (bread, 1))]}

    outcome = run_behind(
        lambda: send(till, {"baskets": body["baskets"][::-1]}, to=f"{HOLDS}/bulk"),
        lambda: send(there, body, to=f"{HOLDS}/bulk"),
    )

    assert [one["status"] for one in outcome.result().json()["results"]] == [201, 201]
    assert (stock.level(store, bread).reserved, stock.level(store, salt).reserved) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_a_hold_by_ids_takes_one_statement_and_one_more_by_names(till, store, bread):
    till.get(f"{HOLDS}/{uuid4()}")
    by_id = asked(store, (bread, 1)) | {"store": store.pk}

    with CaptureQueriesContext(connection) as ids:
        send(till, by_id)
    with CaptureQueriesContext(connection) as names:
        send(till, asked(store, ("bread", 1)))

    assert [_kind(one["sql"]) for one in ids] == ["access_apikey", "inventory_hold_once"]
    assert [_kind(one["sql"]) for one in names] == [
        "access_apikey", "organization_store", "inventory_hold_once",
    ]  # fmt: skip


def _kind(sql):
    words = ("access_apikey", "organization_store", "inventory_hold_once")
    return next((word for word in words if word in sql), sql)


def _client(text):
    from django.test import Client

    return Client(headers={"apikey": text}, raise_request_exception=False)

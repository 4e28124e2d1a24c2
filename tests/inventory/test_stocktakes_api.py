"""Stocktakes and adjustments over the API."""

from decimal import Decimal
from uuid import uuid4

import pytest
from model_bakery import baker

from epm.access.models import Role
from inventory.models import (
    Barcode,
    StockAdjustment,
    StockMovement,
    Stocktake,
    StocktakeCount,
)
from tests.factories import chain, stock
from tests.factories import stocktakes as made

pytestmark = pytest.mark.django_db
BASE = "/api/v1/stock/stocktakes"
ADJUSTMENTS = "/api/v1/stock/adjustments"
BARCODE = "4006381333931"


@pytest.fixture
def store():
    return chain.store(code="NORTH")


@pytest.fixture
def bread(store):
    bread = chain.product(sku="BREAD", category=chain.category(code="FOOD"))
    baker.make(Barcode, product=bread, code=BARCODE)
    stock.received(store, bread, 10, 5)
    return bread


@pytest.fixture
def key(store):
    return chain.api_client(scopes=["read", "stock:write", "stock:count"], stores=[store])


@pytest.fixture
def scanner(store):
    return chain.api_client(scopes=["stock:read", "stock:count"], stores=[store])


def of(role, store):
    return chain.signed_in(chain.person(role, stores=[store]))


def send(client, address, body=None, *, key=None, **headers):
    return client.post(
        address,
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid4()), **headers},
    )


def step(client, stocktake, name, body=None, **headers):
    return send(client, f"{BASE}/{stocktake.pk}/{name}", body, **headers)


def counted(client, stocktake, *lines, mode="add", **how):
    return step(client, stocktake, "count", {"mode": mode, "lines": list(lines)}, **how)


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_a_stocktake_from_the_plan_to_the_books(store, bread, key):
    answer = send(key, BASE, {"store": "NORTH", "scheduled_on": "2025-03-31"})
    assert answer.status_code == 201
    stocktake = Stocktake.objects.get()
    assert answer.headers["Location"] == f"{BASE}/{stocktake.pk}"
    assert step(key, stocktake, "start").json()["state"] == "counting"
    assert counted(key, stocktake, {"code": BARCODE, "quantity": 8}).json() == {
        "lines": [{"product": bread.pk, "sku": "BREAD", "counted": "8.00"}]
    }
    assert step(key, stocktake, "review").json()["variance_value"] == "-10.00"
    assert step(key, stocktake, "approve").json()["state"] == "approved"
    answer = step(key, stocktake, "post")

    assert (answer.json()["state"], answer.headers["ETag"]) == ("posted", '"4"')
    assert stock.level(store, bread).on_hand == 8
    assert StockMovement.objects.get(kind="count").door == "api"


def test_a_part_is_planned_by_codes(store, bread, key):
    answer = send(key, BASE, {
        "store": "NORTH", "scheduled_on": "2025-03-31", "categories": ["FOOD"],
        "products": [BARCODE, "bread"], "blind": False, "note": "shelf 3",
    })  # fmt: skip

    stocktake = Stocktake.objects.get()
    assert answer.json()["kind"] == "cyclic"
    assert stocktake.category_ids == [bread.category_id]
    assert (stocktake.product_ids, stocktake.blind, stocktake.note) == (
        [bread.pk],
        False,
        "shelf 3",
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"store": "NOWHERE"}, "validation-error"),
        ({"categories": ["NONE"]}, "validation-error"),
        ({"categories": []}, "validation-error"),
        ({"products": ["NONE"]}, "inventory/unknown-code"),
        ({"tolerance": {"units": -1}}, "validation-error"),
        ({"colour": "red"}, "validation-error"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(store, bread, body, code):
    director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    answer = send(director, BASE, {"store": "NORTH", "scheduled_on": "2025-03-31", **body})

    assert refused(answer) == (422, code)
    assert Stocktake.objects.count() == 0


def test_only_who_approves_beyond_it_sets_the_tolerance(store, bread, key):
    asked = {"store": "NORTH", "scheduled_on": "2025-03-31", "tolerance": {"value": "7.5"}}

    for client in (key, of(Role.MANAGER, store)):
        assert refused(send(client, BASE, asked)) == (403, "permission-denied")
    assert send(of(Role.REGIONAL, store), BASE, asked).status_code == 201

    stocktake = Stocktake.objects.get()
    assert (stocktake.tolerance_units, stocktake.tolerance_value) == (None, Decimal("7.5"))


def test_the_same_scan_sent_again_counts_once(store, bread, scanner):
    stocktake = made.started(store)
    line = {"product": bread.pk, "quantity": "2"}

    first = counted(scanner, stocktake, line, key="scan-0001")
    again = counted(scanner, stocktake, line, key="scan-0001")

    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert counted(scanner, stocktake, line, line, key="scan-0001").status_code == 422
    assert made.line_of(stocktake, bread).counted == 2
    assert StocktakeCount.objects.get().actor == "key till"


def test_a_count_can_be_set_and_names_each_product_one_way(store, bread, scanner):
    stocktake = made.started(store)
    counted(scanner, stocktake, {"code": "bread", "quantity": 3})

    answer = counted(scanner, stocktake, {"code": "bread", "quantity": 9}, mode="set")
    assert answer.json()["lines"][0]["counted"] == "9.00"

    both = {"code": "bread", "product": bread.pk, "quantity": 1}
    twice = {"sku": "bread", "code": "bread", "quantity": 1}
    for lines in ([both], [twice], [{"quantity": 1}], [], [{"code": "bread", "quantity": "1e3"}]):
        assert refused(counted(scanner, stocktake, *lines)) == (422, "validation-error")
    unknown = counted(scanner, stocktake, {"code": "bread", "quantity": 1},
                      {"code": "NONE", "quantity": 1})  # fmt: skip
    assert refused(unknown) == (422, "inventory/unknown-code")
    absent = counted(scanner, stocktake, {"code": BARCODE, "quantity": 1},
                     {"sku": "NONE", "quantity": 1},
                     {"product": 9_000_000, "quantity": 1})  # fmt: skip
    assert refused(absent) == (422, "validation-error")
    assert [(each["pointer"], each["code"]) for each in absent.json()["errors"]] == [
        ("/lines/1/sku", "not-found"), ("/lines/2/product", "not-found"),
    ]  # fmt: skip
    assert made.line_of(stocktake, bread).counted == 9


def test_a_product_is_counted_by_whatever_names_it(store, bread, scanner):
    stocktake = made.started(store)

    counted(scanner, stocktake, {"sku": "bread", "quantity": 3}, {"code": BARCODE, "quantity": 2},
            {"product": bread.pk, "quantity": 1})  # fmt: skip
    below = counted(scanner, stocktake, {"sku": "BREAD", "quantity": -9})

    assert refused(below) == (422, "inventory/count-below-zero")
    assert (below.json()["product"], below.json()["sku"]) == (bread.pk, "BREAD")
    assert made.line_of(stocktake, bread).counted == 6


def test_who_only_counts_takes_no_step_and_plans_nothing(store, bread, scanner):
    stocktake = made.started(store)

    for client in (scanner, of(Role.CASHIER, store)):
        for name in ("review", "approve", "post", "zero-uncounted"):
            assert step(client, stocktake, name).status_code == 403
        assert send(client, BASE, {"store": "NORTH"}).status_code == 403
        assert counted(client, stocktake, {"code": "bread", "quantity": 1}).status_code == 200
    stocktake.refresh_from_db()
    assert stocktake.state == "counting"


def test_a_key_neither_approves_beyond_the_tolerance_nor_sets_to_zero(store, bread, key):
    milk = chain.product()
    stock.received(store, milk, 5)
    stocktake = made.started(store)
    counted(key, stocktake, {"code": "bread", "quantity": 1})
    step(key, stocktake, "review")

    assert refused(step(key, stocktake, "zero-uncounted")) == (403, "permission-denied")
    assert refused(step(key, stocktake, "approve")) == (403, "inventory/approval-needs-another")
    manager = of(Role.MANAGER, store)
    assert step(manager, stocktake, "zero-uncounted").status_code == 403
    assert step(manager, stocktake, "approve").status_code == 403

    assert made.line_of(stocktake, milk).counted is None
    assert step(of(Role.REGIONAL, store), stocktake, "approve").json()["state"] == "approved"


def test_a_step_taken_on_another_version_is_refused(store, bread, key):
    stocktake = made.started(store)

    answer = step(key, stocktake, "cancel", {"reason": "flood"}, **{"If-Match": '"0"'})

    assert refused(answer) == (412, "precondition-failed")
    stocktake.refresh_from_db()
    assert stocktake.state == "counting"
    assert refused(step(key, stocktake, "post")) == (409, "invalid-transition")


def test_lines_are_counted_again_by_their_numbers(store, bread, key):
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3))
    made.reviewed(stocktake)
    (line,) = key.get(f"{BASE}/{stocktake.pk}/lines").json()["results"]

    answer = step(key, stocktake, "recount", {"lines": [line["id"]]})

    assert (answer.json()["state"], answer.json()["counted"]) == ("counting", 0)


def test_a_blind_count_tells_nobody_what_is_expected(store, bread, key, scanner):
    stock.received(store, bread, 7767)  # 7,777 in all
    stocktake = made.started(store, blind=True)
    director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    clients = (key, scanner, director, of(Role.MANAGER, store), of(Role.CASHIER, store))
    made.count(stocktake, (bread, 3))

    for client in clients:
        for page in (BASE, f"{BASE}/{stocktake.pk}", f"{BASE}/{stocktake.pk}/lines"):
            answer = client.get(page)
            assert answer.status_code == 200
            for trace in ("7777", "7774", "variance", "expected"):
                assert trace not in answer.content.decode(), page
    made.reviewed(stocktake)
    told = key.get(f"{BASE}/{stocktake.pk}/lines").json()["results"]
    assert (told[0]["expected"], told[0]["variance"]) == ("7777.00", "-7774.00")
    for client in (scanner, of(Role.CASHIER, store)):
        for page in ("", "/lines"):
            assert "777" not in client.get(f"{BASE}/{stocktake.pk}{page}").content.decode()


def test_who_counts_is_told_what_moved_between_two_scans(store, bread, key, scanner):
    stocktake = made.started(store, blind=True)
    page = f"{BASE}/{stocktake.pk}/lines"
    counted(scanner, stocktake, {"code": "bread", "quantity": 6})
    before = [client.get(page).json()["results"][0]["moved"] for client in (scanner, key)]
    stock.received(store, bread, 4, 5)
    counted(scanner, stocktake, {"code": "bread", "quantity": 4})

    after = [client.get(page).json()["results"][0]["moved"] for client in (scanner, key)]

    assert (before, after) == ([False, False], [True, True])


def test_costs_and_names_are_for_who_may_see_them(store, bread):
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3), by="ann")
    made.reviewed(stocktake)
    plain = chain.api_client(scopes=["stock:read"], stores=[store])

    (line,) = plain.get(f"{BASE}/{stocktake.pk}/lines").json()["results"]
    assert {"variance_value", "counted_by"}.isdisjoint(line)
    assert "variance_value" not in plain.get(f"{BASE}/{stocktake.pk}").json()
    assert line["variance"] == "-7.00"


def test_another_store_is_absent(store, bread):
    stocktake = made.started(store)
    made.count(stocktake, (bread, 3))
    elsewhere = chain.api_client(
        scopes=["read", "stock:write", "stock:count"], stores=[chain.store()]
    )

    assert elsewhere.get(BASE).json()["results"] == []
    for page in ("", "/lines"):
        assert elsewhere.get(f"{BASE}/{stocktake.pk}{page}").status_code == 404
    one = {"mode": "add", "lines": [{"code": "bread", "quantity": 1}]}
    bodies = {"review": {}, "cancel": {"reason": "x"}, "post": {}, "count": one}
    for name, body in bodies.items():
        assert step(elsewhere, stocktake, name, body).status_code == 404
    assert refused(send(elsewhere, BASE, {"store": "NORTH", "scheduled_on": "2025-03-31"})) == (
        422, "validation-error"
    )  # fmt: skip
    assert made.line_of(stocktake, bread).counted == 3


def test_an_adjustment_is_made_read_and_reversed(store, bread, key):
    answer = send(key, ADJUSTMENTS, {
        "store": "NORTH", "act": "damage", "note": "fell",
        "lines": [{"code": BARCODE, "quantity": "2"}],
    })  # fmt: skip
    made_now = StockAdjustment.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (
        201, f"{ADJUSTMENTS}/{made_now.pk}"
    )  # fmt: skip
    assert answer.json() == key.get(f"{ADJUSTMENTS}/{made_now.pk}").json()
    assert answer.json()["lines"] == [
        {
            "product": bread.pk,
            "sku": "BREAD",
            "quantity": "-2.00",
            "blocked": "0.00",
            "reason": "",
            "unit_cost": "5.00",
            "value": "-10.00",
        }
    ]
    back = send(key, f"{ADJUSTMENTS}/{made_now.pk}/reverse", {"note": "did not fall"})

    assert (back.status_code, back.json()["reverses"]) == (201, made_now.pk)
    assert stock.level(store, bread).on_hand == 10
    again = send(key, f"{ADJUSTMENTS}/{made_now.pk}/reverse", {"note": "once more"})
    assert refused(again) == (409, "inventory/not-reversible")
    assert [row["kind"] for row in key.get(ADJUSTMENTS).json()["results"]] == [
        "damage", "damage"
    ]  # fmt: skip


def test_what_an_adjustment_was_worth_is_for_who_sees_costs(store, bread):
    plain = chain.api_client(scopes=["stock:read", "stock:write"], stores=[store])

    answer = send(plain, ADJUSTMENTS, {
        "store": "NORTH", "act": "adjust", "note": "typing error",
        "lines": [{"product": bread.pk, "quantity": "-1"}],
    })  # fmt: skip

    assert answer.json()["lines"] == [
        {"product": bread.pk, "sku": "BREAD", "quantity": "-1.00", "blocked": "0.00", "reason": ""}
    ]


def test_a_refusal_of_an_adjustment_names_product_and_store_in_words(store, bread, key):
    lines = [{"sku": "bread", "quantity": 11}]

    short = send(key, ADJUSTMENTS, {"store": "NORTH", "act": "loss", "lines": lines})
    broken = send(key, ADJUSTMENTS, {"store": "NORTH", "act": "loss", "lines": [
        {"sku": "bread", "quantity": "1.5"}
    ]})  # fmt: skip

    assert short.json()["lines"] == [{
        "store": "NORTH", "product": bread.pk, "sku": "BREAD", "asked": "11.00",
        "available": "10.00",
    }]  # fmt: skip
    assert broken.json()["lines"] == [{"product": bread.pk, "sku": "BREAD", "quantity": "-1.5"}]
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"act": "adjust"}, 422, "reason-missing"),
        ({"act": "adjust", "note": "x", "reason": "damaged"}, 422, "validation-error"),
        ({"act": "block"}, 422, "validation-error"),
        ({"act": "sale"}, 422, "validation-error"),
        ({"act": "loss", "lines": [{"code": "BREAD", "quantity": 11}]}, 409,
         "inventory/insufficient-stock"),
        ({"act": "loss", "lines": [{"code": "BREAD", "quantity": -1}]}, 422,
         "inventory/nothing-to-adjust"),
        ({"act": "unblock", "reason": "damaged"}, 409, "inventory/more-than-unavailable"),
        ({"act": "loss", "store": "NOWHERE"}, 422, "validation-error"),
        ({"act": "loss", "lines": [{"product": 999999, "quantity": 1}]}, 422,
         "validation-error"),
        ({"act": "loss", "lines": [{"code": "NONE", "quantity": 1}]}, 422,
         "inventory/unknown-code"),
    ],
)  # fmt: skip
def test_an_adjustment_that_makes_no_sense_is_refused(store, bread, key, body, status, code):
    asked = {"store": "NORTH", "lines": [{"code": "BREAD", "quantity": 1}]}

    assert refused(send(key, ADJUSTMENTS, {**asked, **body})) == (status, code)
    assert StockAdjustment.objects.count() == 0
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]


@pytest.mark.parametrize("role", [Role.CASHIER, Role.ANALYST])
def test_cashiers_and_analysts_adjust_nothing(store, bread, role):
    asked = {"store": "NORTH", "act": "loss", "lines": [{"code": "BREAD", "quantity": 1}]}

    assert send(of(role, store), ADJUSTMENTS, asked).status_code == 403
    assert StockAdjustment.objects.count() == 0

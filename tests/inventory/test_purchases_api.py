"""Suppliers and purchase orders through the API."""

import itertools
from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import ApprovalLimit, PurchaseOrder, PurchaseReceipt
from tests.factories import chain, purchasing, stock

pytestmark = pytest.mark.django_db
D = Decimal
ORDERS = "/api/v1/stock/purchase-orders"
BOTH = ("purchases:read", "purchases:write", "costs:read")
_keys = itertools.count(1)


@pytest.fixture
def store():
    return chain.store(code="HERE")


@pytest.fixture
def bread():
    return chain.product(sku="BREAD")


@pytest.fixture
def client(store):
    return chain.api_client(scopes=BOTH, stores=[store])


def send(client, path, body=None, *, key=None, method="post", **headers):
    return getattr(client, method)(
        path,
        body or {},
        content_type="application/json",
        headers={"Idempotency-Key": key or f"request-{next(_keys):04}", **headers},
    )


def step(client, order, name, body=None, **how):
    return send(client, f"{ORDERS}/{order.pk}/{name}", body, **how)


def test_a_draft_is_made_and_told_with_its_lines_and_its_way_on(client, store, bread):
    seller = purchasing.supplier(code="MILL")
    purchasing.supplied(seller, bread, pack_size=6, price="2.5", supplier_sku="BR")

    answer = send(
        client, ORDERS,
        {"supplier": "mill", "store": "here", "round_up": True, "note": "ring",
         "lines": [{"product": bread.pk, "quantity": "7"}]},
    )  # fmt: skip

    order = PurchaseOrder.objects.get()
    told = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"{ORDERS}/{order.pk}")
    assert (told["supplier"], told["store"], told["state"]) == ("MILL", "HERE", "draft")
    (line,) = told["lines"]
    assert (line["sku"], line["supplier_sku"], line["ordered"]) == ("BREAD", "BR", "12.00")
    assert line["unit_cost"] == "2.50"
    assert told["transitions"] == ["submit", "cancel"]
    assert order.created_by.startswith("key ")
    again = client.get(f"{ORDERS}/{order.pk}")
    assert (again.json(), again["ETag"]) == (told, '"0"')
    assert [row["id"] for row in client.get(f"{ORDERS}?state=draft").json()["results"]] == [
        order.pk
    ]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"supplier": "NOBODY"}, "/supplier"),
        ({"store": "THERE"}, "/store"),
        ({"lines": []}, "/lines"),
        ({"exchange_rate": "1e3"}, "/exchange_rate"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_cannot_be_read_or_seen_is_refused_by_its_name(client, bread, changed, pointer):
    chain.store(code="THERE")
    purchasing.supplier(code="MILL")
    lines = [{"product": bread.pk, "quantity": 1}]

    answer = send(client, ORDERS, {"supplier": "MILL", "store": "HERE", "lines": lines} | changed)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert PurchaseOrder.objects.count() == 0


def test_a_broken_pack_is_refused_with_what_is_possible(client, bread):
    seller = purchasing.supplier(code="MILL")
    purchasing.supplied(seller, bread, pack_size=6)

    answer = send(
        client, ORDERS,
        {"supplier": "MILL", "store": "HERE", "lines": [{"product": bread.pk, "quantity": 7}]},
    )  # fmt: skip

    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "inventory/not-whole-packs")
    assert told["lines"] == [
        {"product": bread.pk, "sku": bread.sku, "asked": "7", "possible": "12"}
    ]
    assert PurchaseOrder.objects.count() == 0


def test_a_product_is_ordered_by_its_sku_or_its_id(client, bread):
    purchasing.supplier(code="MILL")
    asked = {"supplier": "MILL", "store": "HERE"}

    made = send(client, ORDERS, asked | {"lines": [{"sku": bread.sku.lower(), "quantity": 7}]})
    both = [{"sku": bread.sku, "product": bread.pk, "quantity": 7}]
    refused = send(client, ORDERS, asked | {"lines": both})

    [line] = made.json()["lines"]
    assert (made.status_code, line["product"], line["sku"]) == (201, bread.pk, bread.sku)
    assert refused.status_code == 422
    assert PurchaseOrder.objects.count() == 1


def test_a_draft_is_edited_in_the_version_that_was_seen(client, store, bread):
    order = purchasing.draft(store, (bread, 10, 2))
    body = {"lines": [{"product": bread.pk, "quantity": "8", "unit_cost": "1.9"}]}
    path = f"{ORDERS}/{order.pk}"

    assert send(client, path, body, method="put").status_code == 428
    edited = send(client, path, body, method="put", **{"If-Match": '"0"'})
    stale = send(client, path, body, method="put", **{"If-Match": '"0"'})

    assert (edited.status_code, edited["ETag"]) == (200, '"1"')
    assert stale.status_code == 412
    line = order.lines.get()
    assert (line.ordered, line.unit_cost) == (8, D("1.9"))


def test_the_way_of_an_order_ends_with_a_delivery_that_is_received_once(client, store, bread):
    ApprovalLimit.objects.create(role=Role.MANAGER, currency="EUR", amount=D(100))
    order = purchasing.draft(store, (bread, 10, 2))
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[store]))

    assert step(client, order, "submit").json()["state"] == "submitted"
    refused = step(client, order, "approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "inventory/approval-refused")
    assert step(manager, order, "approve").json()["state"] == "approved"
    assert step(client, order, "order").json()["state"] == "ordered"
    delivery = {
        "delivery_note": "BL-77",
        "freight": "1.50",
        "lines": [
            {"line": order.lines.get().pk, "accepted": "6", "rejected": 1, "reason": "damaged"}
        ],
    }
    first = step(client, order, "receive", delivery, key="delivery-77")
    again = step(client, order, "receive", delivery, key="delivery-77")

    told = first.json()
    assert (told["state"], told["lines"][0]["incoming"]) == ("partially_received", "4.00")
    assert told["deliveries"][0]["delivery_note"] == "BL-77"
    assert told["transitions"] == ["receive", "close-short", "hold"]
    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert stock.level(store, bread).value == D("13.5")
    assert PurchaseReceipt.objects.count() == 1
    closed = step(client, order, "close-short", {"reason": "no flour"})
    assert (closed.json()["state"], closed.json()["transitions"]) == ("closed", [])


def test_a_step_that_is_not_possible_is_a_conflict_that_says_what_is(client, store, bread):
    order = purchasing.draft(store, (bread, 10, 2))

    answer = step(client, order, "close")

    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "invalid-transition")
    assert told["allowed"] == "submit, cancel"
    order.refresh_from_db()
    assert (order.state, order.version) == ("draft", 0)


def test_a_step_of_another_version_is_not_taken(client, store, bread):
    order = purchasing.draft(store, (bread, 10, 2))

    answer = step(client, order, "submit", **{"If-Match": '"7"'})

    assert answer.status_code == 412
    order.refresh_from_db()
    assert order.state == "draft"


def test_foreign_orders_are_absent(client, bread):
    order = purchasing.ordered(chain.store(), (bread, 10, 2))

    assert client.get(f"{ORDERS}/{order.pk}").status_code == 404
    for name in ("submit", "close"):
        assert step(client, order, name).status_code == 404
    assert step(client, order, "cancel", {"reason": "mine"}).status_code == 404
    assert client.get(ORDERS).json()["results"] == []
    for code in (order.store.code, "NOWHERE"):
        assert client.get(f"{ORDERS}?store={code}").status_code == 400
    order.refresh_from_db()
    assert order.state == "ordered"


def test_costs_are_left_out_for_who_may_not_see_them(store, bread):
    order = purchasing.ordered(store, (bread, 10, "7.77"))
    purchasing.receive(order, (bread, 1), freight="6.66")
    purchasing.supplied(order.supplier, bread, price="7.77")
    blind = chain.api_client(scopes=["purchases:read"], stores=[store])
    seeing = chain.api_client(scopes=BOTH, stores=[store])

    for path in (f"{ORDERS}/{order.pk}", f"/api/v1/suppliers/{order.supplier_id}"):
        assert "7.77" in seeing.get(path).content.decode()
        told = blind.get(path).content.decode()
        assert "7.77" not in told
        assert "6.66" not in told


def test_reading_orders_nothing_and_neither_does_moving_stock(store, bread):
    order = purchasing.draft(store, (bread, 10, 2))
    for scopes in (["read"], ["purchases:read"], ["stock:write"]):
        answer = step(chain.api_client(scopes=scopes, stores=[store]), order, "submit")
        assert answer.status_code == 403
    cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))
    assert cashier.get(ORDERS).status_code == 403
    assert step(cashier, order, "submit").status_code == 403
    order.refresh_from_db()
    assert order.state == "draft"


def test_suppliers_are_listed_and_told_with_what_they_sell(client, bread):
    seller = purchasing.supplier(code="MILL", lead_time_days=3)
    purchasing.supplied(seller, bread, pack_size=6, price=2)

    (row,) = client.get("/api/v1/suppliers?code=mill").json()["results"]
    told = client.get(f"/api/v1/suppliers/{seller.pk}").json()

    assert (row["code"], row["lead_time_days"]) == ("MILL", 3)
    assert [(each["sku"], each["pack_size"]) for each in told["products"]] == [("BREAD", "6.00")]

"""What stores have, over the API: levels, one level, availability; and the ledger of movements."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from epm.access.models import Role
from inventory.models import Barcode, MovementKind, NegativeStock, StockMovement, StockPolicy
from inventory.services.movements import Document, Move
from tests.factories import chain, stock
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
STOCK = "/api/v1/stock"
MOVEMENTS = f"{STOCK}/movements"
D = Decimal


@pytest.fixture
def store():
    return chain.store(code="NORD")


@pytest.fixture
def bread(store):
    product = chain.product(sku="Bread", category=chain.category(code="FOOD"))
    Barcode.objects.create(product=product, code="4001")
    stock.received(store, product, 10, 2)
    return product


@pytest.fixture
def client():
    return chain.api_client()


@pytest.fixture
def partner(store):
    return chain.api_client(scopes=["stock:read", "stock:write"], stores=[store])


def rows(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def send(client, body, *, to=MOVEMENTS, key=None):
    return client.post(
        to,
        json.dumps(body),
        content_type="application/json",
        headers={"idempotency-key": key or f"key-{uuid4()}"},
    )


class TestLevels:
    def test_are_listed_in_full_by_two_queries(
        self, client, store, bread, django_assert_num_queries
    ):
        stock.hold(store, (bread, 3))
        client.get(STOCK)

        with django_assert_num_queries(2):
            (row,) = rows(client.get(STOCK))

        changed_at = row.pop("changed_at")
        assert changed_at.endswith("Z")
        assert row == {
            "id": stock.level(store, bread).pk,
            "store": "NORD",
            "product": bread.pk,
            "sku": "Bread",
            "on_hand": "10.00",
            "reserved": "3.00",
            "unavailable": "0.00",
            "shortfall": "0.00",
            "available": "7.00",
            "value": "20.00",
            "average_cost": "2.00",
        }

    def test_a_hold_that_is_over_does_not_count(self, client, store, bread):
        stock.let_end(stock.hold(store, (bread, 3)))

        (row,) = rows(client.get(STOCK))

        assert (row["reserved"], row["available"]) == ("0.00", "10.00")

    def test_what_it_is_worth_is_not_for_a_cashier(self, store, bread):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))

        (row,) = rows(cashier.get(STOCK))
        one = cashier.get(f"{STOCK}/NORD/Bread").json()

        assert not {"value", "average_cost"} & (row.keys() | one.keys())

    @pytest.mark.parametrize(("query", "found"), [
        ("sku=bREAD", ["Bread"]), ("sku=SALT", ["Salt"]), ("barcode=4001", ["Bread"]),
        ("category=food", ["Bread"]), ("store=nord&store=sud", ["Bread", "Salt"]),
        ("store=sud", ["Salt"]), ("out=true", ["Salt"]), ("out=false", ["Bread"]),
        ("short=true", []), ("short=false", ["Bread", "Salt"]), ("ordering=-product", None),
    ])  # fmt: skip
    def test_are_narrowed(self, client, store, bread, query, found):
        south, salt = chain.store(code="SUD"), chain.product(sku="Salt")
        stock.received(south, salt, 2)
        stock.hold(south, (salt, 2))

        skus = [row["sku"] for row in rows(client.get(f"{STOCK}?{query}"))]

        assert skus == (["Salt", "Bread"] if found is None else found)


class TestOneLevel:
    def test_tells_why_what_is_not_for_sale_and_what_is_promised(self, client, store, bread):
        stock.book(MovementKind.STATUS, Move(store.pk, bread.pk, blocked=D(2), reason="damaged"))
        stock.hold(store, (bread, 3))
        stock.let_end(stock.hold(store, (bread, 1)))

        one = client.get(f"{STOCK}/nord/bread").json()

        assert one["reasons"] == {"damaged": "2.00"}
        assert (one["reserved"], one["held"], one["committed"]) == ("3.00", "3.00", "0.00")
        assert one["available"] == "5.00"
        assert client.get(f"{STOCK}/NORD/{bread.pk}").json() == one

    def test_a_sku_may_look_like_a_number_or_hold_a_slash(self, client, store, bread):
        other = chain.product(sku=str(bread.pk))
        slashed = chain.product(sku="A/B")

        assert client.get(f"{STOCK}/NORD/{bread.pk}").json()["product"] == other.pk
        assert client.get(f"{STOCK}/NORD/A/B").json()["product"] == slashed.pk

    def test_what_a_store_never_had_it_has_none_of(self, client, store):
        chain.product(sku="Salt")

        one = client.get(f"{STOCK}/NORD/Salt").json()

        assert (one["id"], one["on_hand"], one["available"]) == (None, "0.00", "0.00")
        assert (one["value"], one["average_cost"], one["reasons"]) == ("0.00", None, {})

    def test_a_foreign_store_is_one_that_is_not_there(self, partner, bread):
        foreign = chain.store(code="SUD")
        stock.received(foreign, bread, 7)

        theirs, nowhere = (partner.get(f"{STOCK}/{code}/Bread") for code in ("SUD", "NOWHERE"))

        assert (theirs.status_code, theirs.content) == (404, nowhere.content)
        assert partner.get(f"{STOCK}/NORD/NOTHING").status_code == 404


class TestAvailability:
    def test_of_two_hundred_products_is_two_queries(self, client, store, django_assert_num_queries):
        products = [chain.product() for _ in range(200)]
        stock.book(MovementKind.RECEIPT, *((store, one, 4) for one in products))
        client.get(STOCK)
        query = "&".join(f"product={one.pk}" for one in products)

        with django_assert_num_queries(3):  # one of them asks whose key it is
            found = rows(client.get(f"{STOCK}/availability?{query}&store=nord"))

        assert len(found) == 200
        assert found[0] == {
            "store": "NORD",
            "product": products[0].pk,
            "sku": products[0].sku,
            "on_hand": "4.00",
            "available": "4.00",
        }

    def test_a_question_too_long_for_an_address_is_sent(
        self, partner, store, bread, django_assert_num_queries
    ):
        foreign = chain.store(code="SUD")
        stock.received(foreign, bread, 7)
        partner.get(STOCK)
        body = {"lines": [{"sku": "bread"}], "stores": ["NORD"]}

        with django_assert_num_queries(3):
            answer = partner.post(
                f"{STOCK}/availability", json.dumps(body), content_type="application/json"
            )

        assert [row["available"] for row in rows(answer)] == ["10.00"]

    def test_of_all_stores_in_scope_unless_some_are_named(self, client, partner, store, bread):
        stock.received(chain.store(code="SUD"), bread, 7)
        url = f"{STOCK}/availability?sku=bread"

        assert [row["store"] for row in rows(client.get(url))] == ["NORD", "SUD"]
        assert [row["store"] for row in rows(partner.get(url))] == ["NORD"]
        foreign, nowhere = (partner.get(f"{url}&store={code}") for code in ("SUD", "NO"))
        assert (foreign.status_code, foreign.content) == (400, nowhere.content)

    @pytest.mark.parametrize(("body", "pointers"), [
        ({"lines": [{"sku": "Bread"}, {"sku": "NONE"}], "stores": ["NORD"]}, ["/lines/1/sku"]),
        ({"lines": [{"product": 9_000_000}], "stores": ["NORD"]}, ["/lines/0/product"]),
        ({"lines": [{"sku": "Bread"}], "stores": ["NORD", "NONE"]}, ["/stores"]),
        ({"lines": [{"sku": "Bread"}]}, ["/stores"]),
        ({"lines": [], "stores": ["NORD"]}, ["/lines"]),
        ({"lines": [{"sku": "Bread", "product": 1}], "stores": ["NORD"]}, ["/lines/0/product"]),
    ])  # fmt: skip
    def test_what_is_not_there_is_named(self, partner, bread, body, pointers):
        answer = partner.post(
            f"{STOCK}/availability", json.dumps(body), content_type="application/json"
        )

        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == pointers


class TestLedger:
    def test_is_listed_latest_first(self, client, store, bread):
        stock.book(MovementKind.SALE, (store, bread, -3), document=Document("order", "7"), at=NOON)

        latest, first = rows(client.get(MOVEMENTS))

        assert (first["kind"], first["number"], first["quantity"]) == ("receipt", 1, "10.00")
        assert {name: latest[name] for name in (
            "store", "product", "sku", "number", "kind", "quantity", "balance", "unit_cost",
            "value", "document_kind", "document_ref", "business_date",
        )} == {
            "store": "NORD", "product": bread.pk, "sku": "Bread", "number": 2, "kind": "sale",
            "quantity": "-3.00", "balance": "7.00", "unit_cost": "2.00", "value": "-6.00",
            "document_kind": "order", "document_ref": "7", "business_date": "2025-03-31",
        }  # fmt: skip
        assert client.get(f"{MOVEMENTS}/{latest['id']}").json() == latest

    @pytest.mark.parametrize(("query", "kinds"), [
        ("kind=sale", ["sale"]), ("sku=BREAD", ["sale", "receipt"]), ("sku=x", []),
        ("document=order:7", ["sale"]), ("document=order:8", []), ("store=nord&kind=count", []),
        ("from=2025-04-01", []), ("to=2025-03-31", ["sale", "receipt"]),
    ])  # fmt: skip
    def test_is_narrowed(self, client, store, bread, query, kinds):
        stock.book(MovementKind.SALE, (store, bread, -3), document=Document("order", "7"), at=NOON)

        assert [row["kind"] for row in rows(client.get(f"{MOVEMENTS}?{query}"))] == kinds

    def test_a_document_is_named_by_kind_and_number(self, client):
        assert client.get(f"{MOVEMENTS}?document=7").status_code == 400

    def test_costs_and_people_by_right(self, store, bread):
        no_costs = chain.api_client(scopes=["stock:read", "customers:read"], stores=[store])
        analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[store]))

        (seen,) = rows(no_costs.get(MOVEMENTS))
        (known,) = rows(analyst.get(MOVEMENTS))

        assert "actor" in seen
        assert not {"unit_cost", "value", "average_cost"} & seen.keys()
        assert "actor" not in known
        assert known["unit_cost"] == "2.00"

    @pytest.mark.parametrize("kind", ["movements", "adjustments", "alerts", "proposals"])
    def test_a_cashier_reads_levels_and_no_more(self, store, bread, kind):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))

        assert cashier.get(f"{STOCK}/{kind}").status_code == 403
        assert cashier.get(STOCK).status_code == 200

    def test_nor_one_movement_or_adjustment(self, store, bread):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))
        movement = StockMovement.objects.get()

        assert cashier.get(f"{MOVEMENTS}/{movement.pk}").status_code == 403
        assert cashier.get(f"{STOCK}/adjustments/1").status_code == 403

    def test_a_foreign_movement_is_one_that_is_not_there(self, partner, bread):
        stock.received(chain.store(), bread, 7)
        theirs = StockMovement.objects.get(quantity=7)

        foreign, nowhere = (partner.get(f"{MOVEMENTS}/{pk}") for pk in (theirs.pk, uuid4()))

        assert (foreign.status_code, foreign.content) == (404, nowhere.content)
        assert [row["quantity"] for row in rows(partner.get(MOVEMENTS))] == ["10.00"]


class TestPosting:
    def test_a_receipt_tells_what_it_is_worth(self, store, bread):
        partner = chain.api_client(scopes=["stock:write", "costs:read", "stock:read"])
        body = {
            "kind": "receipt",
            "store": "nord",
            "lines": [{"sku": "bread", "quantity": 10, "unit_cost": "4"}],
            "document": {"kind": "note", "ref": "L-1"},
            "at": "2025-03-31T08:00:00+02:00",
        }

        answer = send(partner, body)

        assert answer.status_code == 201
        told = answer.json()
        row = StockMovement.objects.get(posting=told["posting"])
        assert told == {
            "posting": str(row.posting),
            "kind": "receipt",
            "lines": [{
                "line": 1, "id": str(row.pk), "product": bread.pk, "sku": "Bread",
                "quantity": "10.00", "balance": "20.00", "unit_cost": "4.00", "value": "40.00",
            }],
            "warnings": [],
        }  # fmt: skip
        assert (row.document_kind, row.document_ref, row.actor) == ("note", "L-1", "key till")
        assert row.occurred_at == datetime(2025, 3, 31, 6, tzinfo=UTC)
        assert stock.level(store, bread).average_cost == 3

    def test_again_is_nothing_new(self, partner, store, bread):
        body = {"kind": "sale", "store": "NORD", "lines": [{"sku": "Bread", "quantity": 2}]}
        posting = str(uuid4())

        first = send(partner, body, key="the-same-key")
        again = send(partner, body, key="the-same-key")
        named = [send(partner, body | {"posting": posting}).json() for _ in range(2)]

        assert again.content == first.content
        assert named[0] == named[1]
        assert stock.level(store, bread).on_hand == 6

    def test_more_than_there_is(self, partner, store, bread):
        body = {"kind": "sale", "store": "NORD", "lines": [{"sku": "Bread", "quantity": 12}]}

        refused = send(partner, body)
        StockPolicy.objects.create(store=store, negative=NegativeStock.WARN)
        booked = send(partner, body)

        assert refused.status_code == 409
        assert refused.json()["lines"] == [{
            "store": "NORD", "product": bread.pk, "sku": "Bread",
            "asked": "12.00", "available": "10.00",
        }]  # fmt: skip
        assert booked.status_code == 201
        assert booked.json()["warnings"] == [
            {"code": "stock-short", "product": bread.pk, "sku": "Bread", "short": "2.00"}
        ]
        assert stock.level(store, bread).on_hand == -2

    def test_what_may_not_be_said(self, partner, bread):
        line = {"sku": "Bread", "quantity": 1}
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        for body, pointer in (
            ({"kind": "sale", "lines": [line | {"unit_cost": 1}]}, "/lines/0/unit_cost"),
            ({"kind": "opening", "lines": [line]}, "/kind"),
            ({"kind": "sale", "lines": [line], "at": tomorrow}, "/at"),
            ({"kind": "sale", "lines": [line], "at": "2025-03-31T10:00:00"}, "/at"),
            ({"kind": "sale", "lines": [{"product": 9_000_000, "quantity": 1}]},
             "/lines/0/product"),
        ):  # fmt: skip
            answer = send(partner, body | {"store": "NORD"})

            assert answer.status_code == 422, body
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
        assert StockMovement.objects.count() == 1

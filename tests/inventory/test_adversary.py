"""Found by attack: sums beyond counting, postings of another basket, two tabs, doctor."""

import json
import re
from uuid import uuid4

import pytest
from django.db import connection

from epm.platform.invariants import examined
from tests.concurrency import run_behind
from tests.factories import chain, stock, stocktakes, transfers
from tests.factories import purchasing as bought

pytestmark = pytest.mark.django_db
STOCK = "/api/v1/stock"
MOST = "999999999.999"


@pytest.fixture
def store():
    return chain.store(code="NORD")


@pytest.fixture
def bread(store):
    bread = chain.product(sku="Bread")
    stock.received(store, bread, 10, 2)
    return bread


def send(client, to, body):
    return client.post(
        f"{STOCK}/{to}",
        json.dumps(body),
        content_type="application/json",
        headers={"idempotency-key": str(uuid4())},
    )


class TestBeyondCounting:
    """A sum that no column holds is a clear no, never a fault of ours."""

    @pytest.fixture
    def director(self):
        return chain.signed_in(chain.person("director", whole_chain=True))

    def refused(self, answer):
        assert (answer.status_code, answer.json()["code"]) == (422, "inventory/beyond-counting")

    def test_by_api(self, director, store, bread):
        line = {"sku": "Bread", "quantity": MOST}
        self.refused(
            send(director, "movements", {"kind": "receipt", "store": "NORD", "lines": [line]})
        )
        self.refused(send(director, "holds", {"store": "NORD", "lines": [line, line]}))
        order = bought.ordered(store, (bread, 4, 3))
        came = [{"line": order.lines.get().pk, "accepted": "999999999"}]
        self.refused(send(director, f"purchase-orders/{order.pk}/receive", {"lines": came}))
        chain.store(code="SUD")
        planned = [{"product": bread.pk, "quantity": MOST}] * 2
        self.refused(
            send(
                director,
                "transfers",
                {"source": "NORD", "destination": "SUD", "lines": planned},
            )
        )
        stocktake = stocktakes.started(store)
        seen = [{"code": "Bread", "quantity": MOST}] * 2
        self.refused(
            send(director, f"stocktakes/{stocktake.pk}/count", {"mode": "add", "lines": seen})
        )
        assert stock.level(store, bread).on_hand == 10

    def test_by_page(self, director, store, bread):
        answer = director.post(
            "/admin/inventory/stockadjustment/add/",
            {"posting": uuid4(), "store": store.pk, "code": "Bread", "act": "adjust",
             "quantity": MOST, "note": "x"},
        )  # fmt: skip

        assert answer.status_code == 200
        assert "larger than the books can hold" in answer.content.decode()


class TestPostingOfAnotherBasket:
    def test_hands_over_nothing_and_says_so(self, store, bread):
        till = chain.api_client(scopes=["stock:read", "stock:write"], stores=[store])
        baskets = [stock_held(till) for _ in range(2)]
        posting = str(uuid4())
        first, second, again = (
            send(till, f"holds/{basket}/consume", {"posting": posting})
            for basket in (*baskets, baskets[0])
        )

        assert (first.status_code, again.status_code) == (200, 200)
        assert (second.status_code, second.json()["code"]) == (422, "inventory/posting-reused")
        assert (stock.level(store, bread).on_hand, stock.level(store, bread).reserved) == (7, 3)

    @pytest.mark.django_db(transaction=True)
    def test_at_once_with_a_movement_of_the_key_is_no_deadlock(self, store, bread):
        from inventory.models import MovementKind
        from inventory.services import reservations
        from inventory.services.movements import Document
        from inventory.services.stock_refusals import PostingReused
        from tests.factories.chain import NOON

        basket, posting = stock.hold(store, (bread, 1)), uuid4()

        def consumed():
            reservations.consume(
                basket=basket, holder="till", posting=posting, document=Document(), at=NOON
            )

        outcome = run_behind(
            lambda: stock.book(MovementKind.SALE, (store, bread, -1), posting=posting), consumed
        )

        assert isinstance(outcome.exception(), PostingReused)


def stock_held(till):
    basket = str(uuid4())
    lines = [{"sku": "Bread", "quantity": 3}]
    assert (
        send(till, "holds", {"basket": basket, "store": "NORD", "lines": lines}).status_code == 201
    )
    return basket


class TestTwoTabs:
    """The page says which version it showed: who was slower overwrites nothing."""

    def test_of_a_transfer(self, store, bread):
        manager = chain.signed_in(chain.person("manager", stores=[store]))
        transfer = transfers.drafted(store, chain.store(code="SUD"), (bread, 2))
        page = f"/admin/inventory/transfer/{transfer.pk}/change/"
        form = {
            "source": store.pk, "to": "SUD", "expected_on": "",
            **lines_of(transfer, bread, "transfer", "quantity"),
            "seen_version": shown_version(manager, page),
        }  # fmt: skip

        first, second = (manager.post(page, {**form, "note": note}) for note in ("one", "two"))

        assert (first.status_code, second.status_code) == (302, 200)
        transfer.refresh_from_db()
        assert (transfer.note, transfer.version) == ("one", 1)
        assert manager.post(page, {**form, "note": "three"}).status_code == 200

    def test_of_an_order(self, store, bread):
        manager = chain.signed_in(chain.person("manager", stores=[store]))
        order = bought.draft(store, (bread, 4, 3))
        page = f"/admin/inventory/purchaseorder/{order.pk}/change/"
        form = {
            "expected_on": "", "exchange_rate": "", "lines-0-unit_cost": "3",
            "receipts-TOTAL_FORMS": 0, "receipts-INITIAL_FORMS": 0,
            **lines_of(order, bread, "order", "ordered"),
            "seen_version": shown_version(manager, page),
        }  # fmt: skip

        first, second = (manager.post(page, {**form, "note": note}) for note in ("one", "two"))

        assert (first.status_code, second.status_code) == (302, 200)
        order.refresh_from_db()
        assert (order.note, order.version) == ("one", 1)


def lines_of(document, product, parent, quantity):
    return {
        "lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 1, "lines-0-id": document.lines.get().pk,
        f"lines-0-{parent}": document.pk, "lines-0-product": product.pk, f"lines-0-{quantity}": "4",
    }  # fmt: skip


def shown_version(client, page):
    return re.search(r'name="seen_version" value="(\d+)"', client.get(page).content.decode())[1]


def test_doctor_says_that_the_level_lies_where_the_movements_are_sound(store, bread):
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL epm.rebuilding = 'on'; UPDATE inventory_stocklevel SET on_hand = 9"
        )

    found = {each.invariant.code: each.first for each in examined() if each.broken}

    assert found["inventory/stock-is-its-movements"] == (
        "Bread in NORD: the level differs from the sum of its movements or reservations"
    )

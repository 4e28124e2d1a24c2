"""Found by attack: sums beyond counting, postings of another basket, two tabs, doctor."""

import json
import re
from datetime import datetime
from decimal import Decimal
from hashlib import md5
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest
from django.db import connection, transaction

from epm.platform.invariants import examined
from inventory.models import MovementKind, PurchaseOrder, StockMovement, StockPolicy, Stocktake
from inventory.services import adjustments
from inventory.services.adjustments import Act, Amount
from inventory.services.movements import Move
from inventory.services.stock_refusals import BeyondCounting, HoldQuotaExceeded
from tests.concurrency import run_behind
from tests.factories import chain, stock, stocktakes, transfers
from tests.factories import purchasing as bought
from tests.factories.chain import NOON
from tests.imports_support import reasons

pytestmark = pytest.mark.django_db
STOCK = "/api/v1/stock"
MOST = "999999999"


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
        self.refused(
            send(
                director,
                f"purchase-orders/{order.pk}/receive",
                {"lines": came, "more_than_ordered": True},
            )
        )
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

    def test_by_a_unit_cost_that_leaves_no_room_for_an_average(self, store, bread):
        with pytest.raises(BeyondCounting), transaction.atomic():
            stock.received(store, bread, 1, "1000000000.000001")

        stock.received(store, bread, 1, 1_000_000_000)
        stock.book(MovementKind.SALE, (store, bread, -11))
        assert (stock.level(store, bread).on_hand, stock.level(store, bread).value) == (0, 0)

    @pytest.mark.parametrize("field", ["quantity", "blocked", "unit_cost"])
    def test_what_is_no_number_is_no_movement(self, store, bread, field):
        move = {"quantity": Decimal(1), "reason": "damaged", field: Decimal("NaN")}
        with pytest.raises(BeyondCounting), transaction.atomic():
            stock.book(MovementKind.ADJUSTMENT, Move(store.pk, bread.pk, **move), forced=True)
        assert StockMovement.objects.count() == 1


@pytest.mark.parametrize("offset", ["+23:59", "-23:59", "+00:00:00.000001"])
def test_a_moment_is_the_same_at_whatever_offset_it_is_told(store, bread, offset):
    till = chain.api_client(scopes=["stock:write"], stores=[store])
    line = {"sku": "Bread", "quantity": "1"}

    answer = send(
        till,
        "movements",
        {"kind": "sale", "store": "NORD", "lines": [line], "at": f"2025-03-31T12:00:00{offset}"},
    )

    assert answer.status_code == 201
    told = datetime.fromisoformat(f"2025-03-31T12:00:00{offset}")
    assert StockMovement.objects.get(kind="sale").occurred_at == told


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
        from inventory.services import reservations
        from inventory.services.movements import Document
        from inventory.services.stock_refusals import PostingReused

        basket, posting = stock.hold(store, (bread, 1)), uuid4()

        def consumed():
            reservations.consume(
                basket=basket, holder="till", posting=posting, document=Document(), at=NOON
            )

        outcome = run_behind(
            lambda: stock.book(MovementKind.SALE, (store, bread, -1), posting=posting), consumed
        )

        assert isinstance(outcome.exception(), PostingReused)


@pytest.fixture
def squatter():
    """A key of another store, whose movements may bear any posting."""
    store = chain.store(code="SUD")
    till = chain.api_client(scopes=["stock:write"], stores=[store])

    def books(posting, quantity):
        lines = [{"sku": "Bread", "quantity": quantity}]
        body = {"kind": "receipt", "store": "SUD", "lines": lines, "posting": str(posting)}
        assert send(till, "movements", body).status_code == 201

    return books


def test_a_key_guessed_by_another_store_stops_no_stocktake(store, bread, squatter):
    stocktake = stocktakes.started(store)
    stocktakes.count(stocktake, (bread, 9))
    squatter(uuid5(NAMESPACE_URL, f"stocktake/{stocktake.pk}"), "1")

    assert [each.quantity for each in stocktakes.finished(stocktake)] == [-1]
    assert stocktakes.posted(stocktake)[0].quantity == -1


def test_a_key_guessed_by_another_store_is_no_opening(store, bread, squatter, imported):
    milk, salt = chain.product(sku="Milk"), chain.product(sku="Salt")
    key = f"opening/{store.pk}/{milk.pk}".encode()
    squatter(UUID(md5(key, usedforsecurity=False).hexdigest()), "7")

    run = imported("stock", "store,sku,quantity\nNORD,Milk,7\nNORD,Salt,3\n")

    assert reasons(run) == [(2, "already-opened", "key = NORD / Milk")]
    assert stock.level(store, salt).on_hand == 3


@pytest.mark.parametrize(("quantity", "cost"), [("1", "1000000000.01"), ("999999999", "100001")])
def test_an_opening_worth_more_than_can_be_counted_waits_alone(
    store, bread, imported, quantity, cost
):
    chain.product(sku="Milk")
    salt = chain.product(sku="Salt")

    run = imported(
        "stock", f"store,sku,quantity,unit_cost\nNORD,Milk,{quantity},{cost}\nNORD,Salt,3,1\n"
    )

    assert reasons(run) == [(2, "out-of-range", f"unit_cost = {cost}")]
    assert stock.level(store, salt).on_hand == 3


def stock_held(till):
    basket = str(uuid4())
    lines = [{"sku": "Bread", "quantity": 3}]
    assert (
        send(till, "holds", {"basket": basket, "store": "NORD", "lines": lines}).status_code == 201
    )
    return basket


@pytest.mark.parametrize("nonsense", ["NaN", "\0", "1e400", "9" * 40, "x" * 3000])
@pytest.mark.parametrize("field", ["supplier", "store", "lines-0-product"])
def test_what_is_no_key_is_told_at_its_field(store, bread, field, nonsense):
    director = chain.signed_in(chain.person("director", whole_chain=True))
    page = "/admin/inventory/purchaseorder/add/"
    form = {
        "supplier": bought.supplier().pk, "store": store.pk, "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0, "lines-0-product": bread.pk, "lines-0-ordered": "4",
        "lines-0-unit_cost": "3", "receipts-TOTAL_FORMS": 0, "receipts-INITIAL_FORMS": 0,
    }  # fmt: skip

    answer = director.post(page, {**form, field: nonsense})

    assert (answer.status_code, PurchaseOrder.objects.count()) == (200, 0)
    assert answer.context["errors"]
    assert director.get(page, {field: nonsense}).status_code == 200


def test_what_is_no_category_is_told_at_a_stocktake(store):
    director = chain.signed_in(chain.person("director", whole_chain=True))

    answer = director.post("/admin/inventory/stocktake/add/", {"categories": "NaN"})

    assert (answer.status_code, Stocktake.objects.count()) == (200, 0)


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


@pytest.mark.parametrize("unknown", [1, 3])
def test_a_write_off_put_right_brings_back_what_was_known_and_no_more(store, unknown):
    milk = chain.product()
    stock.received(store, milk, 2, 10)
    stock.received(store, milk, unknown)
    scrapped = adjustments.scrap(
        act=Act(store.pk, uuid4(), "ann", NOON),
        cause=MovementKind.DAMAGE,
        lines=[Amount(milk.pk, Decimal(2 + unknown))],
    )

    put_right = adjustments.reverse(
        adjustment_id=scrapped.pk, posting=uuid4(), by="bob", at=NOON, note="it was there"
    )

    level = stock.level(store, milk)
    assert (level.on_hand, level.costed, level.value) == (2 + unknown, 2, 20)
    assert (put_right.lines.get().unit_cost, put_right.lines.get().value) == (10, 20)
    assert not any(each.broken for each in examined())


def test_what_was_never_known_stays_unknown_when_it_comes_back(store, bread):
    milk = chain.product()
    stock.received(store, milk, 2)
    scrapped = adjustments.scrap(
        act=Act(store.pk, uuid4(), "ann", NOON),
        cause=MovementKind.LOSS,
        lines=[Amount(milk.pk, Decimal(2))],
    )
    stock.received(store, milk, 1, 10)

    adjustments.reverse(
        adjustment_id=scrapped.pk, posting=uuid4(), by="bob", at=NOON, note="it was there"
    )

    level = stock.level(store, milk)
    assert (level.on_hand, level.costed, level.value) == (3, 1, 10)


def test_the_lines_of_a_new_basket_count_against_the_quota(store, bread):
    milk, salt = chain.product(), chain.product()
    for each in (milk, salt):
        stock.received(store, each, 1)

    with pytest.raises(HoldQuotaExceeded), transaction.atomic():
        stock.hold(store, (bread, 1), (milk, 1), (salt, 1), quota=2)

    assert stock.level(store, bread).reserved == 0
    stock.hold(store, (bread, 1), (bread, 1), (milk, 1), quota=2)


def test_a_level_that_went_short_while_that_was_allowed_is_no_alarm(store, bread):
    StockPolicy.objects.create(store=store, negative="allow")
    stock.book(MovementKind.SALE, (store, bread, -14))
    StockPolicy.objects.update(negative="forbid")

    assert not any(each.broken for each in examined())

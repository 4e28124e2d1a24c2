"""The pages of the stock: they show what may be seen, and change nothing but by actions."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.messages import get_messages

from epm.access.models import Role
from epm.platform.actor import acting_as
from inventory.models import (
    Barcode,
    MovementKind,
    Reservation,
    StockLevel,
    StockMovement,
    Supplier,
)
from inventory.services import purchase_orders
from inventory.services.movements import Document, Move
from inventory.services.purchase_orders import Wanted
from tests.factories import chain, stock
from tests.factories.chain import NOON
from tests.inventory.test_proof import by_force

pytestmark = pytest.mark.django_db
LEVELS = "/admin/inventory/stocklevel/"
D = Decimal


@pytest.fixture
def paris():
    return chain.store(code="PARIS", name="Paris", timezone="Europe/Paris")


@pytest.fixture
def bread(paris):
    product = chain.product(sku="BREAD", name="Long bread")
    with acting_as("Anna"):
        stock.book(MovementKind.OPENING, (paris, product, 10, "2.25"))
        stock.book(
            MovementKind.SALE,
            (paris, product, -3),
            at=NOON + timedelta(days=1),
            document=Document("sale", "0195ec4e-0000-7000-8000-000000000001"),
        )
    return product


@pytest.fixture
def manager(paris):
    return chain.signed_in(chain.person(Role.MANAGER, stores=[paris]))


def text_of(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def card_path(store, product):
    return f"{LEVELS}{stock.level(store, product).pk}/change/"


def card(client, store, product, query=""):
    return client.get(card_path(store, product) + query).context["original"].card


def sorted_by(client, column, sign="", *, store=None):
    chosen = f"&store__id__exact={store.pk}" if store else ""
    place = client.get(f"{LEVELS}?{chosen}").context["cl"].list_display.index(column)
    page = client.get(f"{LEVELS}?o={sign}{place}{chosen}")
    return [level.product.sku for level in page.context["cl"].result_list]


class TestLevels:
    def test_are_found_by_sku_name_and_whole_barcode(self, manager, paris, bread):
        Barcode.objects.create(product=bread, code="40001")
        stock.received(paris, chain.product(sku="MILK", name="Milk"), 2)

        for term in ("brea", "long", "40001"):
            page = text_of(manager, f"{LEVELS}?q={term}")
            assert "BREAD" in page
            assert "MILK" not in page
        assert "BREAD" not in text_of(manager, f"{LEVELS}?q=4000")

    @pytest.mark.parametrize(
        ("state", "skus"),
        [
            ("out", {"GONE", "SHORT"}),
            ("negative", {"SHORT"}),
            ("missing", {"SHORT"}),
            ("unavailable", {"BROKEN"}),
        ],
    )
    def test_are_filtered_by_what_wants_a_look(self, manager, paris, bread, state, skus):
        short, gone, broken = (chain.product(sku=sku) for sku in ("SHORT", "GONE", "BROKEN"))
        stock.book(MovementKind.SALE, (paris, short, -1), forced=True)
        stock.received(paris, gone, 1)
        stock.book(MovementKind.SALE, (paris, gone, -1))
        stock.received(paris, broken, 2)
        stock.book(MovementKind.STATUS, Move(paris.pk, broken.pk, blocked=D(1), reason="damaged"))

        rows = manager.get(f"{LEVELS}?state={state}").context["cl"].result_list

        assert {level.product.sku for level in rows} == skus

    def test_fifty_cost_as_many_queries_as_one(self, manager, paris, django_assert_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        stock.received(paris, chain.product(), 1)
        manager.get(LEVELS)
        with CaptureQueriesContext(connection) as one:
            manager.get(LEVELS)
        for _number in range(20):
            stock.received(paris, chain.product(), 1)

        with django_assert_num_queries(len(one)):
            manager.get(LEVELS)
        assert not any("COUNT(" in query["sql"] for query in one.captured_queries)

    @pytest.mark.parametrize(
        ("column", "skus"),
        [
            ("here", ["FEW", "SOME", "MANY"]),
            ("free", ["MANY", "FEW", "SOME"]),
            ("worth", ["MANY", "FEW", "SOME"]),
            ("name", ["SOME", "FEW", "MANY"]),
        ],
    )
    def test_of_a_store_are_sorted_by_any_column(self, manager, paris, column, skus):
        many, few, some = (
            chain.product(sku=sku, name=sku[::-1]) for sku in ("MANY", "FEW", "SOME")
        )
        for product, quantity, cost in ((many, 9, "0.1"), (few, 2, 1), (some, 3, 2)):
            stock.received(paris, product, quantity, cost)
        blocked = Move(paris.pk, many.pk, blocked=D(8), reason="damaged")
        stock.book(MovementKind.STATUS, blocked)

        assert sorted_by(manager, column) == skus
        assert sorted_by(manager, column, "-") == skus[::-1]

    def test_of_several_stores_keep_their_order_until_one_is_chosen(self, paris):
        director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
        chain.store(code="LYON")
        for sku, quantity in (("FIRST", 5), ("SECOND", 2)):
            stock.received(paris, chain.product(sku=sku), quantity)

        assert "Choose a store in the filters" in text_of(director, LEVELS)
        assert sorted_by(director, "here") == ["FIRST", "SECOND"]
        assert sorted_by(director, "here", store=paris) == ["SECOND", "FIRST"]

    def test_value_and_costs_are_for_who_may_see_costs(self, manager, paris, bread):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[paris]))

        assert "€15.75" in text_of(manager, LEVELS)
        assert "15.75" not in text_of(cashier, LEVELS)
        assert "15.75" not in text_of(cashier, card_path(paris, bread))
        exported = b"".join(cashier.get(f"{LEVELS}export.csv").streaming_content).decode()
        assert "15.75" not in exported
        assert "BREAD" in exported

    def test_nobody_edits_them(self, paris, bread):
        director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        assert director.get(f"{LEVELS}add/").status_code == 403
        assert director.post(card_path(paris, bread), {"on_hand": 99}).status_code == 403
        assert stock.level(paris, bread).on_hand == 7


class TestTheCard:
    def test_tells_what_is_to_come_and_leads_to_documents_and_acts(self, manager, paris, bread):
        order = purchase_orders.create(
            supplier_id=Supplier.objects.create(code="MILL", name="The mill").pk,
            store_id=paris.pk, by="ann", now=NOON, lines=[Wanted(bread.pk, D(6), D(1))],
        )  # fmt: skip
        boss = chain.person(Role.DIRECTOR, whole_chain=True)
        purchase_orders.submit(order_id=order.pk, by="ann")
        purchase_orders.approve(order_id=order.pk, by="bob", approver=boss)
        purchase_orders.order(order_id=order.pk, now=NOON)
        stock.received(paris, bread, 1, document=Document("purchase_order", order.number))

        shown = card(manager, paris, bread)

        assert [(name, quantity) for name, quantity, _href in shown.coming] == [
            ("In transit", "0"), ("Ordered", "6"),
        ]  # fmt: skip
        document = shown.movements[0].document.href
        links = [shown.coming[1][2], document, *(href for _name, href in shown.acts)]
        assert [manager.get(href, follow=True).status_code for href in links] == [
            200,
            200,
            200,
            200,
        ]
        page = text_of(manager, f"/admin/inventory/product/{bread.pk}/change/")
        assert "To come" in page

    def test_tells_what_was_on_hand_by_date_too(self, manager, paris, bread):
        """Recorded last, it came between the other two."""
        stock.received(paris, bread, 4, at=NOON + timedelta(hours=1))

        shown = card(manager, paris, bread).movements

        assert [(row.movement.position, row.balance, row.by_date) for row in shown] == [
            (3, "11", "14"), (2, "7", "11"), (1, "10", "10"),
        ]  # fmt: skip

    def test_tells_movements_newest_first_with_balance_document_and_costs(
        self, manager, paris, bread
    ):
        shown = card(manager, paris, bread)

        assert [
            (row.movement.position, row.kind, row.quantity, row.balance, row.unit_cost, row.value)
            for row in shown.movements
        ] == [(2, "Sale", "\N{MINUS SIGN}3", "7", "€2.25", "\N{MINUS SIGN}€6.75"),
              (1, "Opening stock", "+10", "10", "€2.25", "€22.50")]  # fmt: skip
        assert shown.movements[0].document.href == (
            "/admin/sales/sale/0195ec4e-0000-7000-8000-000000000001/change/"
        )
        assert "Anna" in text_of(manager, card_path(paris, bread))

    def test_names_nobody_to_who_may_not_know(self, paris, bread):
        analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[paris]))

        assert "Anna" not in text_of(analyst, card_path(paris, bread))

    def test_shows_a_cashier_the_level_without_its_ledger(self, paris, bread):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[paris]))

        shown = card(cashier, paris, bread, "?prove=1")

        assert (shown.movements, shown.ledger) == ([], False)

    def test_leafs_by_number(self, manager, paris, bread, monkeypatch):
        monkeypatch.setattr("inventory.admin.stock_card.PER_PAGE", 1)

        newest = card(manager, paris, bread)
        older = card(manager, paris, bread, f"?before={newest.older}")

        assert [row.movement.position for row in newest.movements] == [2]
        assert [row.movement.position for row in older.movements] == [1]
        assert older.older is None

    def test_says_why_goods_are_unavailable_and_for_whom_they_are_held(self, manager, paris, bread):
        stock.book(MovementKind.STATUS, Move(paris.pk, bread.pk, blocked=D(2), reason="display"))
        stock.hold(paris, (bread, 1), holder="till 4")

        shown = card(manager, paris, bread)

        assert shown.unavailable == [("On display", "2")]
        assert [(quantity, holder) for quantity, holder, _until in shown.promised] == [
            ("1", "till 4")
        ]
        assert dict(shown.figures)["Available"] == "4"

    def test_draws_the_days_as_they_happened(self, manager, paris, bread, time_machine):
        stock.book(MovementKind.RECEIPT, (paris, bread, 5), at=NOON - timedelta(days=2))
        time_machine.move_to(NOON + timedelta(days=2))
        client = chain.signed_in(chain.person(Role.MANAGER, stores=[paris]))

        shown = card(client, paris, bread)

        assert (shown.chart.low, shown.chart.high) == (5, 15)
        assert shown.chart_words == (
            "On hand by day, 29 March 2025 to 2 April 2025: at least 5, at most 15"
        )
        assert shown.chart.line == "M0 104.7H400.0V6.0H600.0V35.6H800.0"

    def test_of_a_foreign_store_is_not_there(self, manager, bread):
        lyon = chain.store(code="LYON")
        stock.received(lyon, bread, 4)

        assert manager.get(card_path(lyon, bread)).status_code == 404
        assert "LYON" not in text_of(manager, LEVELS)


class TestTheProof:
    def test_of_a_sound_level(self, manager, paris, bread):
        told = card(manager, paris, bread, "?prove=1").told

        assert told.holds
        assert told.sums[:4] == [
            ("Opening stock", "10"), ("All movements since", "\N{MINUS SIGN}3"),
            ("That makes", "7"), ("On hand, as shown", "7"),
        ]  # fmt: skip
        assert "Proved:" in text_of(manager, f"{card_path(paris, bread)}?prove=1")

    def test_says_that_a_level_is_not_the_sum(self, manager, paris, bread):
        by_force("UPDATE inventory_stocklevel SET on_hand = 8")

        told = card(manager, paris, bread, "?prove=1").told

        assert not told.holds
        assert "rebuild_levels" in told.sentence

    def test_leads_to_the_first_wrong_movement(self, manager, paris, bread):
        by_force("UPDATE inventory_stockmovement SET balance = 6 WHERE position = 2")

        told = card(manager, paris, bread, "?prove=1").told

        wrong = StockMovement.objects.get(position=2)
        assert "movement number 2" in told.sentence
        assert told.bad_href == f"/admin/inventory/stockmovement/{wrong.pk}/change/"
        assert manager.get(told.bad_href).status_code == 200


class TestReservations:
    PATH = "/admin/inventory/reservation/"

    def let_go(self, client, *rows):
        return client.post(
            self.PATH, {"action": "let_go", "_selected_action": [str(row.pk) for row in rows]}
        )

    def test_a_manager_lets_go_of_what_is_held(self, manager, paris, bread):
        stock.hold(paris, (bread, 2))

        answer = self.let_go(manager, Reservation.objects.get())

        assert [str(said) for said in get_messages(answer.wsgi_request)] == [
            "1 basket was released."
        ]
        assert Reservation.objects.get().state == "released"
        assert stock.level(paris, bread).reserved == 0

    def test_a_basket_of_an_order_stays(self, manager, paris, bread):
        from inventory.services import reservations

        basket = stock.hold(paris, (bread, 2))
        reservations.commit(basket=basket, holder="till", document=Document("order", "7"))

        self.let_go(manager, Reservation.objects.get())

        assert Reservation.objects.get().state == "committed"

    def test_neither_a_foreign_one_nor_by_an_analyst(self, manager, paris, bread):
        lyon = chain.store(code="LYON")
        stock.received(lyon, bread, 4)
        stock.hold(lyon, (bread, 1))
        analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[lyon]))

        for client in (manager, analyst):
            self.let_go(client, Reservation.objects.get())

        assert Reservation.objects.get().state == "active"


def test_a_product_tells_its_stock_in_the_stores_in_sight(manager, paris, bread):
    lyon = chain.store(code="LYON")
    stock.received(lyon, bread, 4444)

    page = text_of(manager, f"/admin/inventory/product/{bread.pk}/change/")

    assert card_path(paris, bread) in page
    assert "4,444" not in page
    assert "LYON" not in page


def prices_on(client, product):
    page = client.get(f"/admin/inventory/product/{product.pk}/change/")
    assert "Price today" in page.content.decode()
    return [(row.price, row.by, row.href) for row in page.context["prices_today"].rows]


class TestAProductsPricesToday:
    def test_are_told_for_the_open_stores_in_sight_with_their_list(self, manager, paris):
        bread = chain.product(sale_price=D("3.00"))
        chain.store(code="LYON")
        listed = chain.price_list({bread: "2.5"}, code="PARIS", store=paris, name="Airport")

        assert prices_on(manager, bread) == [
            ("€2.50", "PARIS · Airport", f"/admin/inventory/pricelist/{listed.pk}/change/")
        ]

    def test_are_the_products_own_without_a_list_or_not_known(self, manager, paris):
        assert prices_on(manager, chain.product(sale_price=D(3))) == [
            ("€3.00", "the product's own price", "")
        ]
        assert prices_on(manager, chain.product(sale_price=None)) == [("–", "–", "")]

    def test_lead_nowhere_for_who_sees_no_lists(self, paris):
        bread = chain.product()
        chain.price_list({bread: "0"}, code="FREE", name="Free")
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[paris]))

        assert prices_on(cashier, bread) == [("€0.00", "FREE · Free", "")]


def test_only_a_director_says_how_a_store_keeps_its_stock(manager, paris):
    form = {"store": paris.pk, "negative": "warn"}
    path = "/admin/inventory/stockpolicy/add/"
    assert manager.post(path, form).status_code == 403

    director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    assert director.post(path, form).status_code == 302

    stock.book(MovementKind.SALE, (paris, chain.product(), -1))
    assert StockLevel.objects.get().on_hand == -1

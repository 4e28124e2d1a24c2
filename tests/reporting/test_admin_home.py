"""The back office's first page and its search, as each role meets them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from epm.access.models import Role
from epm.platform import shown
from inventory.models import ApprovalLimit, Barcode, PurchaseOrder, StockAlert, Supplier, Transfer
from inventory.services import purchase_orders
from inventory.services.purchase_orders import Wanted
from sales.models import StoreTarget
from tests.factories import chain
from tests.factories.house import house

pytestmark = pytest.mark.django_db
MOST_QUERIES = 16  # one of them for the zone of the page’s clock


def home_of(user, **wanted):
    return chain.signed_in(user).get("/admin/")


def titles(answer):
    return [chore["title"] for chore in answer.context["chores"]]


class TestHome:
    def test_of_a_store_manager_tells_her_store_and_what_it_needs(
        self, django_assert_max_num_queries
    ):
        store = chain.store(code="PAR", name="Paris")
        bread = chain.product(purchase_price=None)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        day = yesterday.date()
        StoreTarget.objects.create(store=store, month=day.replace(day=1), amount=Decimal(100_000))
        chain.sale(store=store, at=yesterday, lines=[{"product": bread, "net_ttc": "120.00"}])
        chain.product(sku="X", is_placeholder=True)
        manager = chain.signed_in(chain.person(Role.MANAGER, stores=[store]))
        manager.get("/admin/")

        with django_assert_max_num_queries(MOST_QUERIES):
            answer = manager.get("/admin/")

        figures = answer.context["figures"]
        assert [tile.value for tile in figures["tiles"]][:3] == ["€100", "€100", "€100"]
        assert [standing.name for standing in figures["standings"]] == ["Paris"]
        assert titles(answer) == ["1 product has no purchase price"]
        standing = figures["standings"][0]
        for href in (*(tile.href for tile in figures["tiles"]), standing.tickets, standing.href):
            assert "€100" in manager.get(href).content.decode(), href
        assert figures["tiles"][0].href == f"/dashboards/tickets?from={day}&to={day}"
        first, last = shown.short_day(day.replace(day=1)), shown.short_day(day)
        days = first if first == last else f"{first} – {last}"
        assert figures["tiles"][2].title == f"The month so far · {days}"

    def test_of_a_director_tells_of_the_whole_chain(self, django_assert_max_num_queries):
        house()
        chain.store(code="NEW", is_placeholder=True)
        chain.person(Role.CASHIER)
        chain.api_key(now=datetime.now(UTC))
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        with django_assert_max_num_queries(MOST_QUERIES):
            answer = client.get("/admin/")

        assert answer.status_code == 200
        assert titles(answer)[:4] == [
            "2 imported rows wait in quarantine",
            "1 store was made by an import and is to be completed",
            "1 person may see no store",
            "1 API key expires within two weeks",
        ]
        assert "2 transfers wait for one of my stores" in titles(answer)

    @pytest.mark.parametrize("role", list(Role))
    def test_of_every_role_leads_only_where_she_may_go(self, role):
        furnished = house()
        chain.product(purchase_price=None, sale_price=None, is_placeholder=True)
        client = chain.signed_in(chain.person(role, stores=[furnished["mine"]["store"]]))

        answer = client.get("/admin/")

        assert "FOREIGN" not in answer.content.decode()
        assert [
            chore["href"]
            for chore in answer.context["chores"]
            if client.get(chore["href"]).status_code != 200
        ] == []

    def test_tells_what_of_the_stock_waits_for_her_store_and_leads_to_it(self):
        paris, rome = chain.store(code="PAR"), chain.store(code="ROM")
        bread = chain.product()
        mill = Supplier.objects.create(code="MILL", name="The mill")
        soon = datetime.now(UTC) - timedelta(days=3)
        for store in (paris, rome):
            StockAlert.objects.create(
                store=store, product=bread, kind="dead", state="open", available=3, threshold=1,
                value=Decimal(21), opened_at=soon,
            )  # fmt: skip
            order = purchase_orders.create(
                supplier_id=mill.pk, store_id=store.pk, by="bob", now=soon,
                lines=[Wanted(bread.pk, Decimal(2), Decimal(1))],
            )  # fmt: skip
            purchase_orders.submit(order_id=order.pk, by="bob")
        Transfer.objects.create(key=uuid4(), source=paris, destination=rome)
        manager = chain.signed_in(chain.person(Role.MANAGER, stores=[paris]))

        chores = manager.get("/admin/").context["chores"]

        assert [chore["title"] for chore in chores] == [
            "1 transfer waits for one of my stores", "1 alert: Dead",
        ]  # fmt: skip
        ApprovalLimit.objects.create(role=Role.MANAGER, currency="EUR", amount=2)
        chores = manager.get("/admin/").context["chores"]
        assert chores[0]["title"] == "1 purchase order waits for approval"
        for chore in chores:
            assert len(manager.get(chore["href"]).context["cl"].result_list) == 1, chore
        for order in PurchaseOrder.objects.all():
            director = chain.person(Role.DIRECTOR, whole_chain=True)
            purchase_orders.approve(order_id=order.pk, by="ann", approver=director)
            purchase_orders.order(order_id=order.pk, now=soon)
        PurchaseOrder.objects.update(expected_on=soon.date())
        overdue = manager.get("/admin/").context["chores"][0]
        assert overdue["title"] == "1 delivery is overdue"
        assert len(manager.get(overdue["href"]).context["cl"].result_list) == 1

    def test_of_who_sees_no_store_says_so(self):
        answer = home_of(chain.person(Role.MANAGER))

        assert answer.status_code == 200
        assert "may not see any store yet" in answer.content.decode()

    def test_before_the_first_sale_says_so(self):
        answer = home_of(chain.person(Role.MANAGER, stores=[chain.store()]))

        assert "There are no sales yet" in answer.content.decode()


class TestSearch:
    @pytest.fixture
    def furnished(self):
        made = house()
        Barcode.objects.create(product=chain.product(sku="RYE", name="Dark rye"), code="3017620422")
        return made

    def found(self, user, term):
        answer = chain.signed_in(user).get("/admin/search/", {"s": term, "extended": "1"})
        assert answer.status_code == 200
        return [result.title for result in answer.context["results"]] if answer.context else []

    @pytest.mark.parametrize(
        ("term", "title"),
        [
            ("rye", "RYE · Dark rye"),
            ("3017620422", "RYE · Dark rye"),
            ("ark r", "RYE · Dark rye"),
            ("FOREIGN-1", "FOREIGN-1"),
            ("foreign-st", "FOREIGN-STORE · FOREIGN store"),
            ("FOREIGN-ANN", "FOREIGN Ann"),
            ("foreign-man", "FOREIGN-manager"),
            ("catego", "Categories"),
        ],
    )
    def test_of_a_director_finds_everything(self, furnished, term, title):
        assert title in self.found(chain.person(Role.DIRECTOR, whole_chain=True), term)

    @pytest.mark.parametrize("term", ["FOREIGN", "FOREIGN-1", "FOREIGN-ANN", "FOREIGN-manager"])
    def test_of_a_store_manager_finds_nothing_foreign(self, furnished, term):
        assert self.found(furnished["mine"]["person"], term) == []

    def test_of_a_store_manager_finds_her_own(self, furnished):
        assert self.found(furnished["mine"]["person"], "MINE-ANN") == ["MINE Ann"]

    def test_of_an_analyst_finds_no_customer(self, furnished):
        analyst = chain.person(Role.ANALYST, stores=[furnished["mine"]["store"]])

        assert self.found(analyst, "MINE-ANN") == []

    def test_takes_few_queries(self, furnished, django_assert_max_num_queries):
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        with django_assert_max_num_queries(12):
            client.get("/admin/search/?extended=1&s=foreign")

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("s=%00", 400),
            ("s=a%00b&extended=1", 400),
            ("s=" + "x" * 5000 + "&extended=1", 200),
            ("s=%25&extended=1", 200),
            ("s='\\&extended=1", 200),
            ("s=mine&page=x", 200),
            ("s=mine&page=99&extended=1", 200),
            ("", 200),
        ],
    )
    def test_is_never_an_error_of_ours(self, furnished, query, status):
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        assert client.get(f"/admin/search/?{query}").status_code == status

    def test_is_for_those_who_signed_in(self, client):
        assert client.get("/admin/search/?s=mine").status_code == 302

"""Suppliers and purchase orders as people work with them in the back office."""

import re
from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import (
    ApprovalLimit,
    PurchaseOrder,
    PurchaseReceipt,
    SupplierProduct,
    UnitOfMeasure,
)
from inventory.services import purchase_orders
from tests.factories import chain, purchasing, stock

pytestmark = pytest.mark.django_db
D = Decimal
ORDERS = "/admin/inventory/purchaseorder/"


@pytest.fixture
def store():
    return chain.store(code="HERE")


@pytest.fixture
def bread():
    return chain.product(sku="BREAD", name="Bread")


@pytest.fixture
def manager(store):
    return chain.person(Role.MANAGER, stores=[store])


@pytest.fixture
def client(manager):
    return chain.signed_in(manager)


def text(answer):
    return answer.content.decode()


def lines(*rows, initial=0):
    """The inline of lines as a browser sends it: dictionaries of the fields of each row."""
    sent = {
        "lines-TOTAL_FORMS": len(rows),
        "lines-INITIAL_FORMS": initial,
        "receipts-TOTAL_FORMS": 0,
        "receipts-INITIAL_FORMS": 0,
    }
    for number, row in enumerate(rows):
        sent |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return sent


def step(client, order, event, **said):
    """Open a step's form as the browser does, and send it back filled in."""
    address = f"{ORDERS}{order.pk}/step/{event}/"
    page = text(client.get(address))
    hidden = dict(re.findall(r'type="hidden" name="(key|version)" value="([^"]*)"', page))
    return client.post(address, hidden | said)


def columns(answer):
    """Of the lines on an order's page: received, rejected, incoming."""
    inline = answer.context_data["inline_admin_formsets"][0]
    page, shows = inline.opts, ("in_already", "turned_away", "to_come")
    return [
        tuple(getattr(page, name)(each.original) for name in shows)
        for each in inline
        if each.original
    ]


class TestADraft:
    def test_has_nothing_incoming(self, client, store, bread):
        order = purchasing.draft(store, (bread, 24, 2))

        assert columns(client.get(f"{ORDERS}{order.pk}/change/")) == [("0", "0", "–")]

    def test_is_for_the_only_store_she_has_and_names_its_fields(self, client, store):
        page = client.get(f"{ORDERS}add/")

        assert page.context["adminform"].form.initial["store"] == store.pk
        assert 'aria-label="Unit cost excl. tax"' in text(page)

    def test_is_written_with_its_lines_rounded_up_to_packs(self, client, manager, store, bread):
        seller = purchasing.supplier()
        purchasing.supplied(seller, bread, pack_size=6, price="2.50")

        answer = client.post(
            f"{ORDERS}add/",
            {
                "supplier": seller.pk,
                "store": store.pk,
                "note": "ring first",
                "round_up": "on",
                **lines({"product": bread.pk, "ordered": "7"}),
            },
        )

        order = PurchaseOrder.objects.get()
        assert (answer.status_code, answer.url) == (302, f"{ORDERS}{order.pk}/change/")
        assert (order.store, order.created_by, order.note) == (
            store,
            manager.username,
            "ring first",
        )
        line = order.lines.get()
        assert (line.ordered, line.unit_cost) == (12, D("2.5"))

    def test_of_a_broken_pack_is_refused_in_the_form_with_what_is_possible(
        self, client, store, bread
    ):
        seller = purchasing.supplier()
        purchasing.supplied(seller, bread, pack_size=6)

        answer = client.post(
            f"{ORDERS}add/",
            {
                "supplier": seller.pk,
                "store": store.pk,
                **lines({"product": bread.pk, "ordered": "7"}),
            },
        )

        assert re.search(r"Asked for 7; the supplier sells 12\.\s", text(answer))
        assert PurchaseOrder.objects.count() == 0

    def test_is_not_written_for_a_store_out_of_sight(self, client, bread):
        there = chain.store()

        client.post(
            f"{ORDERS}add/",
            {
                "supplier": purchasing.supplier().pk,
                "store": there.pk,
                **lines({"product": bread.pk, "ordered": "7"}),
            },
        )

        assert PurchaseOrder.objects.count() == 0

    def test_is_edited_line_by_line(self, client, store, bread):
        milk, salt = chain.product(), chain.product()
        order = purchasing.draft(store, (bread, 10, 2), (milk, 5, 1))
        first, second = order.lines.order_by("pk")

        answer = client.post(
            f"{ORDERS}{order.pk}/change/",
            {
                "note": "",
                **lines(
                    {"id": first.pk, "order": order.pk, "product": bread.pk, "ordered": "8",
                     "unit_cost": "2.00"},
                    {"id": second.pk, "order": order.pk, "product": milk.pk, "ordered": "5",
                     "unit_cost": "1.00", "DELETE": "on"},
                    {"order": order.pk, "product": salt.pk, "ordered": "3"},
                    initial=2,
                ),
            },
        )  # fmt: skip

        assert answer.status_code == 302
        rows = order.lines.order_by("pk").values_list("pk", "product", "ordered", "unit_cost")
        assert rows[0] == (first.pk, bread.pk, 8, 2)
        assert [row[1:] for row in rows][1:] == [(salt.pk, 3, None)]

    def test_of_two_tabs_takes_the_first_and_tells_the_second(self, client, store, bread):
        order = purchasing.draft(store, (bread, 10, 2))
        row = {"id": order.lines.get().pk, "order": order.pk, "product": bread.pk}
        purchase_orders.edit(
            order_id=order.pk, lines=[purchasing.wanted(bread, 8)], terms=purchase_orders.Terms()
        )

        late = client.post(
            f"{ORDERS}{order.pk}/change/",
            {"note": "late", "seen_version": 0, **lines(row | {"ordered": "9"}, initial=1)},
        )

        assert "It has changed since you opened this page." in text(late)
        assert 'value="late"' in text(late)
        assert 'value="9"' in text(late)
        order.refresh_from_db()
        assert (order.note, order.version, order.lines.get().ordered) == ("", 1, 8)

    def test_that_was_submitted_is_read_only(self, client, store, bread):
        order = purchasing.draft(store, (bread, 10, 2))
        purchase_orders.submit(order_id=order.pk, by="anna")

        page = text(client.get(f"{ORDERS}{order.pk}/change/"))
        answer = client.post(
            f"{ORDERS}{order.pk}/change/", {"note": "late", **lines()}, follow=True
        )

        assert 'name="note"' not in page
        assert "Nothing was saved: meanwhile its state is “Submitted”." in text(answer)
        order.refresh_from_db()
        assert order.note == ""

    def test_that_was_submitted_is_read_without_idle_zeros(self, client, store):
        flour = chain.product(unit=UnitOfMeasure.KILOGRAM)
        order = purchasing.draft(store, (flour, "1200.5", "2.5"))
        purchase_orders.submit(order_id=order.pk, by="anna")

        english = text(client.get(f"{ORDERS}{order.pk}/change/"))
        french = text(client.get(f"{ORDERS}{order.pk}/change/", headers={"accept-language": "fr"}))

        assert re.findall(r"[ >](\d+\.\d+)<", english) == ["1200.5", "2.50"]
        assert re.findall(r"[ >](\d+,\d+)<", french) == ["1200,5", "2,50"]


class TestASteps:
    def test_way_from_the_draft_to_a_delivery_that_comes_short(self, client, manager, store, bread):
        ApprovalLimit.objects.create(role=Role.MANAGER, currency="EUR", amount=D(100))
        milk = chain.product()
        order = purchasing.draft(store, (bread, 10, 2), (milk, 5, 1))
        first, second = order.lines.order_by("pk")
        for event in ("submit", "approve", "order"):
            assert step(client, order, event).status_code == 302

        page = text(client.get(f"{ORDERS}{order.pk}/step/receive/"))
        answer = step(
            client, order, "receive",
            **{
                f"line-{first.pk}-accepted": "6", f"line-{first.pk}-rejected": "1",
                f"line-{first.pk}-reason": "damaged", f"line-{second.pk}-accepted": "5",
                "delivery_note": "BL-77", "freight": "1.70", "split_by": "value",
            },
        )  # fmt: skip

        assert f'name="line-{first.pk}-accepted" value="10"' in page
        assert answer.status_code == 302
        order.refresh_from_db()
        receipt = PurchaseReceipt.objects.get()
        told = client.get(f"{ORDERS}{order.pk}/change/")
        assert f'href="/admin/inventory/purchasereceipt/{receipt.pk}/change/">BL-77</a>' in text(
            told
        )
        assert "€1.70" in text(told)
        assert columns(told)[:2] == [("6", "1", "4"), ("5", "0", "0")]
        assert (order.state, order.approved_by) == ("partially_received", manager.username)
        assert (receipt.delivery_note, receipt.received_by) == ("BL-77", manager.username)
        assert stock.level(store, bread).value == D("13.2")
        assert step(client, order, "close_short", reason="no flour").status_code == 302
        order.refresh_from_db()
        assert order.state == "closed"
        told = text(client.get(f"{ORDERS}{order.pk}/change/"))
        assert "no flour" in told
        assert "BL-77" in told

    def test_rejecting_without_a_reason_is_told_beside_the_line(self, client, store, bread):
        order = purchasing.ordered(store, (bread, 10, 2))
        line = order.lines.get()

        answer = step(
            client, order, "receive",
            **{f"line-{line.pk}-accepted": "6", f"line-{line.pk}-rejected": "1"},
        )  # fmt: skip

        assert "Say why goods were rejected." in text(answer)
        assert PurchaseReceipt.objects.count() == 0

    def test_approving_beyond_ones_limit_is_refused_with_why(self, client, store, bread):
        order = purchasing.draft(store, (bread, 10, 2))
        purchase_orders.submit(order_id=order.pk, by="anna")

        answer = step(client, order, "approve")

        assert "This order is beyond what your role may approve." in text(answer)
        order.refresh_from_db()
        assert order.state == "submitted"

    def test_of_a_foreign_order_is_absent(self, client, bread):
        order = purchasing.ordered(chain.store(), (bread, 10, 2))

        assert client.get(f"{ORDERS}{order.pk}/step/receive/").status_code == 404
        assert client.get(f"{ORDERS}{order.pk}/change/").status_code == 404
        assert order.number not in text(client.get(ORDERS))


class TestWhoMayWhat:
    def test_an_analyst_looks_and_learns_no_names(self, store, bread):
        order = purchasing.ordered(store, (bread, 10, 2))
        purchasing.receive(order, (bread, 4), by="rita-the-receiver")
        PurchaseOrder.objects.update(created_by="anna-the-author")
        client = chain.signed_in(chain.person(Role.ANALYST, stores=[store]))

        page = text(client.get(f"{ORDERS}{order.pk}/change/"))
        history = text(client.get(f"{ORDERS}{order.pk}/history/"))

        assert order.number in page
        for told in (page, history):
            assert "rita-the-receiver" not in told
            assert "anna-the-author" not in told
        assert client.get(f"{ORDERS}{order.pk}/step/receive/").status_code == 403
        assert client.get(f"{ORDERS}add/").status_code == 403

    @pytest.mark.parametrize("page", ["purchaseorder", "purchasereceipt", "supplier"])
    def test_a_cashier_sees_nothing_of_it(self, store, page):
        client = chain.signed_in(chain.person(Role.CASHIER, stores=[store]))

        assert client.get(f"/admin/inventory/{page}/").status_code == 403

    def test_a_manager_does_not_change_what_suppliers_ask(self, client, bread):
        row = purchasing.supplied(purchasing.supplier(), bread, price=2)
        address = f"/admin/inventory/supplierproduct/{row.pk}/change/"

        assert client.get(address).status_code == 200
        assert client.post(address, {"price": "1"}).status_code == 403
        assert SupplierProduct.objects.get().price == 2


def test_the_list_shows_no_total_while_a_cost_is_unknown(client, store, bread):
    purchasing.draft(store, (bread, 10, "123.45"))
    purchasing.draft(store, (bread, 10, "100"), (chain.product(), 1))

    page = text(client.get(ORDERS))

    assert "€1,234.50" in page
    assert "€1,000.00" not in page


def test_the_list_asks_no_more_the_more_there_is(
    client, store, bread, django_assert_max_num_queries
):
    for _each in range(3):
        purchasing.draft(store, (bread, 10, 2))
    client.get(ORDERS)
    with django_assert_max_num_queries(12):
        client.get(ORDERS)


def test_a_director_writes_a_supplier_with_what_it_sells(bread):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    answer = client.post(
        "/admin/inventory/supplier/add/",
        {
            "code": "MILL",
            "name": "The mill",
            "currency": "EUR",
            "lead_time_days": "3",
            "is_active": "on",
            "products-TOTAL_FORMS": 1,
            "products-INITIAL_FORMS": 0,
            "products-0-product": bread.pk,
            "products-0-pack_size": "6",
            "products-0-minimum_quantity": "12",
            "products-0-price": "2.10",
        },
    )

    assert answer.status_code == 302
    row = SupplierProduct.objects.get(supplier__code="MILL")
    assert (row.pack_size, row.minimum_quantity, row.price) == (6, 12, D("2.1"))
    page = client.get(f"/admin/inventory/supplierproduct/{row.pk}/change/")
    assert page.status_code == 200

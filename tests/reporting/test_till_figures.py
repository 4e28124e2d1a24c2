"""What tills sell enters the figures, and what is no sale does not."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from epm.access.models import Role
from epm.platform.calendars import Period
from reporting.kpis.registry import OF_SALES
from reporting.selectors import kpis, places, tickets
from reporting.selectors.hours import sales_by_hour
from reporting.selectors.tickets import Asked, Having
from reporting.services import facts, goods
from sales.models import Sale, Ticket
from sales.services.till.basket import Discount
from tests.factories import chain, tills
from tests.factories.ledger import correction_of, item
from tests.reporting import oracle

pytestmark = pytest.mark.django_db


@pytest.fixture
def register():
    return tills.register(store=chain.store(code="PAR", vat_regime="FR"))


@pytest.fixture
def bread(register):
    made = chain.product(sku="BREAD", sale_price=Decimal("12.00"), category=chain.category())
    return tills.stocked(register, made)


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def day_of(told):
    return Sale.objects.get(pk=told.sale_id).business_date


def only(day):
    return Period(day, day)


def figures(director, day, *codes, by=None):
    return kpis.report(principal=director, start=day, end=day, by=by, kpis=codes or OF_SALES)


def discounted(register, bread):
    """Two at 12.00 less 4.80 by hand, then one of them back."""
    told = tills.sell(
        register,
        [(bread, 2)],
        [("card", "19.20")],
        discount=Discount("goodwill", amount=Decimal("4.80")),
        role="manager",
    )
    tills.sell(register, [tills.back(told.sale_id, 1, 1)], [("card", "-9.60")])
    return told


@pytest.mark.parametrize("by", [None, "store", "category", "product", "day"])
@pytest.mark.parametrize("kept", [False, True])
def test_gross_less_discounts_and_returns_is_net(register, bread, director, by, kept):
    told = discounted(register, bread)
    day = day_of(told)
    if kept:
        facts.refresh()
        goods.keep(today=day + timedelta(days=1))

    answer = figures(
        director, day, "gross_sales", "discounts", "discounts_manual", "discount_rate", "returns",
        "net_sales", "net_sales_ttc", by=by,
    )  # fmt: skip

    expected = {
        "gross_sales": "20.00",
        "discounts": "4.00",
        "discounts_manual": "4.00",
        "discount_rate": "0.2000000000",
        "returns": "8.00",
        "net_sales": "8.00",
        "net_sales_ttc": "9.60",
    }
    assert answer.total == expected
    assert [row.kpis for row in answer.rows] == ([expected] if by else [])


def test_a_correction_takes_the_manual_discount_back(director):
    store, soap = chain.store(), chain.product()
    sale = chain.sale(store=store, lines=[item(soap, 1, "12.00", manual="1.20")])
    correction_of(sale)
    codes = ("gross_sales", "discounts_manual", "net_sales")
    assert figures(director, sale.business_date, *codes).total == dict.fromkeys(codes, "0.00")
    kept, true = oracle.facts_and_ledger()
    assert kept == set()
    facts.refresh()
    kept, true = oracle.facts_and_ledger()
    assert kept == true


def test_a_ticket_of_a_gift_card_or_a_tip_alone_is_no_transaction(register, bread, director):
    sold = tills.sell(register, [(bread, 1)], [("card", "12.00")])
    chain.sale(
        store=register.store,
        at=timezone.now(),
        business_date=day_of(sold),
        lines=[{"product": None, "net_ttc": "3.00", "kind": "tip", "tax_rate": "0"}],
    )
    chain.sale(
        store=register.store,
        at=timezone.now(),
        business_date=day_of(sold),
        lines=[{"product": None, "net_ttc": "50", "kind": "value", "tax_rate": "0"}],
    )
    day = day_of(sold)
    expected = {"net_sales": "10.00", "net_sales_ttc": "12.00", "transactions": "1"}
    for kept in (False, True):
        if kept:
            facts.refresh()
            goods.keep(today=day + timedelta(days=1))
        assert figures(director, day, *expected).total == expected
        assert figures(director, day, *expected, by="product").total == expected
    hours = sales_by_hour(register.store, period=only(day))
    assert (hours.net_ht, sum(cell.transactions for cell in hours.cells.values())) == (10, 1)
    asked = Asked(
        principal=director,
        places=places.chosen(principal=director, stores=(), regions=()),
        period=only(day),
    )
    assert [ticket.id for ticket in tickets.page(asked)] == [sold.sale_id]


def test_a_ticket_is_called_by_its_register_and_number(
    register, bread, director, django_assert_num_queries
):
    told = discounted(register, bread)
    other = tills.register(store=chain.store(code="LYO", vat_regime="FR"))
    far = tills.sell(other, [(tills.stocked(other, bread), 1)], [("card", "12.00")])
    asked = Asked(
        principal=director,
        places=places.chosen(principal=director, stores=(), regions=()),
        period=only(day_of(told)),
    )
    with django_assert_num_queries(1):
        page = tickets.page(asked)
    assert [ticket.reference for ticket in page] == ["T1-00000001", "T1-00000002", "T1-00000001"]
    assert [str(each) for each in Ticket.objects.order_by("-pk")] == [
        ticket.reference for ticket in page
    ]
    cheaper = tickets.page(Asked(asked.principal, asked.places, asked.period,
                                 having=Having.DISCOUNTS))  # fmt: skip
    assert [(ticket.id, ticket.discounts_ht) for ticket in cheaper] == [(told.sale_id, 4)]

    client = chain.signed_in(director)
    listed = client.get("/api/v1/sales").json()
    assert [row["ticket"] for row in listed["results"]] == [
        "T1-00000001",
        "T1-00000002",
        "T1-00000001",
    ]

    def leads_to(query):
        answer = client.get(f"/dashboards/tickets?{query}")
        return answer.headers.get("Location")

    def page_of(sale_id):
        return f"/dashboards/tickets/{sale_id}"

    # Two stores have such a ticket.
    assert leads_to("number=T1-00000001") is None
    assert leads_to("number=T1-00000001&store=LYO") == page_of(far.sale_id)
    assert leads_to("number=1&store=PAR") == page_of(told.sale_id)
    assert leads_to("number=1") is None
    assert leads_to("number=" + "9" * 100) is None
    local = chain.signed_in(chain.person(Role.MANAGER, stores=[other.store]))
    assert local.get("/dashboards/tickets?number=t1-1").headers["Location"] == page_of(far.sale_id)
    assert local.get("/dashboards/tickets?number=1&store=PAR").status_code == 400

    shown = client.get(page_of(told.sale_id)).content.decode()
    assert "T1-00000001" in shown
    in_admin = client.get("/admin/sales/sale/").content.decode()
    assert "T1-00000002" in in_admin
    assert (
        str(told.sale_id)
        not in client.get("/admin/sales/sale/", {"q": "T1-00000002"}).content.decode()
    )
    for search in ("T1-00000001", "9" * 5000, "-"):
        assert client.get("/admin/sales/sale/", {"q": search}).status_code == 200


def test_lines_without_a_product_are_shown(bread, director):
    card = {"product": None, "net_ttc": "25.00", "kind": "value", "tax_rate": "0"}
    sale = chain.sale(store=chain.store(), lines=[{"product": bread, "net_ttc": "12.00"}, card])
    client = chain.signed_in(director)
    page = client.get(f"/dashboards/tickets/{sale.pk}").content.decode()
    assert "Gift card or store credit" in page
    assert "outside net sales" in page
    admin = client.get(f"/admin/sales/sale/{sale.pk}/change/")
    assert admin.status_code == 200
    assert "Gift card or store credit" in admin.content.decode()
    answer = client.get(f"/api/v1/sales/{sale.pk}").json()
    assert [(line["product"], line["product_name"], line["kind"]) for line in answer["lines"]] == [
        ("BREAD", bread.name, "item"),
        (None, None, "value"),
    ]


def test_whose_card_it_was_is_for_who_sees_people(register, bread):
    told = tills.sell(register, [(bread, 1)], [("card", "12.00")])
    path = f"/api/v1/sales/{told.sale_id}"
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[register.store]))
    analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[register.store]))
    paid = {"line_no": 1, "kind": "card", "amount": "12.00"}
    assert manager.get(path).json()["tenders"] == [paid | {"reference": ""}]
    assert analyst.get(path).json()["tenders"] == [paid]

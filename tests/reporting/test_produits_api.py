from datetime import timedelta
from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import Barcode
from tests.factories import chain, stock
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def test_shows_a_product_as_head_office_looks_at_it(django_assert_num_queries):
    paris, lyon = chain.store(code="PAR"), chain.store(code="LYO")
    food = chain.category(code="FOOD", name="Food")
    bakery = chain.category(code="BAKERY", name="Bakery", parent=food)
    bread = chain.product(sku="BREAD", name="Bread", category=bakery, brand="Mill")
    Barcode.objects.create(product=bread, code="40001")
    other = chain.product()
    chain.sale(store=paris, lines=[{"product": bread, "quantity": 3, "net_ttc": "36.00"}])
    chain.sale(store=paris, lines=[{"product": bread, "quantity": -1, "net_ttc": "-12.00"}])
    chain.sale(store=lyon, lines=[{"product": bread, "net_ttc": "12.00"}])
    # outside: another product, a fee, the 31st day back, a correction takes back what it corrects
    chain.sale(store=paris, lines=[{"product": other, "net_ttc": "99.00"}])
    chain.sale(store=paris, lines=[{"product": bread, "net_ttc": "5.00", "kind": "fee"}])
    chain.sale(
        store=paris, at=NOON - timedelta(days=30), lines=[{"product": bread, "net_ttc": "7.00"}]
    )
    wrong = chain.sale(
        store=lyon, at=NOON - timedelta(days=29), lines=[{"product": bread, "net_ttc": "600.00"}]
    )
    chain.sale(
        store=lyon,
        at=NOON,
        business_date=wrong.business_date,
        is_correction=True,
        corrects=wrong,
        lines=[{"product": bread, "quantity": -1, "net_ttc": "-600.00", "is_correction": True}],
    )
    stock.received(paris, bread, 7)
    stock.hold(paris, (bread, 2))
    stock.let_end(stock.hold(paris, (bread, 1)))
    stock.received(lyon, bread, "1.5")
    client = chain.api_client()
    client.get("/api/v1/products")

    with django_assert_num_queries(5):  # the key, four of its own
        answer = client.get(f"/api/produits/{bread.pk}")

    assert answer.json() == {
        "id": bread.pk,
        "sku": "BREAD",
        "name": "Bread",
        "brand": "Mill",
        "unit": "piece",
        "is_active": True,
        "barcodes": ["40001"],
        "category_path": [
            {"id": food.pk, "code": "FOOD", "name": "Food"},
            {"id": bakery.pk, "code": "BAKERY", "name": "Bakery"},
        ],
        "sale_price": "12.00",
        "purchase_price": "5.50",
        "tax_class": "standard",
        "stock": [
            {
                "store": "LYO",
                "on_hand": "1.50",
                "reserved": "0.00",
                "unavailable": "0.00",
                "available": "1.50",
            },
            {
                "store": "PAR",
                "on_hand": "7.00",
                "reserved": "2.00",
                "unavailable": "0.00",
                "available": "5.00",
            },
        ],
        "sales_30_days": {
            "from": "2025-03-02",
            "to": "2025-03-31",
            "currency": "EUR",
            "quantity": "3.00",
            "net_ttc": "36.00",
            "net_ht": "30.00",
            "stores": [
                {
                    "store": "LYO",
                    "currency": "EUR",
                    "quantity": "1.00",
                    "net_ttc": "12.00",
                    "net_ht": "10.00",
                },
                {
                    "store": "PAR",
                    "currency": "EUR",
                    "quantity": "2.00",
                    "net_ttc": "24.00",
                    "net_ht": "20.00",
                },
            ],
        },
    }


def test_stock_and_sales_are_those_of_the_stores_one_sees():
    mine, foreign = chain.store(code="MINE"), chain.store(code="FOREIGN")
    bread = chain.product()
    for place in (mine, foreign):
        chain.sale(store=place, lines=[{"product": bread, "net_ttc": "12.00"}])
        stock.received(place, bread, 3)
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[mine]))

    answer = manager.get(f"/api/produits/{bread.pk}")

    assert answer.json()["sales_30_days"]["net_ttc"] == "12.00"
    assert [row["store"] for row in answer.json()["stock"]] == ["MINE"]
    assert "FOREIGN" not in answer.content.decode()


def test_two_currencies_have_no_sum():
    bread = chain.product()
    chain.sale(store=chain.store(code="PAR"), lines=[{"product": bread, "net_ttc": "12.00"}])
    chain.sale(
        store=chain.store(code="NYC", currency="USD"), lines=[{"product": bread, "net_ttc": "9.00"}]
    )

    recent = chain.api_client().get(f"/api/produits/{bread.pk}").json()["sales_30_days"]

    assert (recent["currency"], recent["net_ttc"], recent["net_ht"]) == (None, None, None)
    assert recent["quantity"] == "2.00"
    assert [(one["currency"], one["net_ttc"]) for one in recent["stores"]] == [
        ("USD", "9.00"),
        ("EUR", "12.00"),
    ]


def test_reads_no_month_that_cannot_hold_the_days(django_assert_num_queries):
    bread = chain.product()
    paris = chain.store()
    for months_back in range(6):
        chain.sale(
            store=paris,
            at=NOON - timedelta(days=31 * months_back),
            lines=[{"product": bread, "net_ttc": "1"}],
        )
    client = chain.api_client()

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as ran:
        client.get(f"/api/produits/{bread.pk}")
    statement = next(one["sql"] for one in ran.captured_queries if "sales_saleline" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "sales_saleline_2025_03" in plan
    assert "sales_saleline_2024_12" not in plan
    assert "sales_saleline_2025_01" not in plan


def test_a_quantity_of_nothing_is_zero_and_stock_that_never_was_is_not_told():
    bread = chain.product()

    shown = chain.api_client().get(f"/api/produits/{bread.pk}").json()

    assert Decimal(shown["sales_30_days"]["quantity"]) == 0
    assert shown["sales_30_days"]["stores"] == []
    assert shown["stock"] == []

"""From the shipped files to the API's JSON: every figure of the slice, to the cent."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import Sum

from inventory.models import Product
from reporting.services.demo import shipped
from sales.models import Customer, SaleLine, Tender
from tests.demo.conftest import expected, row_counts
from tests.factories import chain

EXPECTED = expected("expected_slice.json")
PERIOD = {"from": "2017-10-01", "to": "2017-12-31"}
FILES = (
    ("products", "products.csv.gz", "complete-journey-products"),
    ("customers", "customers.csv", "complete-journey-customers"),
    ("sales", "sale_lines.csv.gz", "complete-journey-slice-sales"),
)

pytestmark = pytest.mark.django_db


def import_slice():
    """Import the shipped files, not moved; the JSON of each account."""
    accounts = []
    for kind, name, mapping in FILES:
        out = io.StringIO()
        call_command("import_data", kind, shipped.FOLDER / name, mapping=mapping, stdout=out)
        accounts.append(json.loads(out.getvalue().splitlines()[-1]))
    return accounts


@pytest.fixture(scope="module", autouse=True)
def accounts(rolled_back):
    with rolled_back():
        yield import_slice()


def from_api(path="/api/v1/kpis", **query):
    answer = chain.api_client().get(path, {**PERIOD, **query})
    assert answer.status_code == 200, answer.content
    return answer.json()


def from_command(*arguments):
    out = io.StringIO()
    period = ("--from", PERIOD["from"], "--to", PERIOD["to"])
    call_command("kpis", *period, "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def by_key(report, code):
    return {row["key"]: row["kpis"][code] for row in report["rows"]}


def test_every_line_is_applied(accounts):
    products, customers, sales = accounts
    assert products["rows"] == {
        "read": 13594, "applied": 13594, "unchanged": 0, "quarantined": 0,
    }  # fmt: skip
    assert customers["rows"] == {"read": 188, "applied": 188, "unchanged": 0, "quarantined": 0}
    assert sales["rows"] == {
        "read": EXPECTED["lines"], "applied": EXPECTED["lines"], "unchanged": 0, "quarantined": 0,
    }  # fmt: skip
    assert sales["money"]["applied"] == EXPECTED["net_sales"]
    assert SaleLine.objects.count() == EXPECTED["lines"]


def test_the_total_through_the_api():
    total = from_api("/api/central")["total"]

    assert total["net_sales"] == EXPECTED["net_sales"]
    assert total["net_sales_ttc"] == EXPECTED["net_sales"]
    assert total["vat"] == "0.00"
    assert total["returns"] == "0.00"
    assert total["transactions"] == str(EXPECTED["baskets"])
    assert f"{Decimal(total['atv']):.6f}" == EXPECTED["avg_basket_value"]
    assert total["discounts_loyalty"] == EXPECTED["retail_disc"]
    assert total["discounts_coupon"] == EXPECTED["coupon_match_disc"]
    discounts = Decimal(EXPECTED["retail_disc"]) + Decimal(EXPECTED["coupon_match_disc"])
    assert Decimal(total["gross_sales"]) == Decimal(EXPECTED["net_sales"]) + discounts
    assert total["cost"] is None


def test_net_sales_by_store_through_consolide():
    report = from_api("/api/consolide")

    assert by_key(report, "net_sales") == EXPECTED["net_sales_by_store"]
    assert report["total"]["net_sales"] == EXPECTED["net_sales"]
    assert report["currency"] == "USD"


def test_net_sales_by_month():
    assert by_key(from_api(by="month"), "net_sales") == EXPECTED["net_sales_by_month"]


def test_net_sales_by_store_and_month():
    cells = {}
    for store in EXPECTED["net_sales_by_store"]:
        for month, net in by_key(from_api(by="month", store=store), "net_sales").items():
            if Decimal(net):
                cells[f"{store}|{month}"] = net

    assert cells == EXPECTED["net_sales_by_store_month"]


def test_customers():
    assert from_api(kpi="customers")["total"]["customers"] == str(EXPECTED["customers"])
    assert Customer.objects.filter(is_placeholder=False).count() == 188


def test_the_products_sold_and_the_first_ten():
    sold = by_key(from_api(by="product"), "net_sales")
    first_ten = sorted(sold.items(), key=lambda item: -Decimal(item[1]))[:10]

    assert len(sold) == EXPECTED["products"]
    assert [list(one) for one in first_ten] == EXPECTED["top10_products"]
    placeholders = Product.objects.filter(is_placeholder=True).count()
    assert placeholders == EXPECTED["products_without_master"]


def test_manufacturer_coupons_are_tenders():
    paid = Tender.objects.filter(kind="manufacturer_coupon").aggregate(Sum("amount"))

    assert paid["amount__sum"] == Decimal(EXPECTED["coupon_disc"])


@pytest.mark.parametrize("by", [None, "store", "region", "category", "day", "month"])
def test_the_command_tells_what_the_api_tells(by):
    told = from_command("--by", by) if by else from_command()
    words = {"by": by} if by else {}
    shown = from_api(**words, kpi=list(told["total"]))

    del told["as_of"], shown["as_of"]
    assert told == shown


def test_the_same_files_again_change_nothing():
    before = row_counts(but={"imports_importrun"})

    again = import_slice()

    assert [account["rows"]["unchanged"] for account in again] == [13594, 188, EXPECTED["lines"]]
    assert [account["rows"]["applied"] for account in again] == [0, 0, 0]
    assert row_counts(but={"imports_importrun"}) == before

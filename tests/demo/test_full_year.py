"""The full year as `make demo-full` imports it, every figure to the cent: `make test-full`.

It downloads 31 MB once and imports 1,469,307 lines, so the suite leaves it out.
"""

import hashlib
import io
import json
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Sum

from reporting.services.demo import full_year
from sales.models import SaleLine, Tender
from tests.demo.conftest import expected, load_demo
from tests.factories import chain

EXPECTED = expected("expected_full.json")
PERIOD = {"from": "2017-01-01", "to": "2017-12-31"}
NO_MASTER = "(product not in products table)"

pytestmark = [pytest.mark.django_db, pytest.mark.full]


@pytest.fixture(scope="module", autouse=True)
def said(rolled_back):
    with rolled_back():
        yield load_demo(full=True)


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


def test_the_files_are_those_the_figures_come_from():
    folder = settings.EPM_DATA / "full-year"
    hashes = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in full_year.SHA256
    }
    assert hashes == {
        name: EXPECTED["files_sha256"][name.removesuffix(".parquet")] for name in full_year.SHA256
    }


def test_every_line_is_applied(said):
    net = EXPECTED["net_sales_sum_sales_value"]

    assert f"1,469,307 rows read ({net}), 1,469,307 applied ({net}), 0 unchanged (0)" in said
    assert SaleLine.objects.count() == EXPECTED["lines"]


def test_the_total():
    total = from_api("/api/central")["total"]

    assert total["net_sales"] == EXPECTED["net_sales_sum_sales_value"]
    assert total["gross_sales"] == EXPECTED["gross_at_shelf_price"]
    assert total["discounts_loyalty"] == EXPECTED["loyalty_discount_retail_disc"]
    assert total["discounts_coupon"] == EXPECTED["coupon_match_disc"]
    assert total["transactions"] == str(EXPECTED["baskets"])
    assert f"{Decimal(total['atv']):.6f}" == EXPECTED["avg_basket_value"]
    assert from_api(kpi="customers")["total"]["customers"] == str(EXPECTED["households"])


def test_fuel_is_no_pieces():
    total = from_api("/api/central")["total"]

    assert Decimal(total["units"]) == EXPECTED["non_fuel"]["units"]
    assert f"{Decimal(total['upt']):.6f}" == EXPECTED["units_per_basket_non_fuel"]
    pieces = Decimal(total["aur"]) * Decimal(total["units"])
    assert f"{pieces:.2f}" == EXPECTED["non_fuel"]["net_sales"]


@pytest.mark.parametrize(
    "door", [lambda: from_api("/api/consolide"), lambda: from_command("--by", "store")]
)
def test_net_sales_of_all_stores(door):
    report = door()

    assert by_key(report, "net_sales") == EXPECTED["net_sales_by_store_all"]
    assert report["total"]["net_sales"] == EXPECTED["net_sales_sum_sales_value"]
    baskets = by_key(report, "transactions")
    top = EXPECTED["baskets_by_store_top10"]
    assert {store: baskets[store] for store in top} == {s: str(n) for s, n in top.items()}


def test_local_months():
    report = from_api(by="month")

    assert by_key(report, "net_sales") == EXPECTED["net_sales_by_month_local_new_york"]
    baskets = {month: str(n) for month, n in EXPECTED["baskets_by_month_local"].items()}
    assert by_key(report, "transactions") == baskets


def test_store_by_local_month():
    months = EXPECTED["net_sales_top10_stores_by_month_local"]
    found = {
        store: {
            m: net
            for m, net in by_key(from_api(by="month", store=store), "net_sales").items()
            if Decimal(net)
        }
        for store in months
    }
    assert found == months


def test_departments():
    found = by_key(from_api(by="category"), "net_sales")

    assert {key or NO_MASTER: net for key, net in found.items()} == EXPECTED[
        "net_sales_by_department"
    ]


def test_products():
    rows = from_api(by="product")["rows"]
    assert len(rows) == EXPECTED["products_sold"]
    figures = {row["key"]: row["kpis"] for row in rows}
    for product in EXPECTED["top10_products_non_fuel_value"]:
        found = figures[str(product["product_id"])]
        assert (found["net_sales"], Decimal(found["units"])) == (product["net"], product["units"])


def test_manufacturer_coupons_are_tenders():
    paid = Tender.objects.filter(kind="manufacturer_coupon").aggregate(Sum("amount"))

    assert paid["amount__sum"] == Decimal(EXPECTED["coupon_disc"])

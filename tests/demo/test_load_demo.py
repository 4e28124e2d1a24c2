"""The demo as the first `make run` loads it: moved, complete, and once."""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
import time_machine
from django.db.models import Count, F, Q, Sum
from django.test import Client, override_settings

from epm.access.models import Role, User
from epm.access.selectors.scope import stores_visible_to
from epm.organization.models import Region, Store
from epm.platform.invariants import examined
from inventory.models import (
    PriceList,
    PriceListItem,
    Product,
    StockLevel,
    StockMovement,
    StockRule,
    Supplier,
    SupplierProduct,
)
from inventory.selectors.lost_sales import lost_sales
from inventory.selectors.prices import prices_of
from inventory.selectors.replenishment import suggestions
from inventory.services import set_up, stock_alerts
from reporting.services.demo import decisions, shipped
from sales.models import SaleLine
from tests.demo.conftest import SATURDAY, SHIFT, expected, load_demo, row_counts, sale_lines
from tests.factories import chain

EXPECTED = expected("expected_slice.json")

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def said(rolled_back, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPM_DEMO_PASSWORD", "correct horse")
        with rolled_back(), override_settings(EPM_DATA=tmp_path_factory.mktemp("demo")):
            with time_machine.travel(SATURDAY, tick=False):
                said = load_demo()
            yield said


def test_says_what_is_invented_and_how_to_sign_in(said):
    assert "moved by 463 weeks to end on Sunday 2026-11-15" in said
    assert "38,608 applied (133911.16), 0 unchanged (0), 0 quarantined (0)" in said
    assert "Invented for the demo: names, regions" in said
    assert "Sale prices are what a piece was sold at most often in the real lines" in said
    assert "director, regional, manager, cashier, analyst. Password: correct horse" in said


def test_every_store_day_has_what_it_had_on_the_same_weekday():
    sold = defaultdict(Decimal)
    for line in sale_lines():
        day = date.fromisoformat(line["sold_at"][:10])
        sold[line["store_id"], day + SHIFT] += Decimal(line["sales_value"])

    found = SaleLine.objects.values_list("store__code", "business_date").annotate(
        net=Sum("net_ttc")
    )
    assert {(store, day): net for store, day, net in found} == sold
    assert max(day for _, day in sold) == date(2026, 11, 15)


def test_stores_keep_their_totals():
    client = chain.api_client()

    report = client.get(
        "/api/v1/kpis", {"from": "2026-08-16", "to": "2026-11-15", "by": "store"}
    ).json()

    totals = {row["key"]: row["kpis"]["net_sales"] for row in report["rows"]}
    assert totals == EXPECTED["net_sales_by_store"]
    assert report["total"]["net_sales"] == EXPECTED["net_sales"]
    assert report["total"]["transactions"] == str(EXPECTED["baskets"])
    assert report["total"]["target"] is not None
    assert report["total"]["attainment"] is not None


def test_the_month_it_is_loaded_in_has_a_target_to_come_up_to():
    """Its weekdays weigh what they sold: the projection by weight is not that by days."""
    codes = [
        "net_sales", "target", "attainment_to_date", "projection", "projection_linear",
        "required_per_day",
    ]  # fmt: skip
    with time_machine.travel(SATURDAY, tick=False):
        told = chain.api_client().get("/api/v1/kpis", {"period": "month", "kpi": codes}).json()

    assert told["total"] == {
        "net_sales": "20685.61",
        "target": "39670.00",
        "attainment_to_date": "1.0326009745",
        "projection": "40963.28",
        "projection_linear": "41371.22",
        "required_per_day": "1238.45",
    }


def test_costs_are_known_for_a_part():
    total = (
        chain.api_client()
        .get("/api/v1/kpis", {"from": "2026-08-16", "to": "2026-11-15"})
        .json()["total"]
    )

    with (shipped.FOLDER / "costs.csv").open(encoding="utf-8") as file:
        skus = {row["sku"] for row in csv.DictReader(file)}
    known = sum(Decimal(line["sales_value"]) for line in sale_lines() if line["product_id"] in skus)
    share = known / Decimal(EXPECTED["net_sales"])
    assert f"{Decimal(total['cost_coverage']):.6f}" == f"{share:.6f}"
    assert Product.objects.filter(purchase_price__isnull=False).count() == 8790


def test_the_sales_have_left_an_invented_stock_that_is_proved():
    """Two products that the source does not describe, and three of which one too few came."""
    held = StockLevel.objects.aggregate(
        levels=Count("pk"), out=Count("pk", filter=Q(on_hand=0)), value=Sum("value")
    )
    short = StockLevel.objects.filter(on_hand__lt=0).order_by("store__code", "product__sku")

    assert held == {"levels": 21767, "out": 6311, "value": Decimal("26021.937655")}
    assert list(short.values_list("store__code", "product__sku", "on_hand")) == [
        ("31782", "15972074", -1), ("367", "957736", -1), ("406", "1093587", -2),
        ("406", "12188000", -1), ("406", "926775", -1),
    ]  # fmt: skip
    assert StockLevel.objects.filter(unavailable__gt=0).count() == 16
    assert not StockLevel.objects.filter(store__code="361").exclude(on_hand=0).exists()
    sold = SaleLine.objects.filter(quantity__gt=0).aggregate(sold=Sum("quantity"))["sold"]
    left = StockMovement.objects.filter(kind="sale").aggregate(left=Sum("quantity"))["left"]
    assert left == -sold
    assert [finding.first for finding in examined() if finding.broken] == []


def test_sale_prices_are_those_most_often_paid_in_the_real_lines():
    """Of a piece, before discounts; what was never sold for money, and fuel, has none."""
    paid = defaultdict(Counter)
    for line in sale_lines():
        parts = (line["sales_value"], line["retail_disc"], line["coupon_match_disc"])
        if (shelf := sum(map(Decimal, parts))) and (pieces := int(line["quantity"])):
            price = (shelf / pieces).quantize(Decimal("0.01"), ROUND_HALF_UP)
            paid[line["product_id"]][price] += 1

    priced = dict(Product.objects.filter(sale_price__isnull=False).values_list("sku", "sale_price"))
    assert len(priced) == 13549
    for sku, price in priced.items():
        assert paid[sku][price] == max(paid[sku].values()), sku
    assert (priced["995242"], priced["1126899"]) == (Decimal("1.89"), Decimal("2.79"))
    priceless = Product.objects.filter(sale_price__isnull=True)
    assert priceless.filter(is_placeholder=True).count() == EXPECTED["products_without_master"]
    assert priceless.filter(unit="l").count() == Product.objects.filter(unit="l").count() == 5


def test_four_invented_suppliers_supply_most_of_it():
    supplied = SupplierProduct.objects.order_by("supplier__code").values_list("supplier__code")

    assert list(supplied.annotate(products=Count("pk"), lead=F("supplier__lead_time_days"))) == [
        ("DEPOT", 8160, 4),
        ("FIELD", 572, 2),
        ("RANGE", 937, 3),
        ("WELL", 3196, 7),
    ]
    assert not SupplierProduct.objects.filter(is_preferred=False).exists()
    packs = SupplierProduct.objects.order_by("pack_size").values_list("pack_size")
    assert list(packs.annotate(Count("pk"))) == [(1, 12425), (6, 399), (12, 41)]
    assert (
        not SupplierProduct.objects.exclude(price=F("product__purchase_price"))
        .exclude(price__isnull=True, product__purchase_price__isnull=True)
        .exists()
    )


def test_the_promotion_holds_in_its_store_on_the_day_it_is_loaded():
    milk = Product.objects.get(sku="995242")
    here, elsewhere = Store.objects.get(code="367"), Store.objects.get(code="406")

    (held,) = prices_of([milk.pk], here.pk, SATURDAY.date())
    (other,) = prices_of([milk.pk], elsewhere.pk, SATURDAY.date())

    assert (held.price, held.by.code, other.price) == (Decimal("1.59"), "DEMO-367", milk.sale_price)
    assert (held.by.starts_on, held.by.ends_on) == (date(2026, 11, 16), date(2026, 11, 29))
    assert PriceListItem.objects.count() == 6
    assert not PriceListItem.objects.filter(price__gte=F("product__sale_price")).exists()


def test_shortages_have_money_and_there_is_somebody_to_order_from():
    director = User.objects.get(username="director")
    stock_alerts.refresh(now=SATURDAY, everything=True)

    found = lost_sales(
        principal=director, first=date(2026, 10, 19), last=date(2026, 11, 15), most=None
    )
    routes = Counter(one.route for one in suggestions(principal=director))

    units = [one for one in found.rows if one.quantity is not None]
    assert (found.count, len(units), sum(one.sales is None for one in units)) == (4043, 3806, 0)
    assert routes == {"order": 4911, "transfer": 926, "none": 387}
    milk = StockRule.objects.get()
    assert (str(milk), milk.minimum, milk.maximum) == ("whole chain · FLUID MILK PRODUCTS", 2, 8)


def test_what_somebody_decided_stays():
    """Made again, as by a load that was killed, nothing of it changes."""
    logs = {"platform_change", "reporting_stockchange"}
    before = row_counts(but=logs)
    own = SupplierProduct.objects.filter(supplier__code="FIELD").first()
    other = SupplierProduct.objects.create(
        supplier=Supplier.objects.get(code="WELL"), product=own.product
    )
    SupplierProduct.objects.filter(pk=own.pk).update(is_preferred=False)
    PriceList.objects.update(name="Ours")
    StockRule.objects.update(minimum=5)

    decisions.make_missing(shift_days=SHIFT.days)

    assert not SupplierProduct.objects.filter(pk__in=[own.pk, other.pk], is_preferred=True).exists()
    assert PriceList.objects.get().name == "Ours"
    assert StockRule.objects.get().minimum == 5
    other.delete()
    set_up.prefer_only_suppliers(by="demo")
    own.refresh_from_db()
    assert own.is_preferred
    assert row_counts(but=logs) == before


def test_what_is_invented_is_named_so():
    for named in (Store, Region, Supplier, PriceList):
        assert all(name.endswith("(demo)") for name in named.objects.values_list("name", flat=True))


def test_a_login_for_each_role():
    valley = Store.objects.filter(region__code="VALLEY")
    seen = {
        user.username: (user.role, set(stores_visible_to(user)))
        for user in User.objects.filter(is_demo=True, is_staff=True, is_superuser=False)
    }

    everywhere, home = set(Store.objects.all()), {Store.objects.get(code="367")}
    assert seen == {
        "director": (Role.DIRECTOR, everywhere),
        "regional": (Role.REGIONAL, set(valley)),
        "manager": (Role.MANAGER, home),
        "cashier": (Role.CASHIER, home),
        "analyst": (Role.ANALYST, everywhere),
    }
    assert Client().login(username="cashier", password="correct horse")


def test_a_month_later_it_changes_nothing_and_says_so():
    before = row_counts()

    with time_machine.travel(SATURDAY + timedelta(days=30)):
        said = load_demo()

    assert "The demo is loaded already; nothing has changed." in said
    assert row_counts() == before


def test_at_the_next_start_it_is_silent():
    before = row_counts()

    assert load_demo(if_empty=True) == ""
    assert row_counts() == before

"""The demo as the first `make run` loads it: moved, complete, and once."""

import csv
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db.models import Count, Q, Sum
from django.test import Client, override_settings

from epm.access.models import Role, User
from epm.access.selectors.scope import stores_visible_to
from epm.organization.models import Region, Store
from epm.platform.invariants import examined
from inventory.models import Product, StockLevel, StockMovement
from reporting.services.demo import shipped
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


def test_what_is_invented_is_named_so():
    assert all(name.endswith("(demo)") for name in Store.objects.values_list("name", flat=True))
    assert all(name.endswith("(demo)") for name in Region.objects.values_list("name", flat=True))


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

"""The doctor finds what is ill, names it, and finds nothing where nothing is."""

import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.module_loading import import_string

from reporting.models import (
    StoreDay,
    StoreDayCategory,
    StoreMonthCategory,
    StoreMonthProduct,
)
from reporting.services import facts, goods
from sales.models import StoreTarget
from tests.factories import chain, ledger
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy():
    store = chain.store(code="PAR")
    product = chain.product(sku="BREAD", category=chain.category(code="FOOD"))
    sold = chain.sale(store=store, lines=[ledger.item(product, 1, "12.00", shelf="1.00", cost=4)])
    ledger.correction_of(sold)
    back = [ledger.item(product, -1, "-12.00")]
    chain.sale(store=store, lines=back, is_pure_return=True)
    StoreTarget.objects.create(store=store, month=date(2025, 3, 1), amount=Decimal("100.00"))
    facts.refresh()
    goods.keep(today=date(2025, 5, 1))
    return sold


def examine():
    """The exit status, and the codes of the broken laws with the first row that breaks each."""
    out = io.StringIO()
    status = 0
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as exit_:
        status = exit_.code
    told = json.loads(out.getvalue())
    assert told["ok"] is (status == 0)
    return status, {one["code"]: one["first"] for one in told["invariants"] if one["broken"]}


def force(statement, *parameters):
    """Write what the laws in the database forbid."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sales_sale DISABLE TRIGGER sale_append_only")
        cursor.execute("ALTER TABLE sales_saleline DISABLE TRIGGER sale_line_append_only")
        cursor.execute(statement, parameters)


def test_finds_nothing_in_a_healthy_house(healthy):
    assert examine() == (0, {})


def test_says_each_law_in_a_line_of_its_own(healthy):
    out = io.StringIO()

    call_command("doctor", stdout=out)

    lines = out.getvalue().splitlines()
    assert len(lines) == sum(len(import_string(path)) for path in settings.EPM_INVARIANTS)
    assert all(line.startswith("ok    ") for line in lines)


def test_a_fact_that_is_behind_is_no_illness_when_a_mark_says_so(healthy):
    chain.sale(store=healthy.store, lines=[ledger.item(chain.product(), 1, "12.00")])

    assert examine() == (0, {})


def test_names_the_fact_that_differs(healthy):
    StoreDay.objects.update(units=99)

    status, broken = examine()

    assert status == 1
    assert broken == {
        "reporting/facts": "PAR 2025-03-31: fact -10.000, ledger -10.000 net excl. tax"
    }


def test_names_the_fact_that_is_missing(healthy):
    StoreDay.objects.all().delete()

    assert examine()[1] == {
        "reporting/facts": "PAR 2025-03-31: fact , ledger -10.000 net excl. tax"
    }


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("sales/totals", "UPDATE sales_sale SET total_ttc = 1, total_ht = 1, total_vat = 0"),
        (
            "sales/lines-repeat-their-sale",
            "UPDATE sales_saleline SET sold_at = sold_at + interval '1 microsecond'",
        ),
        (
            "sales/keys-carry-the-time",
            "UPDATE sales_sale SET sold_at = sold_at + interval '1 hour'",
        ),
        ("sales/business-date-window", "UPDATE sales_sale SET business_date = '2025-03-20'"),
        ("sales/currency", "UPDATE sales_sale SET currency = 'CHF'"),
        ("sales/pure-returns", "UPDATE sales_sale SET is_pure_return = NOT is_pure_return"),
        (
            "sales/corrections",
            "UPDATE sales_sale SET business_date = '2025-03-30' WHERE is_correction",
        ),
        ("sales/target-days", "UPDATE sales_storedaytarget SET amount = amount + 1"),
        ("inventory/price-history", "UPDATE inventory_pricechange SET new = new + 1"),
    ],
)
def test_finds_each_illness(healthy, code, statement):
    force(statement)

    status, broken = examine()

    assert status == 1
    assert broken[code]


def test_finds_a_category_that_lies_within_itself(healthy):
    loop = chain.category(code="LOOP")
    loop.parent = chain.category(code="POOL", parent=loop)
    loop.save()

    assert examine() == (1, {"inventory/category-tree": "LOOP: lies within itself"})


def test_a_bucket_on_another_day_is_found(healthy):
    """The facts of a day the ledger does not know."""
    fact = StoreDay.objects.get()
    fact.day = NOON.date() + timedelta(days=9)
    fact.save(force_insert=True)

    assert examine()[1] == {
        "reporting/facts": "PAR 2025-04-09: fact -10.000, ledger  net excl. tax"
    }


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (StoreMonthProduct, ("reporting/goods-month-product", "PAR 2025-03-01: product_id ")),
        (StoreMonthCategory, ("reporting/goods-month-category", "PAR 2025-03-01: category_id ")),
        (StoreDayCategory, ("reporting/goods-day-category", "PAR 2025-03-31: category_id ")),
    ],
)
def test_names_what_is_kept_of_goods_and_differs_until_it_is_rebuilt(healthy, model, said):
    model.objects.update(net_ht=99)

    code, first = said
    status, broken = examine()
    assert status == 1
    assert set(broken) == {code}
    assert broken[code].startswith(first)
    assert broken[code].endswith(": fact 99.000, ledger -10.000 net excl. tax")

    call_command("refresh_views", "--rebuild-facts", stdout=io.StringIO())
    assert examine() == (0, {})

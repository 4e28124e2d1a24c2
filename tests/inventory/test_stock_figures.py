"""Ageing, classes and lost sales, to the exact figure."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from epm.access.models import Role
from epm.access.selectors.scope import EVERYTHING
from inventory.models import MovementKind, StockAlert, StockNeed
from inventory.selectors import ageing, classes, lost_sales
from inventory.selectors import demand as asked
from inventory.services import stock_alerts
from sales.models import TaxClass, TaxRate
from tests.factories import chain, demand, stock

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2025, 3, 31)


class Everybody:
    """A program with all rights."""

    is_authenticated = True
    scope = EVERYTHING
    scopes = frozenset({"read"})


def ago(days):
    return TODAY - timedelta(days=days)


def refreshed():
    stock_alerts.refresh(now=demand.at(TODAY))


@pytest.fixture
def vat():
    TaxRate.objects.create(
        tax_class=TaxClass.objects.get_or_create(code="standard")[0],
        regime="TEST", rate=D("0.2"), valid_from=date(2020, 1, 1),
    )  # fmt: skip


@pytest.fixture
def store(vat):
    return chain.store(timezone="UTC", vat_regime="TEST")


def trading(store, *, since):
    """Something else sells every day."""
    other = chain.product(sku=f"Z-{store.pk}")
    demand.received(store, other, 1000, ago(since))
    demand.sold_daily(store, other, [1] * since, first=ago(since))


def ages(**how):
    found = ageing.ageing(principal=Everybody, today=TODAY, **how)
    return [(each.from_days, each.to_days, each.quantity, each.value) for each in found]


def test_what_is_left_is_of_the_latest_receipts_in_each_bucket(store, bread):
    for days in (400, 365, 181, 180, 91, 90, 31, 30, 0):
        demand.received(store, bread, 10, ago(days), cost=2)
    demand.sold(store, bread, 4, TODAY)  # of the oldest
    refreshed()

    assert ages() == [
        (0, 30, 20, 40), (31, 90, 20, 40), (91, 180, 20, 40), (181, 365, 20, 40),
        (366, None, 6, 12),
    ]  # fmt: skip


def test_what_no_receipt_accounts_for_is_of_unknown_age_and_without_cost_of_unknown_value(
    store, bread
):
    demand.received(store, bread, 3, ago(10))
    stock.book(MovementKind.COUNT, (store, bread, 2), at=demand.at(ago(1)))
    refreshed()

    assert ages() == [(0, 30, 3, None), (None, None, 2, None)]


def test_ages_sum_to_the_value_of_the_stock_at_its_average_cost(store, bread):
    demand.received(store, bread, 10, ago(100), cost=5)
    demand.received(store, bread, 10, ago(1), cost=7)
    demand.sold(store, bread, 5, TODAY)
    refreshed()

    assert ages() == [(0, 30, 10, 60), (91, 180, 5, 30)]
    assert stock.level(store, bread).value == 90


def test_ages_of_one_product_are_told_by_store(store, bread):
    demand.received(store, bread, 10, ago(100), cost=5)
    demand.received(store, chain.product(), 1, ago(1))
    refreshed()

    found = ageing.ageing_of_products(principal=Everybody, today=TODAY, product_ids=[bread.pk])
    assert [(each.store_id, each.product_id, each.from_days, each.quantity) for each in found] == [
        (store.pk, bread.pk, 91, 10)
    ]


def test_abc_keeps_the_item_that_crosses_a_line_in_the_upper_class_and_ties_by_sku():
    """Of 100: before a 0, b 50, c 79.99…, d 80, e 95 and f 97.5."""
    figures = [("a", 50), ("b", 30), ("d", 7), ("c", 8), ("f", "2.5"), ("e", "2.5")]
    assert classes.abc_of((sku, D(amount)) for sku, amount in figures) == {
        "a": "A", "b": "A", "c": "B", "d": "B", "e": "C", "f": "C",
    }  # fmt: skip
    crossing = [("a", 79), ("b", 15), ("c", 1), ("d", 5)]
    assert classes.abc_of((sku, D(amount)) for sku, amount in crossing) == {
        "a": "A", "b": "A", "d": "B", "c": "C",
    }  # fmt: skip
    assert classes.abc_of([("y", D(10)), ("x", D(10))]) == {"x": "A", "y": "A"}
    assert classes.abc_of([("y", D(1)), ("x", D(1)), ("w", D(8))]) == {
        "w": "A", "x": "B", "y": "B",
    }  # fmt: skip


def test_abc_of_nothing_or_less_is_c_and_of_what_is_not_known_is_no_class():
    assert classes.abc_of([("a", D(10)), ("b", D(0)), ("c", D(-5)), ("d", None)]) == {
        "a": "A", "b": "C", "c": "C", "d": None,
    }  # fmt: skip


def class_of(product):
    found = classes.classes(principal=Everybody, today=TODAY)
    return next(each for each in found if each.product_id == product.pk)


def test_the_margin_is_what_was_sold_at_todays_price_less_what_it_cost(store, bread):
    """3 sold, 1 back, at 10.00 excl. tax and a cost of 4.00."""
    demand.received(store, bread, 10, ago(20), cost=4)
    demand.sold(store, bread, 3, ago(10))
    demand.returned(store, bread, 1, ago(9))
    demand.sold(store, bread, 1, TODAY)  # a day that is not over
    refreshed()

    assert (class_of(bread).margin, class_of(bread).abc) == (12, "A")


def test_a_margin_without_a_cost_is_unknown_and_no_class(store, bread):
    demand.received(store, bread, 10, ago(20))
    demand.sold(store, bread, 3, ago(10))
    refreshed()

    assert (class_of(bread).margin, class_of(bread).abc) == (None, None)


@pytest.mark.parametrize(
    ("weekly", "variation", "xyz"),
    [
        ([10] * 10, D(0), "X"),
        ([1, 3] * 5, D("0.5"), "X"),
        ([0, 2] * 5, D("1"), "Y"),
        ([0, 0, 0, 0, 5] * 2, D("2"), "Z"),
        ([1, 3, 1, 3, 1, 3, 1], None, None),
        ([0] * 10, None, None),
    ],
)
def test_xyz_is_the_deviation_of_weekly_units_zeros_kept(store, bread, weekly, variation, xyz):
    """31 March 2025 is a Monday: whole weeks end the day before."""
    first = ago(7 * len(weekly))
    demand.received(store, bread, 1000, first)
    for number, units in enumerate(weekly):
        if units:
            demand.sold(store, bread, units, first + timedelta(days=7 * number + 2))
    refreshed()

    found = class_of(bread)
    assert (found.weeks, found.xyz) == (len(weekly), xyz)
    if len(weekly) >= 8:
        assert found.variation == variation


def test_xyz_leaves_weeks_out_in_which_the_product_was_out_of_stock(store, bread):
    """Ten weeks of 10; in the next two there was none; then one more week."""
    first = ago(7 * 13)
    demand.received(store, bread, 100, first)
    demand.sold_daily(store, bread, [10, 0, 0, 0, 0, 0, 0] * 9 + [0] * 6 + [10], first=first)
    demand.received(store, bread, 100, ago(7))
    demand.sold(store, bread, 10, ago(6))
    trading(store, since=100)
    refreshed()

    found = class_of(bread)
    assert (found.weeks, found.variation, found.xyz) == (11, 0, "X")


def lost(**how):
    words = {"principal": Everybody, "first": ago(10), "last": ago(1), **how}
    return lost_sales.lost_sales(**words).rows


def test_lost_sales_are_days_out_by_daily_sales_by_what_a_unit_brings(store, bread):
    """3 a day for 20 days, then 10 days without: 10 × 3 × 0.7 = 21 units at 10.00, cost 4.00."""
    trading(store, since=60)
    demand.received(store, bread, 60, ago(30), cost=4)
    demand.sold_daily(store, bread, [3] * 20, first=ago(30))
    refreshed()

    [found] = lost()
    assert (found.out_days, found.first_day, found.ads) == (10, ago(10), 3)
    assert (found.quantity, found.sales, found.margin) == (21, 210, 126)
    assert (found.donor_id, found.order_by) == (None, None)
    [whole] = lost(substitution=D(0))
    assert (whole.quantity, whole.sales) == (30, 300)


def test_lost_sales_and_classes_are_of_the_very_price_where_taxes_are_added_to_it():
    """Montréal: 10 × 3 × 0.7 = 21 units at 100.00 CAD before GST and QST, cost 60.00."""
    montreal = chain.store(timezone="UTC", vat_regime="CA-QC", currency="CAD")
    coat = chain.product(sku="COAT", sale_price=D(100), purchase_price=D(60))
    trading(montreal, since=60)
    demand.received(montreal, coat, 60, ago(30), cost=60)
    demand.sold_daily(montreal, coat, [3] * 20, first=ago(30))
    refreshed()

    [found] = lost()
    assert (found.quantity, found.sales, found.margin) == (21, 2100, 840)
    [kind] = [each for each in classes.classes(principal=Everybody, today=TODAY)
              if each.sku == "COAT"]  # fmt: skip
    assert kind.margin == 60 * (100 - 60)
    alert = StockAlert.objects.get(product=coat, kind="out")
    assert alert.lost_per_day == D(3) * 100 * D("0.7")


def test_lost_sales_rank_by_money_and_unknown_money_comes_last(store):
    trading(store, since=60)
    cheap, dear, unpriced = (
        chain.product(sale_price=D(6)), chain.product(sale_price=D(60)),
        chain.product(sale_price=None),
    )  # fmt: skip
    for product in (cheap, dear, unpriced):
        demand.received(store, product, 20, ago(30), cost=1)
        demand.sold_daily(store, product, [1] * 20, first=ago(30))
    refreshed()

    assert [(each.product_id, each.quantity, each.sales, each.margin) for each in lost()] == [
        (dear.pk, 7, 350, 343), (cheap.pk, 7, 35, 28), (unpriced.pk, 7, None, None),
    ]  # fmt: skip
    first = lost_sales.lost_sales(principal=Everybody, first=ago(10), last=ago(1), most=1)
    assert [each.product_id for each in first.rows] == [dear.pk]
    assert (first.count, first.out_days) == (3, 30)
    assert (first.sales, first.with_sales, first.margin, first.with_margin) == (385, 2, 371, 2)


def test_lost_sales_of_a_category_are_of_its_products_alone(store, bread):
    trading(store, since=60)
    shelf = chain.category()
    cake = chain.product(category=shelf, sale_price=D(6))
    for product in (bread, cake):
        demand.received(store, product, 20, ago(30), cost=1)
        demand.sold_daily(store, product, [1] * 20, first=ago(30))
    refreshed()

    assert [each.product_id for each in lost(category_ids=[shelf.pk])] == [cake.pk]
    assert lost(category_ids=[]) == []


def test_lost_sales_of_unknown_demand_say_so(store, bread):
    trading(store, since=60)
    demand.received(store, bread, 6, ago(13))
    demand.sold_daily(store, bread, [2] * 3, first=ago(13))
    refreshed()

    [found] = lost()
    assert (found.out_days, found.ads, found.quantity, found.sales) == (10, None, None, None)


def test_who_sees_no_costs_sees_no_margin(store, bread):
    trading(store, since=60)
    demand.received(store, bread, 60, ago(30), cost=4)
    demand.sold_daily(store, bread, [3] * 20, first=ago(30))
    refreshed()

    [found] = lost(principal=chain.person(Role.CASHIER, stores=[store]))
    assert (found.sales, found.margin) == (210, None)


def test_the_store_that_had_most_to_spare_is_named_but_none_out_of_sight(store, bread):
    elsewhere = chain.store(timezone="UTC", vat_regime="TEST")
    for one in (store, elsewhere):
        trading(one, since=60)
        demand.received(one, bread, 60 if one == store else 160, ago(30), cost=4)
        demand.sold_daily(one, bread, [3] * 20, first=ago(30))
    refreshed()

    found = next(each for each in lost() if each.store_id == store.pk)
    # 100 left there; ADS and σ over 28 days of which 20 sold: see the need of the store.
    need = StockNeed.objects.get(store=elsewhere, product=bread)
    assert (found.donor_id, found.spare) == (elsewhere.pk, 100 - need.reorder_point)
    [mine] = lost(principal=chain.person(stores=[store]))
    assert (mine.donor_id, mine.spare) == (None, None)


def test_the_rate_of_stock_outs_is_days_out_of_days_ranged(store, bread):
    trading(store, since=60)
    demand.received(store, bread, 60, ago(30))
    demand.sold_daily(store, bread, [3] * 20, first=ago(30))
    refreshed()

    [found] = asked.out_of_stock(principal=Everybody, first=ago(20), last=ago(1))
    assert (found.out_days, found.ranged_days, found.rate) == (10, 40, D("0.25"))


def test_estimated_lost_sales_are_within_ten_percent_of_the_truth(store):
    """Twelve products whose true demand is known to the unit, each out for a while of its own.

    The shelf sees what is asked for until it is empty; what is asked for then is lost.
    """
    trading(store, since=90)
    truth = {}
    for number in range(12):
        product, base = chain.product(), 2 + number % 4
        wanted = [base + (day * 7 + number * 3) % 3 for day in range(60)]
        empty_from, empty_days = 30 + number, 6 + number % 5
        there = wanted[:empty_from]
        demand.received(store, product, sum(there), ago(60), cost=1)
        demand.sold_daily(store, product, there, first=ago(60))
        back = empty_from + empty_days
        demand.received(store, product, 1000, ago(60 - back), cost=1)
        demand.sold_daily(store, product, wanted[back:], first=ago(60 - back))
        truth[product.pk] = sum(wanted[empty_from:back])
    refreshed()

    found = lost(first=ago(60), last=ago(1), substitution=D(0))
    estimated = {each.product_id: each.quantity for each in found}
    assert estimated.keys() == truth.keys()
    errors = [abs(estimated[key] - truth[key]) / truth[key] for key in truth]
    assert sum(errors) / len(errors) <= D("0.10")

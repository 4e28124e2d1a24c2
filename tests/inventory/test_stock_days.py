"""The ledger by the day, and the demand in it: average daily sales on in-stock trading days."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from epm.organization.models import StoreClosure
from epm.platform.invariants import examined
from inventory.models import MovementKind, StockDay, StockNeed
from inventory.services import stock_alerts
from inventory.services.movements import Move
from tests.factories import chain, demand, stock

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2025, 3, 31)
NOW = demand.at(TODAY)


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture
def store():
    return chain.store(timezone="UTC")


def refreshed(**how):
    return stock_alerts.refresh(now=NOW, **how)


def days_of(store, product):
    rows = StockDay.objects.filter(store=store, product=product).order_by("day")
    names = ("day", "on_hand", "sellable", "sold", "returned", "received", "in_stock")
    return list(rows.values_list(*names))


def need_of(store, product):
    return StockNeed.objects.get(store=store, product=product)


def demand_of(store, product):
    need = need_of(store, product)
    return need.days, need.ads, need.sigma


def test_days_hold_what_moved_and_what_was_left(store, bread):
    demand.received(store, bread, 10, ago(5), cost=2)
    demand.sold(store, bread, 3, ago(5))
    demand.returned(store, bread, 1, ago(3))
    refreshed()

    assert days_of(store, bread) == [
        (ago(5), 7, 7, 3, 0, 10, True),
        (ago(3), 8, 8, 0, 1, 0, True),
    ]
    first = StockDay.objects.earliest("day")
    assert (first.cost, first.costed) == (D("6.000000"), D("3.000"))


def test_a_late_movement_is_put_where_it_belongs_and_those_after_it_shift(store, bread):
    demand.received(store, bread, 10, ago(5))
    demand.sold(store, bread, 10, ago(2))
    refreshed()
    demand.received(store, bread, 4, ago(4))
    refreshed()

    assert [(day, left) for day, left, *_ in days_of(store, bread)] == [
        (ago(5), 10), (ago(4), 14), (ago(2), 4),
    ]  # fmt: skip


def test_a_second_refresh_and_a_rebuild_change_nothing(store, bread):
    demand.received(store, bread, 10, ago(9))
    demand.sold_daily(store, bread, [1, 0, 2, 0, 3], first=ago(8))
    refreshed()
    before = days_of(store, bread), demand_of(store, bread)

    refreshed(everything=True)
    assert (days_of(store, bread), demand_of(store, bread)) == before
    stock_alerts.rebuild(store_id=store.pk)
    assert not StockDay.objects.exists()
    refreshed()
    assert (days_of(store, bread), demand_of(store, bread)) == before


def test_goods_out_of_sale_are_not_in_stock(store, bread):
    demand.received(store, bread, 5, ago(4))
    stock.book(
        MovementKind.STATUS,
        Move(store.pk, bread.pk, blocked=D(5), reason="quality"),
        at=demand.at(ago(3)),
    )
    stock.book(
        MovementKind.STATUS,
        Move(store.pk, bread.pk, blocked=D(-5), reason="quality"),
        at=demand.at(ago(1)),
    )
    refreshed()

    assert [(day, sellable, there) for day, _, sellable, *_, there in days_of(store, bread)] == [
        (ago(4), 5, True), (ago(3), 0, True), (ago(1), 5, True),
    ]  # fmt: skip


def test_demand_is_net_units_by_in_stock_trading_days_zeros_included(store, bread):
    """Ten days: 20 sold, one came back, none on four of them."""
    demand.received(store, bread, 100, ago(11))
    demand.sold_daily(store, bread, [4, 0, 4, 0, 4, 0, 4, 0, 4], first=ago(10))
    demand.returned(store, bread, 1, ago(1))
    other = chain.product()  # the store trades every day
    demand.received(store, other, 100, ago(60))
    demand.sold_daily(store, other, [1] * 59, first=ago(60))
    refreshed()

    # 11 days: 100 came 11 days ago. Net 19; squares 5·16 + 1.
    days, ads, sigma = demand_of(store, bread)
    assert (days, ads) == (11, D("1.727273"))
    assert sigma == round((D(81) / 11 - (D(19) / 11) ** 2).sqrt(), 6)


def test_days_without_stock_do_not_dilute_demand(store, bread):
    """Two a day for ten days, then nothing left for ten days."""
    demand.received(store, bread, 20, ago(20))
    demand.sold_daily(store, bread, [2] * 10, first=ago(20))
    other = chain.product()
    demand.received(store, other, 100, ago(60))
    demand.sold_daily(store, other, [1] * 60, first=ago(60))
    refreshed()

    assert demand_of(store, bread) == (10, 2, 0)


def test_the_last_28_in_stock_days_count_and_no_earlier_one(store, bread):
    demand.received(store, bread, 1000, ago(70))
    demand.sold_daily(store, bread, [9] * 40 + [1] * 28, first=ago(68))
    refreshed()

    assert demand_of(store, bread) == (28, 1, 0)


def test_days_that_a_store_does_not_trade_on_do_not_count(store, bread):
    """Shut on Sundays, and for a week; 31 March 2025 is a Monday."""
    StoreClosure.objects.create(store=store, first_day=ago(14), last_day=ago(8))
    demand.received(store, bread, 1000, ago(84))
    for back in range(84, 0, -1):
        day = ago(back)
        if day.isoweekday() != 7 and not 8 <= back <= 14:
            demand.sold(store, bread, 3, day)
    refreshed()

    assert demand_of(store, bread) == (28, 3, 0)


def test_demand_of_fewer_than_seven_days_is_unknown(store, bread):
    demand.received(store, bread, 100, ago(6))
    demand.sold_daily(store, bread, [2] * 6, first=ago(6))
    refreshed()

    need = need_of(store, bread)
    assert (need.days, need.ads, need.sigma, need.reorder_point, need.maximum) == (
        6, None, None, None, None,
    )  # fmt: skip


def test_the_reorder_point_is_demand_in_the_lead_time_and_safety(store, bread):
    """ADS 2, σ 1, lead time 7: 14 + 1.645·√7 = 18.352."""
    demand.received(store, bread, 1000, ago(29))
    demand.sold_daily(store, bread, [1, 3] * 14, first=ago(28))
    refreshed()

    need = need_of(store, bread)
    assert (need.ads, need.sigma) == (2, 1)
    assert need.reorder_point == D("18.352")
    assert need.maximum == D("32.352")  # and a week of demand


def test_only_stores_with_something_new_are_looked_at_again(store, bread):
    demand.received(store, bread, 10, ago(5))
    assert refreshed().levels == 1
    elsewhere = chain.store(timezone="UTC")
    demand.received(elsewhere, bread, 10, ago(5))

    # The movements of the last second before a look are looked at twice.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_stockwatch SET through = through + interval '1 minute'")
    assert refreshed().levels == 1
    assert StockDay.objects.filter(store=elsewhere).count() == 1


def test_the_doctor_finds_a_day_that_is_not_what_the_ledger_says(store, bread):
    demand.received(store, bread, 10, ago(5))
    refreshed()
    assert [f.invariant.code for f in examined() if f.broken] == []

    StockDay.objects.update(sold=1)

    assert [f.invariant.code for f in examined() if f.broken] == ["inventory/days-of-stock"]


def test_a_product_never_seen_leaves_no_day(store):
    stock.book(MovementKind.RECEIPT, (store, chain.product(), 1), posting=uuid4(), at=NOW)
    refreshed()

    assert StockDay.objects.count() == 1

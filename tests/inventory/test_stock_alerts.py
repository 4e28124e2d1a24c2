"""Alerts of stock: opened and resolved by the figures, once; people acknowledge and snooze."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from epm.access.selectors.scope import EVERYTHING
from epm.platform.transitions import InvalidTransition, changes_of
from inventory.models import (
    MovementKind,
    NegativeStock,
    StockAlert,
    StockPolicy,
    StockRule,
    StockWatch,
)
from inventory.selectors import alerts
from inventory.services import reservations, stock_alerts
from inventory.services.stock_alerts import SnoozeNotAhead
from inventory.states import STOCK_ALERT
from inventory.tasks import watch_stock
from sales.models import TaxClass, TaxRate
from tests.concurrency import run_behind
from tests.factories import chain, demand, stock
from tests.inventory import machines

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2025, 3, 31)
NOW = demand.at(TODAY, 18)


class Everybody:
    is_authenticated = True
    scope = EVERYTHING


def ago(days):
    return TODAY - timedelta(days=days)


@pytest.fixture
def store():
    return chain.store(timezone="UTC", vat_regime="TEST")


def refreshed(**how):
    return stock_alerts.refresh(**{"now": NOW, **how})


def standing(**how):
    rows = StockAlert.objects.exclude(state="resolved").filter(**how).order_by("pk")
    return list(rows.values_list("kind", "state"))


def kept(store, product, quantity, *, minimum=10):
    """So much on hand, and a rule that wants a minimum."""
    StockRule.objects.get_or_create(product=product, defaults={"minimum": minimum})
    stock.received(store, product, quantity, 2, at=NOW)


def test_low_is_at_or_below_the_reorder_point_and_above_nothing(store, bread):
    kept(store, bread, 11)
    refreshed()
    assert standing() == []

    stock.book(MovementKind.SALE, (store, bread, -1), at=NOW)
    refreshed()

    assert standing() == [("low", "open")]
    alert = StockAlert.objects.get()
    assert (alert.available, alert.threshold, alert.opened_at) == (10, 10, NOW)


def test_a_low_alert_stays_until_the_threshold_is_passed_by_a_tenth(store, bread):
    kept(store, bread, 10)
    refreshed()
    stock.received(store, bread, 1, at=NOW)  # 11: the reorder point and a tenth
    refreshed()
    assert standing() == [("low", "open")]
    assert StockAlert.objects.get().available == 11

    stock.received(store, bread, "0.001", at=NOW)
    done = refreshed()

    assert (standing(), done.resolved) == ([], 1)
    alert = StockAlert.objects.get()
    assert (alert.state, alert.resolved_at, alert.version) == ("resolved", NOW, 1)
    assert [(each.from_state, each.event, each.to_state) for each in changes_of(alert)] == [
        ("open", "resolve", "resolved")
    ]
    assert changes_of(alert).get().actor == "stock alerts"


def test_out_takes_the_place_of_low_and_gives_it_back_after_its_own_margin(store, bread):
    kept(store, bread, 5)
    refreshed()
    stock.book(MovementKind.SALE, (store, bread, -5), at=NOW)
    refreshed()
    assert standing() == [("out", "open")]

    stock.received(store, bread, 1, at=NOW)  # a tenth of the reorder point: still out
    refreshed()
    assert standing() == [("out", "open")]
    stock.received(store, bread, 1, at=NOW)
    refreshed()
    assert standing() == [("low", "open")]


def test_what_nobody_wants_is_not_out(store, bread):
    stock.received(store, bread, 1, at=NOW)
    stock.book(MovementKind.ADJUSTMENT, (store, bread, -1), at=NOW)
    unwanted = chain.product(is_active=False)
    kept(store, unwanted, 1)
    stock.book(MovementKind.SALE, (store, unwanted, -1), at=NOW)
    refreshed()

    assert standing() == []


def test_what_sold_lately_is_out_though_its_demand_is_not_known(store, bread):
    stock.received(store, bread, 1, at=NOW)
    stock.book(MovementKind.SALE, (store, bread, -1), at=NOW)
    refreshed()

    assert standing() == [("out", "open")]
    assert StockAlert.objects.get().lost_per_day is None


def test_out_says_what_a_day_without_it_costs(store, bread):
    """2 a day at 12.00 incl. 20 % tax, of which 30 % is bought otherwise: 14.00."""
    TaxRate.objects.create(
        tax_class=TaxClass.objects.get_or_create(code="standard")[0],
        regime="TEST", rate=D("0.2"), valid_from=date(2020, 1, 1),
    )  # fmt: skip
    demand.received(store, bread, 20, ago(10))
    demand.sold_daily(store, bread, [2] * 10, first=ago(10))
    refreshed()

    assert list(StockAlert.objects.values_list("kind", "lost_per_day")) == [("out", D(14))]


def test_below_zero_is_an_alert_unless_the_store_books_that_silently(store, bread):
    policy = StockPolicy.objects.create(store=store, negative=NegativeStock.WARN)
    stock.received(store, bread, 1, at=NOW)
    stock.book(MovementKind.SALE, (store, bread, -3), at=NOW)
    refreshed()
    assert standing(kind="negative") == [("negative", "open")]

    policy.negative = NegativeStock.ALLOW
    policy.save()
    refreshed(everything=True)
    assert standing(kind="negative") == []


def test_what_was_forced_below_zero_is_an_alert_where_that_is_forbidden(store, bread):
    stock.received(store, bread, 1, at=NOW)
    stock.book(MovementKind.SALE, (store, bread, -3), at=NOW, forced=True)
    refreshed()

    assert standing(kind="negative") == [("negative", "open")]


def test_goods_that_did_not_sell_for_90_days_are_dead_until_they_do(store, bread):
    demand.received(store, bread, 10, ago(100), cost=3)
    demand.sold(store, bread, 2, ago(90))
    refreshed()
    alert = StockAlert.objects.get()
    assert (alert.kind, alert.days, alert.value) == ("dead", 90, 24)

    demand.sold(store, bread, 1, TODAY)
    refreshed()
    assert standing() == []


def test_goods_that_came_back_into_stock_lately_are_not_dead(store, bread):
    demand.received(store, bread, 2, ago(200))
    demand.sold(store, bread, 2, ago(120))
    demand.received(store, bread, 5, ago(20))
    refreshed()

    assert standing(kind="dead") == []


def test_goods_older_than_the_limit_are_aged_first_in_first_out(store, bread):
    demand.received(store, bread, 10, ago(181), cost=3)
    demand.received(store, bread, 10, ago(10), cost=3)
    demand.sold(store, bread, 9, ago(5))
    refreshed()
    aged = StockAlert.objects.filter(kind="aged")
    assert list(aged.values_list("kind", "days", "value")) == [("aged", 181, 33)]

    demand.sold(store, bread, 1, ago(1))
    refreshed()
    assert standing(kind="aged") == []


def test_a_second_look_makes_no_second_alert(store, bread):
    kept(store, bread, 5)
    assert refreshed().opened == 1
    assert refreshed(everything=True).opened == 0

    again = StockAlert.objects.get()
    again.pk = None
    with pytest.raises(IntegrityError, match="stock_alert_never_doubled"), transaction.atomic():
        again.save()


def test_an_alert_opens_again_after_it_was_resolved(store, bread):
    kept(store, bread, 5)
    refreshed()
    stock.received(store, bread, 20, at=NOW)
    refreshed()
    stock.book(MovementKind.SALE, (store, bread, -20), at=NOW)
    refreshed()

    assert sorted(StockAlert.objects.values_list("kind", "state")) == [
        ("low", "open"), ("low", "resolved"),
    ]  # fmt: skip


def test_what_a_hold_takes_and_gives_back_is_seen(store, bread):
    kept(store, bread, 15)
    refreshed()
    basket = stock.hold(store, (bread, 10))
    refreshed()
    assert standing() == [("low", "open")]

    reservations.release(basket=basket, holder="till")
    refreshed()
    assert standing() == []


def test_a_rule_that_changes_is_followed_at_the_next_look(store, bread):
    kept(store, bread, 12)
    refreshed()
    StockRule.objects.update(minimum=20)
    assert StockWatch.objects.get().as_of is None
    refreshed()

    assert standing() == [("low", "open")]


def test_acknowledged_is_resolved_by_itself_too(store, bread):
    kept(store, bread, 5)
    refreshed()
    stock_alerts.acknowledge(alert_id=StockAlert.objects.get().pk)
    refreshed(everything=True)
    assert standing() == [("low", "acknowledged")]

    stock.received(store, bread, 20, at=NOW)
    refreshed()
    assert standing() == []
    assert [each.event for each in changes_of(StockAlert.objects.get())] == [
        "acknowledge", "resolve",
    ]  # fmt: skip


def test_snoozed_is_open_again_on_its_day_if_it_still_holds(store, bread):
    kept(store, bread, 5)
    refreshed()
    alert = StockAlert.objects.get()
    stock_alerts.snooze(alert_id=alert.pk, until=TODAY + timedelta(days=2), today=TODAY)
    refreshed(now=NOW + timedelta(days=1))
    assert standing() == [("low", "snoozed")]
    assert not alerts.standing(principal=Everybody, today=TODAY)

    refreshed(now=NOW + timedelta(days=2))
    assert standing() == [("low", "open")]


@pytest.mark.parametrize("ahead", [-1, 0, 367])
def test_a_day_that_is_not_within_the_year_to_come_is_refused(store, bread, ahead):
    kept(store, bread, 5)
    refreshed()
    alert = StockAlert.objects.get()

    with pytest.raises(SnoozeNotAhead):
        stock_alerts.snooze(alert_id=alert.pk, until=TODAY + timedelta(days=ahead), today=TODAY)
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == ("open", None)


def test_what_is_resolved_is_not_snoozed(store, bread):
    kept(store, bread, 5)
    refreshed()
    stock.received(store, bread, 20, at=NOW)
    refreshed()
    alert = StockAlert.objects.get()

    with pytest.raises(InvalidTransition):
        stock_alerts.snooze(alert_id=alert.pk, until=TODAY + timedelta(days=2), today=TODAY)
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == ("resolved", None)


def test_the_database_knows_the_machine():
    machines.check_trigger(STOCK_ALERT, StockAlert)


def test_counts_are_by_kind_and_currency(store, bread):
    kept(store, bread, 5)
    kept(store, chain.product(), 5)
    StockRule.objects.create(minimum=10)
    refreshed()

    assert [(c.kind, c.currency, c.alerts) for c in alerts.counts(
        principal=Everybody, today=TODAY)] == [("low", "EUR", 2)]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_make_one_alert():
    store, bread = chain.store(timezone="UTC"), chain.product()
    kept(store, bread, 5)

    second = run_behind(refreshed, refreshed)

    assert second.result().opened == 0
    assert standing() == [("low", "open")]


def test_the_task_and_the_command_look_at_the_stock(store, bread, capsys):
    StockRule.objects.create(product=bread, minimum=10)
    stock.received(store, bread, 5, at=timezone.now())
    watch_stock()
    assert standing() == [("low", "open")]

    call_command("stock_alerts", "--everything")
    assert capsys.readouterr().out == "1 levels looked at, 0 alerts opened, 0 resolved\n"

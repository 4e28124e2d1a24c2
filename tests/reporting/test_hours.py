"""Sales by weekday and hour: the store's own clock, and every cent of its net sales."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from epm.platform.calendars import Period
from reporting.selectors.hours import Cell, sales_by_hour
from tests.factories import chain

WEEK = Period(date(2025, 3, 24), date(2025, 4, 1))
pytestmark = pytest.mark.django_db


def sell(store, at, net, *, day=None, **fields):
    lines = [{"product": chain.product(), "quantity": 1 if net[0] != "-" else -1, "net_ttc": net}]
    return chain.sale(
        store=store, at=datetime.fromisoformat(at).replace(tzinfo=UTC), lines=lines,
        **({"business_date": date.fromisoformat(day)} if day else {}), **fields,
    )  # fmt: skip


def test_hours_are_the_stores_own_and_follow_its_business_day():
    paris = chain.store(timezone="Europe/Paris", day_cutoff_hour=4)
    sell(paris, "2025-03-28T17:59:59", "12.00")  # Friday 18:59 in winter time
    sell(paris, "2025-03-30T16:30:00", "24.00")  # Sunday 18:30, the clocks went forward that night
    sell(paris, "2025-03-28T23:30:00", "6.00", day="2025-03-28")  # 00:30, still Friday's business
    sell(paris, "2025-03-28T17:10:00", "-6.00", is_pure_return=True)
    sell(paris, "2025-04-02T10:00:00", "99.00")  # after the period
    sell(chain.store(), "2025-03-28T17:10:00", "99.00")

    hours = sales_by_hour(paris, period=WEEK)

    assert hours.cells == {
        (5, 18): Cell(Decimal(5), 1),
        (7, 18): Cell(Decimal(20), 1),
        (5, 0): Cell(Decimal(5), 1),
    }
    assert hours.hours == (18, 19, 20, 21, 22, 23, 0)
    assert hours.days == {1: 2, 2: 2, 3: 1, 4: 1, 5: 1, 6: 1, 7: 1}
    assert hours.net_ht == Decimal(30)


def test_a_store_without_sales_has_no_hours():
    hours = sales_by_hour(chain.store(), period=WEEK)
    assert (hours.cells, hours.hours, hours.net_ht) == ({}, (), 0)

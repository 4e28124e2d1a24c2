"""A ticket belongs to its store's business day: late at night, far away, when clocks change."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from epm.access.models import Role
from inventory.models import NegativeStock, StockPolicy
from reporting.selectors import kpis
from sales.models import RegisterSession, Sale, Ticket
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db

PLACES = [
    ("Europe/Paris", "FR"),
    ("Indian/Reunion", "FR-DOM"),
    ("America/Martinique", "FR-DOM"),
    ("America/Montreal", "CA-QC"),
    ("Asia/Kathmandu", "NP"),
]
DAY = date(2026, 10, 24)  # the night after, clocks are put back in Paris


def till_in(zone, regime="FR", *, cutoff=4):
    store = chain.store(timezone=zone, day_cutoff_hour=cutoff, vat_regime=regime)
    StockPolicy.objects.create(store=store, negative=NegativeStock.ALLOW)
    return tills.register(store=store, opened=False)


def sold_at(register, *moments):
    bread = chain.product(sale_price=Decimal("1.00"), tax_class_code="standard")
    due = tills.reckoned(register, [(bread, 1)]).bill.total
    return [
        tills.sell(
            register, [(bread, 1)], [("card", due)], sold_at=moment, offline=True, looked_at=True
        )
        for moment in moments
    ]


@pytest.mark.parametrize(("zone", "regime"), PLACES)
@pytest.mark.parametrize(
    ("clock", "day"),
    [
        (time(23, 30), DAY),
        (time(0, 30), DAY - timedelta(days=1)),
        (time(3, 59), DAY - timedelta(days=1)),
        (time(4, 1), DAY),
    ],
)
def test_a_night_ends_at_the_stores_own_hour(zone, regime, clock, day):
    register = till_in(zone, regime)
    (told,) = sold_at(register, datetime.combine(DAY, clock, ZoneInfo(zone)))

    assert Sale.objects.get(pk=told.sale_id).business_date == day
    assert RegisterSession.objects.get(pk=told.session_id).business_date == day


@pytest.mark.parametrize(
    ("zone", "regime", "night", "hours"),
    [
        ("Europe/Paris", "FR", date(2026, 10, 24), 25),
        ("Europe/Paris", "FR", date(2026, 3, 28), 23),
        ("America/Montreal", "CA-QC", date(2025, 11, 1), 25),
        ("America/Montreal", "CA-QC", date(2026, 3, 7), 23),
        ("Europe/Kyiv", "FR", date(2026, 10, 24), 25),
        ("Asia/Kathmandu", "NP", date(2026, 10, 24), 24),
    ],
)
def test_a_day_on_which_clocks_change_has_all_its_hours_once(zone, regime, night, hours):
    register = till_in(zone, regime)
    first = datetime.combine(night, time(4), ZoneInfo(zone)).astimezone(UTC)
    moments = [first + timedelta(minutes=30 * n) for n in range(-4, 2 * 25 + 8)]
    told = sold_at(register, *moments)

    days = Counter(Sale.objects.values_list("business_date", flat=True))
    assert days[night] == 2 * hours
    assert sum(days.values()) == len(moments) == len({one.number for one in told})
    whole = sum(Sale.objects.filter(business_date=night).values_list("total_ht", flat=True))
    viewer = chain.person(Role.DIRECTOR, whole_chain=True)
    asked = kpis.report(
        principal=viewer, start=night, end=night, kpis=("net_sales", "transactions")
    )
    assert Decimal(asked.total["net_sales"]) == whole
    assert asked.total["transactions"] == str(2 * hours)


def test_a_ticket_keeps_what_its_tills_clock_said():
    register = till_in("Europe/Paris")
    (told,) = sold_at(register, timezone.now())
    assert Ticket.objects.get(pk=told.sale_id).told_at is None

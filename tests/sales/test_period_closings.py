"""Days, months and years are closed once each, when they are over in the store."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sales.models import Closing, ClosingKind
from sales.services import period_closings, sessions
from sales.services.period_closings import close_periods, period_of
from sales.tasks import close_periods as task
from tests.factories import chain, tickets

pytestmark = pytest.mark.django_db
MORNING = datetime(2025, 1, 30, 8, tzinfo=UTC)


@pytest.fixture
def till():
    return tickets.register(chain.store(timezone="Europe/Paris", day_cutoff_hour=4))


def a_day(till, *amounts, at, cash=None):
    """A session of a few hours with these tickets, closed at noon."""
    session = tickets.opened(till, at=at)
    for amount in amounts:
        tickets.ticket(till, amount, at=at + timedelta(hours=1))
    counted = {} if cash is None else {"cash": Decimal(cash)}
    sessions.close(session_id=session.pk, counted=counted, by=None, now=at + timedelta(hours=4))
    return session


def closings(kind):
    return [
        (
            each.number, str(each.first_day), str(each.last_day), each.first_number,
            each.last_number, each.total_ttc, each.grand_total,
        )
        for each in Closing.objects.filter(kind=kind).order_by("number")
    ]  # fmt: skip


def test_days_months_and_years(till):
    a_day(till, "12.00", "-6.00", at=MORNING, cash="6.05")
    a_day(till, "1.20", at=MORNING + timedelta(hours=6), cash="1.20")
    a_day(till, "2.40", at=MORNING + timedelta(days=1), cash="2.30")
    a_day(till, "24.00", at=MORNING + timedelta(days=2), cash="24")

    assert close_periods(now=datetime(2025, 2, 2, 8, tzinfo=UTC)) == period_closings.Closed(4, 0)

    assert closings("day") == [
        (1, "2025-01-30", "2025-01-30", 1, 3, Decimal("7.20"), Decimal("7.20")),
        (2, "2025-01-31", "2025-01-31", 4, 4, Decimal("2.40"), Decimal("9.60")),
        (3, "2025-02-01", "2025-02-01", 5, 5, Decimal("24.00"), Decimal("33.60")),
    ]
    assert closings("month") == [
        (1, "2025-01-01", "2025-01-31", 1, 4, Decimal("9.60"), Decimal("9.60"))
    ]
    month = Closing.objects.get(kind="month")
    assert (month.sales_ttc, month.returns_ttc) == (Decimal("15.60"), Decimal("6.00"))
    assert (month.tickets, month.session) == (4, None)
    assert month.totals == {
        "closings": {"first": 1, "last": 3},
        "taxes": [{"tax": "VAT", "rate": "0.2", "base": "8.00", "amount": "1.60"}],
        "tenders": {"cash": "9.60"},
        "late": {"total_ttc": "0.00", "tenders": {}},
        "discounts": {"coupon": "0.00", "loyalty": "0.00", "manual": "0.00", "shelf": "0.00"},
        "variance": {"cash": "-0.05"},
    }

    close_periods(now=datetime(2026, 1, 1, 8, tzinfo=UTC))
    assert closings("year") == [
        (1, "2025-01-01", "2025-12-31", 1, 5, Decimal("33.60"), Decimal("33.60"))
    ]
    assert [each[:3] for each in closings("month")][1:] == [(2, "2025-02-01", "2025-02-28")]


def test_again_makes_nothing_more(till):
    a_day(till, "12.00", at=MORNING)
    later = MORNING + timedelta(days=400)
    close_periods(now=later)
    before = list(Closing.objects.order_by("pk").values())

    assert close_periods(now=later) == period_closings.Closed(0, 0)
    assert list(Closing.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("zone", "over"),
    [
        ("Europe/Paris", "2025-01-31T03:00:00+00:00"),
        ("Indian/Reunion", "2025-01-31T00:00:00+00:00"),
        ("America/Martinique", "2025-01-31T08:00:00+00:00"),
        ("America/Montreal", "2025-01-31T09:00:00+00:00"),
        ("Asia/Kathmandu", "2025-01-30T22:15:00+00:00"),
    ],
)
def test_a_day_is_over_at_its_own_cut_off(zone, over):
    till = tickets.register(chain.store(timezone=zone, day_cutoff_hour=4))
    a_day(till, "12.00", at=datetime(2025, 1, 30, 14, tzinfo=UTC))
    moment = datetime.fromisoformat(over)

    assert close_periods(now=moment - timedelta(seconds=1)).made == 0
    assert close_periods(now=moment).made == 1


def test_a_month_waits_for_a_session_of_it_that_is_open_still(till):
    session = tickets.opened(till, at=datetime(2025, 1, 31, 8, tzinfo=UTC))
    tickets.ticket(till, "12.00", at=datetime(2025, 1, 31, 9, tzinfo=UTC))
    a_day_later = datetime(2025, 2, 1, 8, tzinfo=UTC)
    assert close_periods(now=a_day_later).made == 0

    sessions.close(session_id=session.pk, counted={}, by=None, now=a_day_later)

    assert close_periods(now=a_day_later).made == 2
    assert [each[:3] for each in closings("month")] == [(1, "2025-01-01", "2025-01-31")]


def test_what_comes_later_for_an_earlier_day_is_in_the_next_one(till):
    a_day(till, "12.00", at=MORNING)
    close_periods(now=MORNING + timedelta(days=1))
    a_day(till, "6.00", at=MORNING + timedelta(hours=6))  # opened that day, told afterwards
    a_day(till, "1.20", at=MORNING + timedelta(days=1))

    assert close_periods(now=MORNING + timedelta(days=1, hours=6)).made == 0
    close_periods(now=MORNING + timedelta(days=2))

    assert closings("day") == [
        (1, "2025-01-30", "2025-01-30", 1, 1, Decimal("12.00"), Decimal("12.00")),
        (2, "2025-01-31", "2025-01-31", 2, 3, Decimal("7.20"), Decimal("19.20")),
    ]


def test_a_day_without_a_ticket_has_its_closing(till):
    a_day(till, "12.00", at=MORNING)
    a_day(till, at=MORNING + timedelta(days=1))
    close_periods(now=MORNING + timedelta(days=2))

    assert [each[2:5] for each in closings("day")] == [("2025-01-30", 1, 1), ("2025-01-31", 2, 1)]
    assert Closing.objects.filter(kind="day").last().totals["variance"] == {"cash": None}


def test_one_register_keeps_no_other_waiting(till, monkeypatch):
    other = tickets.register(till.store)
    for each in (till, other):
        a_day(each, "12.00", at=MORNING)
    real = period_closings.close_next

    def fail(*, register_id, **how):
        if register_id == till.pk:
            raise RuntimeError("broken")
        return real(register_id=register_id, **how)

    monkeypatch.setattr(period_closings, "close_next", fail)

    closed = close_periods(now=MORNING + timedelta(days=400))
    assert (closed.made, closed.failed) == (3, 3)
    assert set(Closing.objects.exclude(kind="session").values_list("register", flat=True)) == {
        other.pk
    }
    with pytest.raises(CommandError):
        call_command("close_periods", stdout=StringIO())


def test_by_the_clock_and_by_hand(till, time_machine):
    a_day(till, "12.00", at=MORNING)
    time_machine.move_to(MORNING + timedelta(days=1), tick=False)
    said = StringIO()
    call_command("close_periods", stdout=said)
    assert said.getvalue() == "1 closings made\n"

    time_machine.move_to(MORNING + timedelta(days=3), tick=False)
    task()
    assert Closing.objects.filter(kind="month").count() == 1


def test_periods():
    assert period_of(kind=ClosingKind.MONTH, day=date(2024, 2, 29)) == (
        date(2024, 2, 1),
        date(2024, 2, 29),
    )
    assert period_of(kind=ClosingKind.MONTH, day=date(2025, 12, 1)) == (
        date(2025, 12, 1),
        date(2025, 12, 31),
    )
    assert period_of(kind=ClosingKind.YEAR, day=date(2024, 5, 5)) == (
        date(2024, 1, 1),
        date(2024, 12, 31),
    )

"""The doctor finds each law broken that is broken behind the product's back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from epm.platform.invariants import _examine, examined
from sales.models import Closing, RegisterSession
from sales.selectors import ticket_invariants, till_invariants
from sales.services import sessions
from sales.services.period_closings import close_periods
from tests.factories import tickets
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
INVARIANTS = (*till_invariants.INVARIANTS, *ticket_invariants.INVARIANTS)


@pytest.fixture
def till():
    """A register with two days behind it, a late ticket, an open session and its closings."""
    till = tickets.register()
    for day in range(2):
        at = NOON + timedelta(days=day)
        session = tickets.opened(till, at=at, opening_float=10)
        tickets.ticket(till, "12.00", at=at)
        tickets.ticket(till, "-6.00", at=at)
        sessions.pay_out(session_id=session.pk, amount=Decimal(3), reason="milk", by=None, now=at)
        sessions.close(session_id=session.pk, counted={}, by=None, now=at)
        tickets.ticket(till, "1.20", at=at, offline=True)
    close_periods(now=NOON + timedelta(days=9))
    tickets.opened(till, at=NOON + timedelta(days=9))
    tickets.ticket(till, "6.00", at=NOON + timedelta(days=9))
    return till


def broken():
    return {
        found.invariant.code: found.broken
        for found in (_examine(invariant) for invariant in INVARIANTS)
        if found.broken
    }


def behind_its_back(statement, *words):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, words)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_nothing_is_wrong_of_itself(till):
    assert broken() == {}
    assert {found.invariant.code: found.first for found in examined() if found.broken} == {}


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (
            "UPDATE sales_ticket SET number = 99 WHERE number = 7",
            {"sales/tickets-chain": 2},
        ),
        (
            "UPDATE sales_registerchain SET grand_total = 1",
            {"sales/tickets-chain": 1},
        ),
        (
            "UPDATE sales_registerchain SET session_id = NULL",
            {"sales/chain-knows-its-session": 1},
        ),
        (
            (
                "UPDATE sales_closing SET total_ht = total_ht + 1, total_vat = total_vat - 1"
                " WHERE kind = 'session' AND number = 2"
            ),
            {"sales/closing-is-its-tickets": 1, "sales/closings-are-chained": 1},
        ),
        (
            "UPDATE sales_closing SET grand_total = 1 WHERE kind = 'session' AND number = 2",
            {"sales/closings-go-on": 1, "sales/closings-are-chained": 1},
        ),
        (
            "UPDATE sales_closing SET first_day = '2024-01-01' WHERE kind = 'month'",
            {"sales/closings-are-chained": 1},
        ),
        (
            (
                "UPDATE sales_registersession SET state = 'open', is_late = true, business_date ="
                " '2020-01-01' WHERE id = (SELECT session_id FROM sales_ticket WHERE number = 1)"
            ),
            {"sales/closed-tickets-are-in-closed-sessions": 2, "sales/closing-is-its-tickets": 3},
        ),
        (
            "UPDATE sales_drawermovement SET amount = -2",
            {"sales/drawer-is-what-went-through-it": 2},
        ),
    ],
)
def test_what_is_wrong_is_found(till, statement, codes):
    behind_its_back(statement)

    found = broken()
    assert codes.items() <= found.items()


def test_a_closing_that_does_not_end_is_found(till):
    session = RegisterSession.objects.get(state="open", is_late=False)
    sessions.begin_close(session_id=session.pk, counted={}, by=None, now=NOON)

    assert broken() == {"sales/closing-comes-to-an-end": 1}
    assert Closing.objects.filter(kind="session").count() == 2

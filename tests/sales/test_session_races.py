"""Who sells, opens and closes at once: every ticket is in or out, one session, one Z report."""

from decimal import Decimal

import pytest
from django.db import DatabaseError

from epm.platform.transitions import InvalidTransition
from sales.models import Closing, RegisterChain, RegisterSession, Ticket
from sales.services import sessions
from sales.services.session_refusals import MoreThanInDrawer, SessionAlreadyOpen
from tests.concurrency import run_behind
from tests.factories import chain, tickets
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def till():
    return tickets.register()


@pytest.fixture
def bread():
    return chain.product()


def close(session):
    return sessions.close(session_id=session.pk, counted={"cash": Decimal(12)}, by=None, now=NOON)


def test_a_ticket_before_the_close_begins_is_in(till, bread):
    session = tickets.opened(till)
    sold = tickets.doc(till, {"net_ttc": "12.00", "product": bread})

    run_behind(lambda: tickets.record(sold), lambda: close(session)).result()

    z = Closing.objects.get()
    assert (z.tickets, z.last_number, z.total_ttc) == (1, 1, Decimal("12.00"))
    assert Ticket.objects.get().session == session


def test_a_ticket_after_the_close_began_is_refused(till, bread):
    session = tickets.opened(till)
    sold = tickets.doc(till, {"net_ttc": "12.00", "product": bread})

    refused = run_behind(lambda: close(session), lambda: tickets.record(sold))

    assert isinstance(refused.exception(), DatabaseError)
    assert "is not open" in str(refused.exception())
    assert (Closing.objects.get().tickets, Ticket.objects.count()) == (0, 0)


def test_an_offline_ticket_after_the_close_began_is_late(till, bread):
    session = tickets.opened(till)
    sold = tickets.doc(till, {"net_ttc": "12.00", "product": bread}, offline=True)

    said = run_behind(lambda: close(session), lambda: tickets.record(sold)).result()

    assert (said["outcome"], said["is_late"], said["number"]) == ("written", True, 1)
    assert Closing.objects.get().tickets == 0
    assert RegisterChain.objects.get(register=till).number == 1
    z = close(tickets.opened(till)).closing
    assert (z.tickets, z.late_tickets, z.total_ttc) == (1, 1, Decimal("12.00"))


def test_a_late_ticket_beside_the_close_is_in_its_late_session_or_in_the_next(till, bread):
    first = tickets.doc(till, {"net_ttc": "12.00", "product": bread}, offline=True)
    second = tickets.doc(till, {"net_ttc": "6.00", "product": bread}, offline=True)
    tickets.record(first)
    session = tickets.opened(till, at=NOON.replace(day=30))

    said = run_behind(lambda: close(session), lambda: tickets.record(second)).result()

    assert Closing.objects.get().late_tickets == 1
    assert [each.state for each in RegisterSession.objects.filter(is_late=True).order_by("pk")] == [
        "closed",
        "open",
    ]
    assert said["session"] == RegisterSession.objects.latest("pk").pk


def test_two_closes_at_once_make_one_z(till):
    session = tickets.opened(till)

    second = run_behind(lambda: close(session), lambda: close(session))

    assert isinstance(second.exception(), InvalidTransition)
    assert Closing.objects.count() == 1


def test_two_who_finish_at_once_make_one_z(till):
    session = tickets.opened(till)
    sessions.begin_close(session_id=session.pk, counted={}, by=None, now=NOON)

    def finish():
        return sessions.finish_close(session_id=session.pk, now=NOON)

    second = run_behind(finish, finish)

    assert second.result() == Closing.objects.get()


def test_two_who_open_at_once_open_one(till):
    second = run_behind(lambda: tickets.opened(till), lambda: tickets.opened(till))

    assert isinstance(second.exception(), SessionAlreadyOpen)
    assert RegisterSession.objects.count() == 1


def test_two_pay_outs_at_once_never_take_more_than_there_is(till):
    session = tickets.opened(till, opening_float=10)

    def take():
        return sessions.pay_out(
            session_id=session.pk, amount=Decimal(6), reason="milk", by=None, now=NOON
        )

    second = run_behind(take, take)

    assert isinstance(second.exception(), MoreThanInDrawer)
    assert session.drawer_movements.get().amount == -6


def test_what_fails_in_the_second_transaction_leaves_the_first(till, monkeypatch):
    session = tickets.opened(till)

    def fail(*_args, **_how):
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(sessions.session_figures, "figures_of", fail)
        assert close(session).state == "closing"

    assert sessions.finish_pending(now=NOON + 2 * sessions.PATIENCE) == 1
    assert Closing.objects.get().session == session

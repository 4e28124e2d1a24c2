"""Every event of a register's session in every state."""

from decimal import Decimal

import pytest

from sales.models import Closing, DrawerMovement, RegisterSession
from sales.services import sessions
from sales.states import REGISTER_SESSION
from tests.factories import tickets
from tests.factories.chain import NOON
from tests.inventory import machines

pytestmark = pytest.mark.django_db
ACTS = {
    "close": lambda pk: sessions.begin_close(
        session_id=pk, counted={"cash": Decimal(1)}, by=None, now=NOON
    ),
    "finish": lambda pk: sessions.finish_close(session_id=pk, now=NOON),
}
TAKEN = {"open": {"close"}, "closing": {"finish"}, "closed": {"finish"}}  # closed: the same Z again


def in_state(state):
    return machines.walked(REGISTER_SESSION, tickets.opened(tickets.register()), to=state)


@pytest.mark.parametrize(("state", "event"), machines.pairs(REGISTER_SESSION))
def test_a_step(state, event):
    machines.check_pair(REGISTER_SESSION, in_state(state), event)


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (state, event)
        for state in REGISTER_SESSION.states
        for event in ACTS
        if event not in TAKEN[state]
    ],
)
def test_a_service_refuses_what_its_state_does_not_allow(state, event):
    session = in_state(state)

    machines.check_refused(
        session, lambda: ACTS[event](session.pk), watching=(Closing, DrawerMovement)
    )


def test_the_trigger_knows_the_machine():
    machines.check_trigger(REGISTER_SESSION, RegisterSession)


def test_there_is_no_other_way():
    machines.check_no_other_way(
        REGISTER_SESSION, {state: in_state(state) for state in REGISTER_SESSION.states}
    )

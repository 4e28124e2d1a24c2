"""A machine says what may follow what."""

import pytest

from epm.platform.transitions import InvalidTransition, Machine, ReasonMissing

LAMP = Machine(
    initial="off",
    moves={
        "press": {"off": ("on",), "on": ("off",)},
        "break": {"on": ("dead", "flickering")},
    },
    reasons=frozenset({"break"}),
)


def test_states_are_found_in_the_order_of_the_moves_and_those_without_a_way_on_are_terminal():
    assert LAMP.states == ("off", "on", "dead", "flickering")
    assert LAMP.terminal == ("dead", "flickering")


def test_events_and_steps_are_what_can_happen():
    assert LAMP.events("on") == ("press", "break")
    assert LAMP.events("dead") == ()
    assert LAMP.steps() == (
        "off>press>on", "on>press>off", "on>break>dead", "on>break>flickering",
    )  # fmt: skip


def test_what_cannot_happen_is_refused_with_what_can():
    with pytest.raises(InvalidTransition) as refused:
        LAMP.check("off", "break", reason="fell")

    assert refused.value.facts == {"state": "off", "event": "break", "allowed": "press"}


def test_what_needs_a_reason_is_refused_without_one():
    with pytest.raises(ReasonMissing):
        LAMP.check("on", "break", reason="  ")
    LAMP.check("on", "break", reason="fell")

"""Documents change their state by transitions: guarded, logged, and tested pair by pair.

A `Machine` says what may follow what. `move` takes a locked document one step on; a trigger
(sql/state_changes.v1.sql, put on a table by `guard_states`) refuses any other way and writes the
`StateChange` in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.models import StateChange
from epm.platform.refusals import Kind, Refusal

LONGEST_REASON = 300


class InvalidTransition(Refusal):
    code = "invalid-transition"
    title = gettext_lazy("The document cannot take this step now")


class ReasonMissing(Refusal):
    code = "reason-missing"
    title = gettext_lazy("This step needs a reason")
    kind = Kind.INVALID


class Document(Protocol):
    """Whatever has a state: `version` counts its steps and edits, for If-Match."""

    pk: Any
    state: str
    version: int

    def save(self, *, update_fields: Sequence[str]) -> None: ...


@dataclass(frozen=True, slots=True)
class Machine:
    """`moves`: event → state → the states it may lead to. What is in none of them ends there.

    `reasons`: the events that must say why.
    """

    initial: str
    moves: Mapping[str, Mapping[str, tuple[str, ...]]]
    reasons: frozenset[str] = frozenset()

    @property
    def states(self) -> tuple[str, ...]:
        found = {self.initial: None}
        for ways in self.moves.values():
            for state, targets in ways.items():
                found |= dict.fromkeys((state, *targets))
        return tuple(found)

    @property
    def terminal(self) -> tuple[str, ...]:
        return tuple(
            state for state in self.states if not any(state in ways for ways in self.moves.values())
        )

    def events(self, state: str) -> tuple[str, ...]:
        """What can happen to a document in `state`."""
        return tuple(event for event, ways in self.moves.items() if state in ways)

    def steps(self) -> tuple[str, ...]:
        """Every step as `state>event>state`: what the trigger is told."""
        return tuple(
            f"{state}>{event}>{target}"
            for event, ways in self.moves.items()
            for state, targets in ways.items()
            for target in targets
        )

    def check(self, state: str, event: str, *, reason: str = "") -> None:
        """Raise InvalidTransition, or ReasonMissing, unless `event` may happen in `state`."""
        allowed = self.events(state)
        if event not in allowed:
            raise InvalidTransition(
                _("“%(event)s” is not possible in the state “%(state)s”.")
                % {"event": event, "state": state},
                state=state,
                event=event,
                allowed=", ".join(allowed),
            )
        if event in self.reasons and not reason.strip():
            raise ReasonMissing(_("Say why: “%(event)s” needs a reason.") % {"event": event})


@transaction.atomic
def move(
    machine: Machine, document: Document, *, event: str, to: str | None = None, reason: str = ""
) -> None:
    """Take `document`, which the caller has locked, through `event`; `to` where it can lead apart.

    Raises InvalidTransition and ReasonMissing; then nothing has changed.
    """
    machine.check(document.state, event, reason=reason)
    targets = machine.moves[event][document.state]
    target = to if to is not None else targets[0]
    if target not in targets:
        raise ValueError(f"{event} leads from {document.state} to {targets}, not to {target}")
    _say(event, reason)
    document.state = target
    document.version += 1
    document.save(update_fields=["state", "version"])
    _say("", "")


def changes_of(document: models.Model) -> models.QuerySet[StateChange]:
    """What has happened to it, from the first."""
    table = document._meta.db_table  # noqa: SLF001 - public, but for its name
    return StateChange.objects.filter(subject=table, object_id=document.pk).order_by("pk")


def _say(event: str, reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('epm.event', %s, true), set_config('epm.reason', %s, true)",
            [event, reason[:LONGEST_REASON]],
        )

"""What every document with a machine promises, so that each one's test is a few lines.

@pytest.mark.parametrize(("state", "event"), machines.pairs(TRANSFER))
def test_a_step(state, event):
    machines.check_pair(TRANSFER, machines.walked(TRANSFER, draft(), to=state), event)

def test_the_laws():
    machines.check_trigger(TRANSFER, Transfer)
    machines.check_no_other_way(TRANSFER, {state: made_in(state) for state in TRANSFER.states})
"""

from collections import deque

import pytest
from django.db import IntegrityError, connection, transaction

from epm.platform.models import StateChange
from epm.platform.transitions import InvalidTransition, changes_of, move

ARGUMENTS = """
    SELECT convert_from(tgargs, 'UTF8') FROM (
        SELECT regexp_replace(encode(tgargs, 'escape'), '\\\\000', E'\\n', 'g')::bytea AS tgargs
        FROM pg_trigger WHERE tgname = %s || '_state' AND NOT tgisinternal
    ) found
"""
LAWS = ("document_moves_by_transitions", "document_begins_at_the_beginning")


def pairs(machine):
    """Every (state, event), possible or not."""
    return [(state, event) for state in machine.states for event in machine.moves]


def route(machine, *, to):
    """The shortest way from the beginning: (event, state) after (event, state)."""
    ways = deque([(machine.initial, ())])
    seen = set()
    while ways:
        state, way = ways.popleft()
        if state == to:
            return way
        if state in seen:
            continue
        seen.add(state)
        for event in machine.events(state):
            for target in machine.moves[event][state]:
                ways.append((target, (*way, (event, target))))
    raise AssertionError(f"nothing leads to {to}")


def walked(machine, document, *, to):
    """The document, taken to that state by bare transitions: no effects, only the states."""
    for event, target in route(machine, to=to):
        move(machine, document, event=event, to=target, reason="on the way")
    return document


def check_pair(machine, document, event):
    """What is possible passes, to each of its states; anything else raises and changes nothing."""
    if event in machine.events(document.state):
        for target in machine.moves[event][document.state]:
            _check_possible(machine, document, event, target)
        return
    before, told = _row(document), changes_of(document).count()
    with pytest.raises(InvalidTransition) as refused, transaction.atomic():
        move(machine, document, event=event, reason="because")
    assert refused.value.facts["state"] == document.state
    assert (_row(document), changes_of(document).count()) == (before, told)


def check_refused(document, act, *, watching=()):
    """`act` raises InvalidTransition; neither the document nor a table of `watching` changed."""
    tables = (StateChange, *watching)
    before = _row(document), [table.objects.count() for table in tables]
    with pytest.raises(InvalidTransition), transaction.atomic():
        act()
    assert (_row(document), [table.objects.count() for table in tables]) == before


def check_trigger(machine, model):
    """The trigger knows the machine's first and last states and its steps, no others."""
    with connection.cursor() as cursor:
        cursor.execute(ARGUMENTS, [model._meta.db_table])
        (told,) = cursor.fetchone()
    initial, terminal, *steps = told.rstrip("\n").split("\n")
    assert initial == machine.initial
    assert set(filter(None, terminal.split(","))) == set(machine.terminal)
    assert set(steps) == set(machine.steps())


def check_no_other_way(machine, by_state):
    """Documents, one in each state: nothing but a transition changes it, nothing what is over."""
    for state, document in by_state.items():
        for other in set(machine.states) - {state}:
            _refused(lambda d=document, o=other: _saved(d, o))
            _refused(lambda d=document, o=other: _rows(d).update(state=o))
        if state in machine.terminal:
            _refused(lambda d=document: _rows(d).update(version=99))


def check_beginning(machine, make):
    """`make(state)` inserts a document in that state: only the first one is taken."""
    for state in set(machine.states) - {machine.initial}:
        _refused(lambda s=state: make(s))


def _check_possible(machine, document, event, target):
    was, version, told = document.state, document.version, changes_of(document).count()
    with transaction.atomic():
        move(machine, document, event=event, to=target, reason="because")
        document.refresh_from_db()
        assert (document.state, document.version) == (target, version + 1)
        last = changes_of(document).last()
        assert (last.from_state, last.to_state, last.event) == (was, target, event)
        assert changes_of(document).count() == told + 1
        transaction.set_rollback(True)
    document.refresh_from_db()


def _refused(act):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    assert refused.value.__cause__.diag.constraint_name in LAWS


def _saved(document, state):
    again = type(document).objects.get(pk=document.pk)
    again.state = state
    again.save()


def _rows(document):
    return type(document).objects.filter(pk=document.pk)


def _row(document):
    return _rows(document).values().get()

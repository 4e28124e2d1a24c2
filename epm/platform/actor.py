"""Who writes, and through which door: triggers that keep a history read it from the transaction."""

import os
import pwd
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

SETTING: Final = "epm.actor"
DOOR: Final = "epm.door"
COMMAND: Final = "command"
LONGEST: Final = 150
_of_this_process: dict[str, str] = {}


class NoSuchNameError(ValueError):
    """What `--as` was given is no name to be noted."""


@contextmanager
def acting_as(name: str, *, door: str = "") -> Iterator[None]:
    """Run the block in a transaction whose writes are put down to `name`, come in by `door`.

    A transaction rolled back forgets both by itself; a finished one gives back those before.
    """
    with transaction.atomic():
        before = _current()
        _call_it(name, door)
        yield
        _call_it(*before)


def current() -> str:
    """To whom what is written now is put down; empty when nobody has said."""
    return _current()[0]


def at_the_command_line(words: Sequence[str]) -> list[str]:
    """Put all this process writes down to `--as NAME` or the machine's user; the words without it.

    Call it before the first connection. Raise NoSuchNameError.
    """
    rest, name = _without_as(words)
    _of_this_process.update({SETTING: _checked(name or _machine_user()), DOOR: COMMAND})
    return rest


def connection_options() -> str:
    """What a new connection of this process is to be started with."""
    return "".join(f" -c {name}={_escaped(text)}" for name, text in _of_this_process.items())


def _without_as(words: Sequence[str]) -> tuple[list[str], str]:
    rest, name, left = [], "", list(words)
    while left:
        word = left.pop(0)
        if word == "--as":
            if not left:
                raise NoSuchNameError("--as needs the name of who acts.")
            name = left.pop(0)
        elif word.startswith("--as="):
            name = word.removeprefix("--as=")
        else:
            rest.append(word)
    return rest, name


def _checked(name: str) -> str:
    if not name.isprintable() or len(name) > LONGEST:
        raise NoSuchNameError(f"--as takes a name of at most {LONGEST} printable characters.")
    return name


def _machine_user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # in a container without that user
        return f"uid {os.getuid()}"


def _escaped(text: str) -> str:
    """As PostgreSQL's `options` want spaces and backslashes."""
    return text.replace("\\", r"\\").replace(" ", r"\ ")


def _current() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting(%s, true), ''),"
            " coalesce(current_setting(%s, true), '')",
            [SETTING, DOOR],
        )
        name, door = cursor.fetchone()
        return str(name), str(door)


def _call_it(name: str, door: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(%s, %s, true), set_config(%s, %s, true)",
            [SETTING, name, DOOR, door],
        )

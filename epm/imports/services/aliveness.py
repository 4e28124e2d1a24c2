"""Who works on a run now: the session that holds its advisory lock."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError

from epm.imports import staging
from epm.imports.models import ImportRun
from epm.imports.selectors.runs import alive_key


@contextmanager
def alone(*, run: ImportRun) -> Iterator[bool]:
    """Whether nobody else is at work on this run. Sent for twice, it keeps one worker busy."""
    key = [alive_key(run.pk)]
    ((is_first,),) = staging.fetch("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
    try:
        yield is_first
    finally:
        if is_first:
            with suppress(DatabaseError):  # a broken connection has let go of it already
                staging.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


def break_off(*, run: ImportRun) -> None:
    """End the statement that the worker of a cancelled run waits for, if there is one."""
    staging.fetch(
        "SELECT pg_cancel_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
        " AND granted AND database = (SELECT oid FROM pg_database WHERE datname ="
        " current_database()) AND (classid::bigint << 32) | objid::bigint ="
        " hashtextextended(%s, 0) AND pid <> pg_backend_pid()",
        [alive_key(run.pk)],
    )

"""Questions about imports. A file is seen whole, so its run is for who sees the whole chain."""

from django.db import connection
from django.db.models import QuerySet

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of
from epm.imports.models import ImportRun, QuarantinedRow, RunStatus


def runs_visible_to(principal: Principal) -> QuerySet[ImportRun]:
    """All for who sees the whole chain, else those a person started; none without the right."""
    runs = ImportRun.objects.all()
    if not rights.holds(principal, rights.IMPORTS):
        return runs.none()
    if scope_of(principal).all_stores:
        return runs
    return runs.filter(actor=principal) if isinstance(principal, User) else runs.none()


def may_import(principal: Principal) -> bool:
    """Files name any store and change what belongs to all: only for who is of the whole chain."""
    return rights.holds(principal, rights.IMPORTS_WRITE) and scope_of(principal).all_stores


def alive_key(run_id: int) -> str:
    """What the advisory lock of a run at work is called."""
    return f"import run {run_id}"


def is_alive(run: ImportRun) -> bool:
    """Whether some process works on this run now. A killed one lets go of its lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (classid::bigint << 32) | objid::bigint = hashtextextended(%s, 0))",
            [alive_key(run.pk)],
        )
        return bool(cursor.fetchone()[0])


def is_interrupted(run: ImportRun) -> bool:
    """Whether the run was at work, and whoever worked on it is gone."""
    if run.status not in (RunStatus.PARSING, RunStatus.APPLYING) or is_alive(run):
        return False
    # One that came to its end since `run` was read is over, not interrupted.
    return ImportRun.objects.filter(pk=run.pk, status=run.status).exists()


def quarantine_visible_to(principal: Principal, *, run_id: int) -> QuerySet[QuarantinedRow]:
    """The rows that one visible run set aside, resolved or not."""
    return QuarantinedRow.objects.filter(
        run__in=runs_visible_to(principal).filter(pk=run_id).values("pk")
    )


def open_rows_visible_to(principal: Principal) -> QuerySet[QuarantinedRow]:
    """The rows of visible runs that wait to be corrected."""
    return QuarantinedRow.objects.filter(
        run__in=runs_visible_to(principal).values("pk"), resolved_by__isnull=True
    )

"""Questions about imports. A file is seen whole, so its run is for who sees the whole chain."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a row is that left its quarantine: waiting in that of a later run, or settled by it."""

    run_id: int
    waits: bool


def fates_of(run: ImportRun) -> dict[int, Fate]:
    """Of each row that later imports took from this run's quarantine, by the row's number.

    A row is followed by its file and line, from run to run, to where it was refused no more.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE way AS ("
            " SELECT id AS origin, 0 AS step, run_id, file_name, line_number, resolved_by_id later"
            " FROM imports_quarantinedrow WHERE run_id = %s AND resolved_by_id IS NOT NULL"
            " UNION SELECT way.origin, way.step + 1, q.run_id, q.file_name, q.line_number,"
            " q.resolved_by_id FROM way JOIN imports_quarantinedrow q ON q.run_id = way.later"
            " AND q.file_name = way.file_name AND q.line_number = way.line_number)"
            " SELECT DISTINCT ON (origin) origin, coalesce(later, run_id), later IS NULL"
            " FROM way ORDER BY origin, step DESC, later NULLS FIRST",
            [run.pk],
        )
        return {row: Fate(run_id, waits) for row, run_id, waits in cursor.fetchall()}

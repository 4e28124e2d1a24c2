"""An import from the first byte to the account: read, stage, check, preview, apply, tell."""

import codecs
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, DataError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.imports import account, quarantine, staging
from epm.imports.kinds import ImportKind, kind_named
from epm.imports.mapping import BadMapping, ImportMapping
from epm.imports.models import ImportRun, RunStatus
from epm.imports.readers import ReaderOptions, Table, open_table
from epm.imports.selectors.runs import alive_key
from epm.imports.staging import Progress, Stage
from epm.platform import actor, jobs
from epm.platform.refusals import Refusal

log = logging.getLogger(__name__)

OPEN = (RunStatus.PARSING, RunStatus.APPLYING, RunStatus.FAILED)


TO_BE_DONE = (RunStatus.WAITING, RunStatus.PARSING, RunStatus.APPLYING)


class CalledOff(Refusal):
    code = "imports/called-off"
    title = "The import has been called off"


class ImportRunning(Refusal):
    code = "imports/already-running"
    title = "Another import of this kind is running"


def import_files(  # noqa: PLR0913
    *,
    kind_name: str,
    paths: Sequence[Path],
    mapping: ImportMapping | None,
    by: User | None,
    door: str,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = staging.untold,
    waiting: ImportRun | None = None,
) -> ImportRun:
    """Import files of one kind; the run with its account.

    A run that died is taken up again by the same files and mapping: what it has applied stays
    applied. `waiting` is a run made beforehand.

    Raises UnknownImportKind, BadMapping, UnreadableFile, ImportRunning before anything is written,
    AccountDoesNotAddUp if rows or money went astray.
    """
    kind = kind_named(kind_name)
    chosen = mapping or ImportMapping(kind=kind_name)
    table = open_table(paths, options=_reader_options(paths, mapping=chosen))
    header = staging.header_of(table)
    if mapping is None or not mapping.columns:
        chosen = chosen.with_columns_named_like([f.name for f in kind.fields], header=header)
    chosen.without_its_own_columns_missing_from(header)
    if table.sheets or staging.CORRECTED in header:
        chosen = chosen.reading_spreadsheet_dates()
    kind.check(chosen)
    _check_patterns(chosen)

    with _one_at_a_time(kind):
        run = _open_run(
            kind=kind, paths=paths, mapping=chosen, by=by, door=door, now=now, dry_run=dry_run,
            waiting=waiting,
        )  # fmt: skip
        try:
            with _alive(run):
                _work(run, table, kind=kind, mapping=chosen, progress=progress)
        except BaseException as error:
            fail(run_id=run.pk, error=error)
            raise
        finally:
            _restore_session()
    if not dry_run:
        for task in kind.tasks_after:
            jobs.run_here(task)
    return run


def _work(
    run: ImportRun, table: Table, *, kind: ImportKind, mapping: ImportMapping, progress: Progress
) -> None:
    _prepare_session(run)
    staging.drop(run_ids=_stale_runs(kind))
    stage = staging.load(table, run_id=run.pk, mapping=mapping, progress=progress)
    run.columns = stage.own_columns
    if not run.dry_run:
        kind.prepare(stage)
    progress("check", 0, stage.row_count)
    kind.classify(stage)
    if run.dry_run:
        run.account = account.preview(stage, kind=kind)
    else:
        _apply(run, stage, kind=kind, progress=progress)
    _close(run, stage, kind=kind)
    staging.drop(run_ids={run.pk})


def _reader_options(paths: Sequence[Path], *, mapping: ImportMapping) -> ReaderOptions:
    """How the mapping says the file is written; a quarantine export is written our way."""
    if paths[0].is_file():
        with paths[0].open("rb") as file:
            if file.read(64).removeprefix(codecs.BOM_UTF8).startswith(staging.CORRECTED.encode()):
                return ReaderOptions()
    return mapping.reader


def _check_patterns(mapping: ImportMapping) -> None:
    """PostgreSQL reads the patterns: refuse those it cannot, before anything is staged."""
    patterns = [match.pattern for match in mapping.rows.values()]
    patterns += [spec.pattern for spec in mapping.columns.values()]
    for pattern in filter(None, patterns):
        try:
            with transaction.atomic():
                staging.fetch("SELECT '' ~ %s", [pattern])
        except DataError as error:
            raise BadMapping(
                _("“%(pattern)s” is not a regular expression: %(error)s")
                % {"pattern": pattern, "error": str(error).splitlines()[0]}
            ) from error


def _apply(run: ImportRun, stage: Stage, *, kind: ImportKind, progress: Progress) -> None:
    run.status = RunStatus.APPLYING
    run.save(update_fields=["status", "columns"])
    kind.apply(stage, progress=progress)


@transaction.atomic
def _close(run: ImportRun, stage: Stage, *, kind: ImportKind) -> None:
    """Keep the account and the quarantine in one transaction."""
    if ImportRun.objects.select_for_update().filter(pk=run.pk, status=RunStatus.CANCELLED).exists():
        raise CalledOff(_("Import %(run)s is not to be done any more.") % {"run": run.pk})
    verdicts = kind.verdicts(stage)
    run.quarantine.all().delete()
    kept = quarantine.keep(stage, verdicts=verdicts)
    if run.dry_run:
        run.status = RunStatus.PREVIEW
    else:
        quarantine.supersede(stage, kind=kind.name)
        run.account = account.final(stage, kind=kind)
        run.status = RunStatus.DONE_WITH_ERRORS if kept else RunStatus.DONE
    run.finished_at = timezone.now()
    run.error = ""
    run.save(update_fields=["status", "account", "columns", "finished_at", "error"])


def fail(*, run_id: int, error: BaseException) -> None:
    """Remember why: a refusal in its own words, anything else in the log alone.

    A run that has been called off or has ended stays so. What was staged stays until the next
    import of the kind; that one drops it.
    """
    if connection.in_atomic_block:
        return  # the caller's transaction takes it all back
    if isinstance(error, Refusal):
        told = str(error.detail)
    else:
        log.error("Import %s broke off", run_id, exc_info=error)
        told = _(
            "The import broke off unexpectedly. The server's log says why, under import %(run)s."
            " What was written stays; resume it to try again."
        ) % {"run": run_id}
    with suppress(DatabaseError):  # the connection may be what broke: a new one can tell
        if not connection.is_usable():
            connection.close()
        ImportRun.objects.filter(pk=run_id, status__in=TO_BE_DONE).update(
            status=RunStatus.FAILED, error=told[:2000]
        )


def _open_run(
    *,
    kind: ImportKind,
    paths: Sequence[Path],
    mapping: ImportMapping,
    by: User | None,
    door: str,
    now: datetime,
    dry_run: bool,
    waiting: ImportRun | None,
) -> ImportRun:
    fingerprint = _fingerprint(paths, mapping=mapping)
    if waiting is not None:
        return _taken_up(waiting, fingerprint=fingerprint)
    known = ImportRun.objects.filter(kind=kind.name, content_hash=fingerprint, dry_run=False)
    if not dry_run and (open_run := known.filter(status__in=OPEN).order_by("-pk").first()):
        return open_run
    return ImportRun.objects.create(
        kind=kind.name,
        file_names=[path.name for path in paths],
        content_hash=fingerprint,
        mapping=mapping.source,
        dry_run=dry_run,
        actor=by,
        door=door,
        started_at=now,
    )


def _taken_up(run: ImportRun, *, fingerprint: str) -> ImportRun:
    """Begin, or begin again, the work on a run that waits; not on one that has been called off."""
    begun = ImportRun.objects.filter(pk=run.pk, status__in=TO_BE_DONE).update(
        status=RunStatus.PARSING, content_hash=fingerprint, error=""
    )
    if not begun:
        raise CalledOff(_("Import %(run)s is not to be done any more.") % {"run": run.pk})
    run.refresh_from_db()
    return run


def _fingerprint(paths: Sequence[Path], *, mapping: ImportMapping) -> str:
    digest = hashlib.sha256(json.dumps(mapping.source, sort_keys=True, default=str).encode())
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _stale_runs(kind: ImportKind) -> set[int]:
    """Runs of this kind that will not go on: we hold its lock, so nobody works on them."""
    return set(ImportRun.objects.filter(kind=kind.name).values_list("pk", flat=True))


@contextmanager
def _one_at_a_time(kind: ImportKind) -> Iterator[None]:
    """Two imports of a kind would judge rows by a ledger the other is writing."""
    key = f"import {kind.name}"
    ((free,),) = staging.fetch("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
    if not free:
        raise ImportRunning(
            _("Wait until the running import of “%(kind)s” has ended.") % {"kind": kind.name}
        )
    try:
        yield
    finally:
        with suppress(DatabaseError):  # a broken connection has let go of it already
            staging.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _prepare_session(run: ImportRun) -> None:
    """Room for sorting and hashing, and a name for the histories that triggers keep."""
    staging.execute("SET work_mem = '128MB'; SET hash_mem_multiplier = 2")
    staging.fetch("SELECT set_config(%s, %s, false)", [actor.SETTING, f"import {run.pk}"])


def _restore_session() -> None:
    if connection.needs_rollback:
        return  # the caller's transaction takes the settings back with everything else
    with suppress(DatabaseError):
        staging.execute(f"RESET work_mem; RESET hash_mem_multiplier; RESET {actor.SETTING}")


@contextmanager
def _alive(run: ImportRun) -> Iterator[None]:
    """A lock that lives as long as this process works on the run: see `selectors.runs.is_alive`."""
    staging.fetch("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [alive_key(run.pk)])
    try:
        yield
    finally:
        with suppress(DatabaseError):
            staging.execute(
                "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [alive_key(run.pk)]
            )

"""Imports that somebody hands in and a worker does: upload, preview, confirm, apply."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.models import User
from epm.imports.kinds import kind_named
from epm.imports.mapping import BadMapping, mapping_from
from epm.imports.models import ImportRun, RunStatus, Upload
from epm.imports.readers import UnreadableFile
from epm.imports.selectors.runs import is_alive
from epm.imports.services import files, runs
from epm.imports.services.aliveness import alone, break_off
from epm.imports.services.progress import Told
from epm.platform import jobs
from epm.platform.refusals import Refusal

CARRY_ON: Final = "imports.carry_on"
HOPELESS: Final = "refused"
"""The phase of a failed run whose file or mapping cannot be read: again would fail again."""
RESUMABLE: Final = (RunStatus.FAILED, RunStatus.PARSING, RunStatus.APPLYING)


class NotPreviewed(Refusal):
    code = "imports/not-previewed"
    title = gettext_lazy("There is no preview to confirm")


class NotResumable(Refusal):
    code = "imports/not-resumable"
    title = gettext_lazy("There is nothing to resume")


class NotCancellable(Refusal):
    code = "imports/not-cancellable"
    title = gettext_lazy("The import cannot be cancelled any more")


@transaction.atomic
def receive(  # noqa: PLR0913
    *, kind_name: str, chunks: Iterable[bytes], file_name: str, by: User | None, now: datetime,
    mapping: Mapping[str, Any] | None = None, credential: str = "", key: str = "",
    request_digest: str = "",
) -> Upload:  # fmt: skip
    """Keep the file; nothing is imported yet.

    Raises UnknownImportKind, BadMapping, FileTooLarge, UnreadableFile; then nothing is kept.
    """
    kind_named(kind_name)
    mapping_from(dict(mapping or {}), kind=kind_name)
    stored_as, size, sha256 = files.keep(chunks=chunks, file_name=file_name)
    try:
        return Upload.objects.create(
            kind=kind_name, file_name=files.plain_name(given=file_name),
            stored_as=stored_as, size=size,
            sha256=sha256, mapping=mapping or {}, created_by=by, created_at=now,
            credential=credential, idempotency_key=key, request_digest=request_digest,
        )  # fmt: skip
    except BaseException:
        (files.folder() / stored_as).unlink(missing_ok=True)
        raise


@transaction.atomic
def start(
    *, upload_id: int, mapping: Mapping[str, Any], dry_run: bool, by: User | None, door: str,
    now: datetime,
) -> ImportRun:  # fmt: skip
    """Have a worker preview or apply the file by this mapping; a file is applied once.

    Raises UnknownImportKind, BadMapping.
    """
    upload = Upload.objects.select_for_update().get(pk=upload_id)
    mapping_from(dict(mapping), kind=upload.kind)
    if not dry_run and (
        done := upload.runs.filter(dry_run=False).exclude(status=RunStatus.CANCELLED).first()
    ):
        return done
    run = ImportRun.objects.create(
        kind=upload.kind, status=RunStatus.WAITING, file_names=[upload.file_name],
        mapping=dict(mapping), dry_run=dry_run, actor=by, door=door, started_at=now,
        upload=upload,
    )  # fmt: skip
    jobs.enqueue_on_commit(CARRY_ON, run_id=run.pk)
    return run


@transaction.atomic
def confirm(*, run_id: int, by: User | None, door: str, now: datetime) -> ImportRun:
    """Apply what was previewed; again is harmless. Raises NotPreviewed."""
    run = ImportRun.objects.select_related("upload").get(pk=run_id)
    if run.upload is None or run.status != RunStatus.PREVIEW:
        raise NotPreviewed(_("Import %(run)s is no finished preview.") % {"run": run_id})
    return start(
        upload_id=run.upload.pk, mapping=run.mapping, dry_run=False, by=by, door=door, now=now
    )


@transaction.atomic
def cancel(*, run_id: int) -> ImportRun:
    """Call off a preview, or an import that has not begun. Raises NotCancellable."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    begun = run.status != RunStatus.WAITING and not (
        run.dry_run and run.status in (RunStatus.PARSING, RunStatus.PREVIEW)
    )
    if run.upload_id is None or begun:
        raise NotCancellable(
            _("Import %(run)s has begun to write, or has ended.") % {"run": run_id}
        )
    run.status = RunStatus.CANCELLED
    run.save(update_fields=["status"])
    transaction.on_commit(partial(break_off, run=run))
    return run


@transaction.atomic
def resume(*, run_id: int) -> ImportRun:
    """Have a worker go on where a run failed or was interrupted. Raises NotResumable."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.status == RunStatus.FAILED and run.phase == HOPELESS:
        raise NotResumable(_("This file cannot be read so: change the mapping, or correct it."))
    if run.upload_id is None or run.status not in RESUMABLE or is_alive(run):
        raise NotResumable(_("Import %(run)s goes on, or has ended.") % {"run": run_id})
    run.status = RunStatus.WAITING
    run.save(update_fields=["status"])
    jobs.enqueue_on_commit(CARRY_ON, run_id=run.pk)
    return run


def carry_on(*, run_id: int) -> None:
    """Work on a run until it ends. Sent twice, the second finds nothing to do.

    While another import of the kind is at work it goes on waiting; `wake` sends for it again.
    """
    run = ImportRun.objects.select_related("upload", "actor").filter(pk=run_id).first()
    if run is None or run.upload is None or run.status not in runs.TO_BE_DONE:
        return
    with alone(run=run) as is_first:
        if is_first:
            _work_on(run, upload=run.upload)


def _work_on(run: ImportRun, *, upload: Upload) -> None:
    try:
        with files.of(upload=upload) as path, Told(run_id=run.pk) as told:
            runs.import_files(
                kind_name=run.kind, paths=[path], mapping=mapping_from(run.mapping, kind=run.kind),
                by=run.actor, door=run.door, now=run.started_at, dry_run=run.dry_run,
                progress=told, waiting=run,
            )  # fmt: skip
    except (runs.ImportRunning, runs.CalledOff):
        return
    except Refusal as refusal:
        runs.fail(run_id=run.pk, error=refusal)
        again = not isinstance(refusal, (UnreadableFile, BadMapping, files.FileForgotten))
        ImportRun.objects.filter(pk=run.pk, status=RunStatus.FAILED).update(
            phase="" if again else HOPELESS
        )
    except Exception as error:
        if ImportRun.objects.filter(pk=run.pk, status=RunStatus.CANCELLED).exists():
            return  # `cancel` has broken off its statement
        runs.fail(run_id=run.pk, error=error)
        raise


def wake() -> None:
    """Send for every run that waits."""
    waiting = ImportRun.objects.filter(status=RunStatus.WAITING, upload__isnull=False)
    for run_id in waiting.order_by("pk").values_list("pk", flat=True)[:100]:
        jobs.enqueue_on_commit(CARRY_ON, run_id=run_id)


def forget_files(*, now: datetime) -> int:
    """Delete uploaded files older than EPM_UPLOAD_DAYS that no run still needs; how many."""
    old = Upload.objects.filter(
        forgotten_at=None, created_at__lt=now - timedelta(days=settings.EPM_UPLOAD_DAYS)
    ).exclude(runs__status__in=runs.TO_BE_DONE)
    count = 0
    for upload in old.order_by("pk")[:1000]:
        (files.folder() / upload.stored_as).unlink(missing_ok=True)
        Upload.objects.filter(pk=upload.pk).update(forgotten_at=now)
        count += 1
    return count

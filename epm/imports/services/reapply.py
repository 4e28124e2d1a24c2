"""A run's quarantine imported again as it is, once what it waited for is there."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils.translation import gettext as _

from epm.access.models import User
from epm.imports import quarantine
from epm.imports.mapping import ImportMapping, mapping_from
from epm.imports.models import ImportRun
from epm.imports.services import runs
from epm.imports.staging import Progress
from epm.platform.refusals import Kind, Refusal


class NoSuchImport(Refusal):
    code = "imports/no-such-import"
    title = "There is no such import"
    kind = Kind.MISSING


class NothingOpen(Refusal):
    code = "imports/nothing-open"
    title = "No row of this import is in quarantine"


def quarantine_of(
    *,
    run_id: int,
    mapping: ImportMapping | None,
    by: User | None,
    now: datetime,
    progress: Progress,
) -> ImportRun:
    """Import the open rows of run `run_id` again, with its own mapping unless another is given."""
    origin = ImportRun.objects.filter(pk=run_id).first()
    if origin is None:
        raise NoSuchImport(_("There is no import %(run)s.") % {"run": run_id}, run=run_id)
    holder = quarantine.holder_of(origin)
    if not holder.quarantine.filter(resolved_by=None).exists():
        raise NothingOpen(_("No row of import %(run)s is in quarantine.") % {"run": run_id})
    document = dict(mapping.source if mapping else holder.mapping)
    document.pop("file", None)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"quarantine-{run_id}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(quarantine.csv_lines(holder, for_people=False))
        return runs.import_files(
            kind_name=origin.kind,
            paths=[path],
            mapping=mapping_from(document, kind=origin.kind),
            by=by,
            door="reapply",
            now=now,
            progress=progress,
        )

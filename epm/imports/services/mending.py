"""Quarantined rows corrected where they stand, and handed in again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.imports import quarantine
from epm.imports.models import ImportRun
from epm.imports.readers.contract import MAX_CELL
from epm.imports.services import uploads
from epm.imports.services.reapply import NothingOpen


@transaction.atomic
def mend(
    *, run_id: int, cells: Mapping[int, Sequence[str]], only: Sequence[int] | None,
    by: User | None, now: datetime,
) -> ImportRun:  # fmt: skip
    """Correct the cells of open rows and apply those rows again: `only` these, or all.

    Rows that stand or fall with a chosen one (a ticket's lines) go with it. The row as it stood in
    its file is kept. Raises NothingOpen.
    """
    run = ImportRun.objects.get(pk=run_id)
    if run.dry_run:
        raise NothingOpen(_("A preview keeps no rows in quarantine: confirm it first."))
    rows = {
        row.pk: row
        for row in run.quarantine.select_for_update().filter(resolved_by=None).order_by("pk")
    }
    for pk, given in cells.items():
        row = rows.get(pk)
        now_are = list((row.corrected_cells or row.cells) if row else [])
        mended = [text.replace("\0", "")[:MAX_CELL] for text in given]
        if row is not None and len(mended) >= len(now_are) and mended != now_are:
            row.corrected_cells = mended
            row.save(update_fields=["corrected_cells"])
    chosen = set(rows) if only is None else set(only) & set(rows)
    groups = {rows[pk].group_key for pk in chosen} - {""}
    chosen |= {pk for pk, row in rows.items() if row.group_key in groups}
    if not chosen:
        raise NothingOpen(_("No row of import %(run)s is in quarantine.") % {"run": run_id})
    document = {name: part for name, part in run.mapping.items() if name != "file"}
    lines = quarantine.csv_lines(run, for_people=False, only=sorted(chosen))
    upload = uploads.receive(
        kind_name=run.kind, chunks=(line.encode() for line in lines),
        file_name=f"quarantine-{run_id}.csv", by=by, now=now, mapping=document,
    )  # fmt: skip
    return uploads.start(
        upload_id=upload.pk, mapping=document, dry_run=False, by=by, door="reapply", now=now
    )

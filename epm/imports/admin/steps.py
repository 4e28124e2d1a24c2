"""Where a run stands, in words, and which buttons make sense."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.imports.models import ImportRun, RunStatus
from epm.imports.selectors.runs import Fate, fates_of, is_interrupted, may_import
from epm.imports.services import runs, uploads


def of(run: ImportRun, *, request: HttpRequest) -> dict[str, Any]:
    """Where the run stands, in words, and which buttons make sense."""
    interrupted = run.upload is not None and is_interrupted(run)
    state = "interrupted" if interrupted else run.status
    moving = run.upload is not None and not interrupted and run.status in runs.TO_BE_DONE
    may = may_import(request.user) and run.upload is not None
    later = (
        run.upload.runs.filter(dry_run=False).exclude(status=RunStatus.CANCELLED).first()
        if run.upload is not None and run.dry_run
        else None
    )
    waiting, gone = False, Counter[Fate]()
    if run.status == RunStatus.DONE_WITH_ERRORS and not run.dry_run:
        rows = run.quarantine.aggregate(waiting=Count("pk", filter=Q(resolved_by=None)),
                                        gone=Count("resolved_by"))  # fmt: skip
        waiting = bool(rows["waiting"])
        gone = Counter(fates_of(run).values()) if rows["gone"] else gone
    sentence = _sentence(run, interrupted=interrupted)
    if later:
        sentence = _("This preview has been confirmed.")
    elif gone and not waiting:
        sentence = _gone(gone)
    return {
        "state": state,
        "sentence": sentence,
        "gone": sorted((fate.run_id, fate.waits, n) for fate, n in gone.items()),
        "percent": min(100 * run.done // run.total, 100) if run.total else None,
        "moving": moving,
        "applied_by": later,
        "confirm": may and run.status == RunStatus.PREVIEW and later is None,
        "cancel": may and (
            run.status == RunStatus.WAITING
            or (run.dry_run and run.status in (RunStatus.PARSING, RunStatus.PREVIEW)
                and later is None)
        ),
        "resume": may and (
            interrupted or (run.status == RunStatus.FAILED and run.phase != uploads.HOPELESS)
        ),
        "remap": may and run.dry_run and later is None,
        "mend": may_import(request.user) and waiting,
    }  # fmt: skip


PHASES: Final[Mapping[str, str | Promise]] = {
    "read": gettext_lazy("Reading the file"),
    "check": gettext_lazy("Checking every row"),
    "apply": gettext_lazy("Writing"),
}


SENTENCES: Final[Mapping[RunStatus, str | Promise]] = {
    RunStatus.WAITING: gettext_lazy(
        "Waiting for its turn. Imports of one kind run one after the other."
    ),
    RunStatus.PARSING: gettext_lazy("Reading the file"),
    RunStatus.APPLYING: gettext_lazy("Writing"),
    RunStatus.PREVIEW: gettext_lazy(
        "Nothing has been written yet. Look at the account below, then confirm."
    ),
    RunStatus.CANCELLED: gettext_lazy("Cancelled. Nothing was written."),
    RunStatus.DONE: gettext_lazy("Done. Every row is accounted for."),
    RunStatus.DONE_WITH_ERRORS: gettext_lazy(
        "Done. Some rows wait in quarantine, whole and with their reasons."
    ),
}


def _gone(gone: Counter[Fate]) -> str:
    if any(fate.waits for fate in gone):
        return _("Done. Its quarantined rows were imported again: some wait there still.")
    return _("Done. Its quarantined rows were imported again, and all are settled.")


def _sentence(run: ImportRun, *, interrupted: bool) -> str:
    if interrupted:
        return _("Interrupted: whoever worked on it is gone. What was written stays; resume it.")
    if run.status == RunStatus.FAILED:
        return run.error
    if run.status == RunStatus.PARSING and run.phase in PHASES:
        return str(PHASES[run.phase])
    return str(SENTENCES[RunStatus(run.status)])

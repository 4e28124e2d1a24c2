"""`manage.py import_data KIND FILE…`: files into the system, with an account of every row."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from epm.imports.mapping import ImportMapping, mapping_from, read_mapping
from epm.imports.models import ImportRun
from epm.imports.services import reapply, runs
from epm.platform.refusals import Refusal

SHIPPED = Path(__file__).resolve().parents[2] / "mappings"
PHASES = {"read": _("Reading"), "check": _("Checking"), "apply": _("Applying")}
QUARANTINED = 3


class Command(BaseCommand):
    help = (
        "Import a file, or several as one. Prints what became of every row; exit status 0 when all"
        " were applied, 3 when some wait in quarantine. The last line is JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(settings.EPM_IMPORT_KINDS))
        parser.add_argument(
            "files",
            nargs="*",
            type=Path,
            metavar="FILE",
            help="CSV (also .gz, .zip), .xlsx or Parquet",
        )
        parser.add_argument(
            "--mapping",
            metavar="FILE",
            help="TOML file, or the name of a shipped one (docs/imports.md)",
        )
        parser.add_argument("--dry-run", action="store_true", help="preview; write nothing")
        parser.add_argument("--store", metavar="CODE", help="the store of rows that name none")
        parser.add_argument(
            "--reapply", type=int, metavar="RUN", help="apply a run's quarantined rows again"
        )
        parser.add_argument(
            "--accept-changes",
            action="store_true",
            help="correct tickets that came again with other content, by counter-documents",
        )

    def handle(self, **options: Any) -> None:
        try:
            run = self._run(options)
        except Refusal as refusal:
            self.stdout.write(json.dumps({"error": refusal.code, "detail": str(refusal.detail)}))
            raise CommandError(str(refusal.detail)) from refusal
        self._tell(run)
        rows = run.account["rows"]
        if rows.get("quarantined", rows.get("refused", 0)):
            sys.exit(QUARANTINED)

    def _run(self, options: dict[str, Any]) -> ImportRun:
        kind, files = options["kind"], options["files"]
        mapping = _mapping(options)
        with Bars(enabled=sys.stderr.isatty()) as bars:
            if options["reapply"]:
                return reapply.quarantine_of(
                    run_id=options["reapply"], mapping=mapping, by=None, now=timezone.now(),
                    progress=bars.show,
                )  # fmt: skip
            if not files:
                raise CommandError(_("Name at least one file to import."))
            return runs.import_files(
                kind_name=kind, paths=files, mapping=mapping, by=None, door="command",
                now=timezone.now(), dry_run=options["dry_run"], progress=bars.show,
            )  # fmt: skip

    def _tell(self, run: ImportRun) -> None:
        write, account = self.stdout.write, run.account
        write(f"{run} — {run.get_status_display()}")
        money = account["money"] or {}
        for part, count in account["rows"].items():
            write(f"  {part:<12}{count:>14,}  {money.get(part, ''):>20}")
        for reason, count in account["reasons"].items():
            write(f"    {count:>10,}  {reason}")
        for note, value in account["notes"].items():
            write(f"  {note}: {value}")
        if account["blank_lines"]:
            write(_("  %(n)s blank lines, which hold nothing") % {"n": account["blank_lines"]})
        if account["header_lines"]:
            write(_("  %(n)s repeated header lines, unchanged") % {"n": account["header_lines"]})
        if account["reasons"]:
            write(
                _("  The rows in quarantine: manage.py quarantine %(run)s > rows.csv")
                % {"run": run.pk}
            )
        write(
            json.dumps(
                {
                    "run": run.pk,
                    "kind": run.kind,
                    "status": run.status,
                    "dry_run": run.dry_run,
                    **account,
                },
                ensure_ascii=False,
            )
        )


class Bars:
    """One progress bar a phase, on a terminal only."""

    def __init__(self, *, enabled: bool) -> None:
        self.enabled = enabled
        self.bar: tqdm | None = None
        self.phase = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, phase: str, done: int, total: int) -> None:
        if not self.enabled:
            return
        if phase != self.phase:
            if self.bar is not None:
                self.bar.close()
            self.phase = phase
            self.bar = tqdm(total=total, desc=str(PHASES[phase]), unit_scale=True, file=sys.stderr)
        if self.bar is not None:
            self.bar.total = max(total, done)
            self.bar.update(done - self.bar.n)


def _mapping(options: dict[str, Any]) -> ImportMapping | None:
    """The mapping file, with what the command line adds to it."""
    kind, given = options["kind"], options["mapping"]
    document: dict[str, Any] = {}
    if given:
        shipped = SHIPPED / f"{given}.toml"
        path = shipped if shipped.exists() and not Path(given).exists() else Path(given)
        document = dict(read_mapping(path, kind=kind).source)
    if options["store"]:
        document["constants"] = {**document.get("constants", {}), "store": options["store"]}
    if options["accept_changes"]:
        document["options"] = {**document.get("options", {}), "changed_tickets": "correct"}
    return mapping_from(document, kind=kind) if document else None

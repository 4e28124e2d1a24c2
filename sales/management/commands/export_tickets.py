"""`manage.py export_tickets`: the tickets of a register as a file that proves itself."""

import gzip
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from sales.management.registers import registers_named
from sales.selectors.ticket_export import export_of


class Command(BaseCommand):
    help = (
        "Write the tickets of a register, in their order, with the text that each was hashed of:"
        " scripts/verify_tickets.py proves the file without this system."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help=".jsonl or .jsonl.gz")
        parser.add_argument("--store", required=True, metavar="CODE")
        parser.add_argument("--register", required=True, metavar="CODE")
        parser.add_argument("--from", type=_day, dest="start", help="first business day")
        parser.add_argument("--to", type=_day, dest="end", help="last business day")

    def handle(self, **options: Any) -> None:
        (register,) = registers_named(store=options["store"], code=options["register"])
        export = export_of(register, start=options["start"], end=options["end"])
        path = options["file"]
        lines = tqdm(
            export.lines(now=timezone.now()),
            total=export.count + 1,
            desc=_("Tickets"),
            unit_scale=True,
            disable=not sys.stderr.isatty(),
        )
        try:
            # Never over a file that is there: it may be the archive.
            with path.open("xb") as file:
                if path.suffix == ".gz":
                    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as packed:
                        packed.writelines(lines)
                else:
                    file.writelines(lines)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.stdout.write(
            _("%(count)s tickets, %(first)s to %(last)s, in %(file)s.")
            % {"count": export.count, "first": export.first, "last": export.last, "file": path}
        )


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise ArgumentTypeError(said) from error

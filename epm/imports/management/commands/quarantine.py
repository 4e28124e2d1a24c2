"""`manage.py quarantine RUN`: the rows an import could not apply, as CSV to correct."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from epm.imports import quarantine
from epm.imports.models import ImportRun


class Command(BaseCommand):
    help = (
        "Write the quarantined rows of an import as CSV. Correct them and import the file with the"
        " same mapping: each row that is applied leaves the quarantine."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int)

    def handle(self, *, run: int, **options: Any) -> None:
        found = ImportRun.objects.filter(pk=run).first()
        if found is None:
            raise CommandError(_("There is no import %(run)s.") % {"run": run})
        for line in quarantine.csv_lines(quarantine.holder_of(found)):
            self.stdout.write(line, ending="")

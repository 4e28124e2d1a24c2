"""Look at the stock and keep its alerts; for whoever cannot wait for the clock."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from inventory.services import stock_alerts


class Command(BaseCommand):
    help = "Bring days, needs and alerts of stock up to date with the ledger."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--everything", action="store_true", help="Look at every level, changed or not."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done = stock_alerts.refresh(
            now=timezone.now(), everything=options["everything"], progress=self._tell
        )
        self.stdout.write(
            f"{done.levels} levels looked at, {done.opened} alerts opened, {done.resolved} resolved"
        )

    def _tell(self, done: int, of: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done}/{of} stores", ending="\n" if done == of else "")

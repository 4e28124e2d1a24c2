"""Look at the embedded servers of EPM_DATA, or stop them."""

import os

from django.core.management.base import BaseCommand, CommandParser

from epm.embedded import running, stop


class Command(BaseCommand):
    help = "Say whether the embedded PostgreSQL and Valkey of EPM_DATA run, or stop them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["status", "stop"])

    def handle(self, *, what: str, **options: object) -> None:
        if what == "stop":
            stop(os.environ)
        for name, runs in running(os.environ).items():
            self.stdout.write(f"{name}: {'running' if runs else 'stopped'}")

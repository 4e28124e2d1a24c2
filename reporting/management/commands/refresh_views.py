"""Rebuild the materialized views now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from epm.platform.refusals import Refusal
from reporting.services import facts, goods, views


class Command(BaseCommand):
    help = "Bring the facts up to date and rebuild the materialized views."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--view", action="append", default=[], metavar="NAME", help="Only this one; repeatable."
        )
        parser.add_argument(
            "--rebuild-facts",
            action="store_true",
            help="Recompute every fact, not just changed ones.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.now().date()
        if options["rebuild_facts"]:
            done, kept = facts.rebuild(), goods.rebuild(today=today)
        else:
            done, kept = facts.refresh(), goods.keep(today=today)
        self.stdout.write(f"facts: {done.buckets} store days recomputed")
        self.stdout.write(f"goods: {kept.store_months} store months recomputed")
        try:
            stamps = views.refresh_views(names=options["view"])
        except Refusal as refusal:
            raise CommandError(str(refusal.detail)) from refusal
        for stamp in stamps:
            self.stdout.write(
                f"{stamp.view}: as of {stamp.as_of:%Y-%m-%dT%H:%M:%SZ}, {stamp.took_ms} ms"
            )

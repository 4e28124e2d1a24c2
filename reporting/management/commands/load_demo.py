"""Load the demo: a public retail data set, and what it lacks invented."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.imports.management.commands.import_data import Bars
from epm.imports.models import ImportRun
from epm.platform.demo_password import demo_password
from epm.platform.refusals import Refusal
from reporting.services.demo import loading, shipped


class Command(BaseCommand):
    help = (
        "Load the demo: sales of six stores, moved by whole weeks to end on the last Sunday; or"
        " the full year as it is. Refuses a system that holds other sales; a second call changes"
        " nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="the full year, downloaded (31 MB), unmoved"
        )
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="only into an empty system, or to complete a load that was stopped; else silent",
        )

    def handle(self, **options: Any) -> None:
        if options["if_empty"] and not loading.is_wanted():
            return
        try:
            loaded = self._full_year() if options["full"] else self._slice()
        except Refusal as refusal:
            if not options["if_empty"]:
                raise CommandError(str(refusal.detail)) from refusal
            self.stdout.write(str(refusal.detail))
            return
        if not loaded:
            self.stdout.write(_("The demo is loaded already; nothing has changed."))
        if not options["if_empty"]:
            self._tell_logins()

    def _slice(self) -> bool:
        now = timezone.now()
        shift = loading.slice_shift(now=now)
        self.stdout.write(
            _(
                "The demo: The Complete Journey, public grocery sales of %(first)s to %(last)s,"
                " moved by %(weeks)s weeks to end on %(end)s."
            )
            % {
                "first": shipped.FIRST_DAY,
                "last": shipped.LAST_DAY,
                "weeks": shift // shipped.WEEK,
                "end": f"{shipped.LAST_DAY + timedelta(days=shift):%A %Y-%m-%d}",
            }
        )
        with Bars(enabled=sys.stderr.isatty()) as bars:
            loaded = loading.load_slice(now=now, tell=self._tell, progress=bars.show)
        if loaded:
            self.stdout.write(
                _(
                    "Invented for the demo: names, regions, cities, areas and dates of the stores,"
                    " targets, visitors, hours worked, the purchase prices of a part of the"
                    " products, the stock with its deliveries and losses, the suppliers, a"
                    " promotion and a stock rule (demo/README.md)."
                )
            )
            self.stdout.write(
                _(
                    "Sale prices are what a piece was sold at most often in the real lines, before"
                    " discounts."
                )
            )
        return loaded

    def _full_year(self) -> bool:
        self.stdout.write(
            _("The full year of The Complete Journey, as it is, into %(folder)s.")
            % {"folder": settings.EPM_DATA}
        )
        with Bars(enabled=sys.stderr.isatty()) as bars:
            loaded = loading.load_full_year(now=timezone.now(), tell=self._tell, progress=bars.show)
        if loaded:
            self.stdout.write(
                _(
                    "Invented: names, regions, cities, areas and dates of six stores. The data has"
                    " no targets and no costs (demo/README.md)."
                )
            )
        return loaded

    def _tell(self, run: ImportRun) -> None:
        rows, money = run.account["rows"], run.account["money"] or {}
        parts = [
            f"{rows[part]:,} {word}" + (f" ({money[part]})" if part in money else "")
            for part, word in (
                ("read", _("rows read")),
                ("applied", _("applied")),
                ("unchanged", _("unchanged")),
                ("quarantined", _("quarantined")),
            )
        ]
        name = " ".join(run.file_names)
        self.stdout.write(f"  {run.kind:<17} {name:<22} {', '.join(parts)}")

    def _tell_logins(self) -> None:
        names = User.objects.filter(is_demo=True).order_by("pk").values_list("username", flat=True)
        if names:
            self.stdout.write(
                _("Demo logins: %(names)s. Password: %(password)s")
                % {"names": ", ".join(names), "password": demo_password()}
            )

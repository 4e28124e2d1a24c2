"""Close what is over; for whoever cannot wait for the clock."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sales.services.period_closings import close_periods


class Command(BaseCommand):
    help = "Close the days, months and years of cash registers that are over."

    def handle(self, *args: Any, **options: Any) -> None:
        closed = close_periods(now=timezone.now())
        self.stdout.write(f"{closed.made} closings made")
        if closed.failed:
            raise CommandError(f"{closed.failed} could not be made; the log says why")

"""Key figures on the command line: the same registry as screen, API and file."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from epm.access.selectors.scope import EVERYTHING, Scope
from epm.platform import moments
from epm.platform.refusals import Refusal
from reporting.kpis.kpi import Dimension, Unit
from reporting.kpis.registry import OF_SALES, REGISTRY
from reporting.selectors import kpis

NOT_KNOWN: Final = "n/a"


class Operator:
    """Whoever has the shell has the database: the whole chain."""

    is_authenticated = True
    scope: Scope = EVERYTHING


class Command(BaseCommand):
    help = "Key figures of a period, as a table or as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for option, meaning in (
            ("--from", "First business day; the first of the month of --to if left out."),
            ("--to", "Last business day, inclusive; today if left out."),
            ("--on", "A day of the --period; today if left out."),
        ):
            parser.add_argument(option, type=_day, metavar="YYYY-MM-DD", help=meaning)
        parser.add_argument(
            "--period",
            choices=[kind.value for kind in kpis.NAMED],
            help="Instead of --from and --to: the one that the day --on is in, or that ends on it.",
        )
        parser.add_argument(
            "--by", choices=[str(d.value) for d in Dimension], help="One row for each."
        )
        for option, meaning in (
            ("--store", "Only this store (code)."),
            ("--region", "Only stores of this region (code)."),
            ("--kpi", "Only this figure (code)."),
        ):
            parser.add_argument(
                option, action="append", default=[], metavar="CODE", help=f"{meaning} Repeatable."
            )
        parser.add_argument("--category", metavar="CODE", help="Only goods in it or below it.")
        parser.add_argument("--product", metavar="SKU", help="Only this product.")
        parser.add_argument(
            "--last-year",
            choices=("weekday", "date"),
            default="weekday",
            help="Compare with 364 days before (the default) or with the same dates.",
        )
        parser.add_argument(
            "--known-at",
            type=_moment,
            metavar="MOMENT",
            help="Of the sales recorded until then: 2026-03-03 (its end, UTC) or"
            " 2026-03-03T18:00:00Z.",
        )
        parser.add_argument("--json", action="store_true", help="The JSON of the API.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            period = kpis.period_asked(
                start=options["from"],
                end=options["to"],
                kind=options["period"],
                on=options["on"],
                today=timezone.now().date(),
            )
            report = kpis.report(
                principal=Operator(),
                start=period.start,
                end=period.end,
                by=options["by"],
                stores=options["store"],
                regions=options["region"],
                category=options["category"],
                product=options["product"],
                kpis=options["kpi"] or OF_SALES,
                last_year=options["last_year"],
                known_at=options["known_at"],
            )
        except Refusal as refusal:
            raise CommandError(str(refusal.detail)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(_table(report))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is not a day: write it as 2026-01-31.") from error


def _moment(text: str) -> datetime:
    try:
        return moments.moment(text)
    except ValueError as error:
        raise ArgumentTypeError(
            f"“{text}” is no moment: write it as 2026-01-31 or 2026-01-31T18:00:00Z."
        ) from error


def _table(report: kpis.KpiReport) -> str:
    """Figures downwards without rows; else one line for each row, and the total."""
    period = f"{report.period.start} … {report.period.end}"
    as_of = f"{report.as_of:%Y-%m-%d %H:%M:%S} UTC"
    known = _("as of") if report.known_at is None else _("as known at")
    title = f"{period} · {report.currency or NOT_KNOWN} · {known} {as_of}"
    if report.by is None:
        lines = [[str(REGISTRY[code].name), _shown(code, report.total)] for code in report.total]
        return "\n".join([title, "", *_aligned(lines, left=1)])
    codes = list(report.total)
    lines = [
        ["", "", *codes],
        *(
            [row.key or "", row.label, *(_shown(code, row.kpis) for code in codes)]
            for row in report.rows
        ),
        [_("Total"), "", *(_shown(code, report.total) for code in codes)],
    ]
    return "\n".join([title, "", *_aligned(lines, left=2)])


def _shown(code: str, figures: Mapping[str, str | None]) -> str:
    """For people: four places are enough of a ratio, fractions are percent."""
    text, unit = figures[code], REGISTRY[code].unit
    if text is None:
        return NOT_KNOWN
    if unit is Unit.FRACTION:
        return f"{float(text):.2%}".replace("%", " %")
    if unit in (Unit.MONEY_PER, Unit.PER):
        return f"{float(text):,.4f}"
    return f"{int(text):,}" if unit is Unit.COUNT else _grouped(text)


def _grouped(text: str) -> str:
    whole, dot, places = text.partition(".")
    return f"{int(whole):,}{dot}{places}" if whole != "-0" else text


def _aligned(lines: list[list[str]], *, left: int) -> list[str]:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]

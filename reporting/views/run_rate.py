"""On the way to a month's target: where the store stands, where it will end, what it needs."""

from decimal import Decimal
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from epm.platform import calendars, shown
from epm.platform.calendars import DAY, PeriodKind
from reporting.kpis.kpi import Unit
from reporting.kpis.registry import REGISTRY
from reporting.views.asked import Answer, Wanted
from reporting.views.charts.chart import Chart, Point, chart
from reporting.views.charts.trend import excluding_tax
from reporting.views.frame import Frame
from reporting.views.tiles import Form, told

CODES: Final = (
    "target", "net_sales", "attainment_to_date", "target_gap", "projection", "required_per_day",
)  # fmt: skip


def wanted(frame: Frame) -> Wanted:
    """The month of the day in view, day by day from its first to its last."""
    on = min(frame.state.end, frame.span.last)
    return Wanted(calendars.period_of(PeriodKind.MONTH, on), CODES, "day")


def of_store(frame: Frame, found: Answer) -> dict[str, Any]:
    """Of the answer to what is `wanted`."""
    target = found.total.get("target")
    return {
        "month": date_format(found.period.start, "F Y"),
        "facts": _facts(found) if target is not None else [],
        "told": _sentence(frame, found) if target is not None else "",
        "chart": _chart(frame, found),
    }


def _facts(found: Answer) -> list[tuple[str, str]]:
    told_as: dict[Unit, Form] = {Unit.MONEY: "money", Unit.FRACTION: "rate"}
    return [
        (
            str(REGISTRY[code].name),
            _("n/a")
            if found.total.get(code) is None
            else told(found.total[code], told_as[REGISTRY[code].unit], currency=found.currency),
        )
        for code in CODES
    ]


def _sentence(frame: Frame, found: Answer) -> str:
    """What is asked of the next day."""
    needed = found.total.get("required_per_day")
    if needed is None:
        return ""
    amount = shown.amount(needed, currency=found.currency, whole=True)
    said = _(
        "Sales are known until %(day)s. The trading day after has to bring %(amount)s excl. tax."
    )
    return said % {"day": shown.day(frame.span.last), "amount": amount}


def _chart(frame: Frame, found: Answer) -> Chart:
    """Net sales so far and the target, added up day by day."""
    days = [found.period.start + n * DAY for n in range(found.period.days)]
    by_key = found.by_key()
    sold, due = Decimal(0), Decimal(0)
    actual: list[Decimal | None] = []
    wanted: list[Decimal | None] = []
    for day in days:
        figures = by_key.get(day.isoformat(), {})
        sold += figures.get("net_sales") or 0
        due += figures.get("target") or 0
        actual.append(sold if day <= frame.span.last else None)
        wanted.append(due if found.total.get("target") is not None else None)
    return chart(
        "run-rate",
        "line",
        title=_("Net sales of the month so far, added up"),
        subtitle=excluding_tax(found.currency),
        unit=_("Day"),
        points=[Point(shown.short_day(day), shown.day(day, weekday=True)) for day in days],
        series={
            "now": (_("Net sales"), actual),
            "target": (REGISTRY["target"].name, wanted),
        },
        form="money",
        currency=found.currency,
    )

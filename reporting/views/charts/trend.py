"""Net sales in the course of the period, beside what it is compared with and the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from epm.platform import shown
from epm.platform.calendars import DAY, Period
from reporting.kpis.registry import REGISTRY
from reporting.selectors.comparison import ADDITIVE
from reporting.views import links
from reporting.views.asked import LONGEST_BY_DAY, Answer, Wanted
from reporting.views.bar import AGAINST
from reporting.views.charts.chart import Chart, Point, chart
from reporting.views.frame import Frame

SHORTEST: Final = 7
WIDENED: Final = 28


@dataclass(frozen=True, slots=True)
class Course:
    """The same days or months of the period and of the one it is compared with, first by first.

    `widened`: the period is too short for a course, so it is shown at the end of 28 days. Between
    `first` and `last`, the days of sales, nothing sold is 0; before and after nothing is known.
    """

    keys: Sequence[str]
    keys_then: Sequence[str]
    now: Answer
    then: Answer
    first: date
    last: date
    widened: bool

    @property
    def by_day(self) -> bool:
        return self.now.by == "day"

    def values(self, code: str) -> list[Decimal | None]:
        return self._told(self.now, self.keys, code)

    def values_then(self, code: str) -> list[Decimal | None]:
        found = self._told(self.then, self.keys_then[: len(self.keys)], code)
        return found + [None] * (len(self.keys) - len(found))

    def _told(self, of: Answer, keys: Sequence[str], code: str) -> list[Decimal | None]:
        known = of.by_key()
        nothing = Decimal(0) if code in ADDITIVE and of.currency else None
        return [
            known.get(key, {}).get(code, nothing)
            if code == "target" or self._is_past(key)
            else None
            for key in keys
        ]

    def _is_past(self, key: str) -> bool:
        """Whether the day or month lies within those of sales."""
        first, last = (day.isoformat()[: len(key)] for day in (self.first, self.last))
        return first <= key <= last


def wanted(frame: Frame, *, kpis: Sequence[str]) -> tuple[Wanted, Wanted]:
    """Of the period and of the one compared with, by day or, of long ones, by month."""
    period, then = _periods(frame)
    by = "day" if period.days <= LONGEST_BY_DAY else "month"
    shown_kpis = tuple(dict.fromkeys([*kpis, "net_sales", "target"]))
    return Wanted(period, shown_kpis, by), Wanted(then, ("net_sales",), by)


def course(frame: Frame, now: Answer, then: Answer) -> Course:
    """Of the answers to what is `wanted`."""
    by = str(now.by)
    period, period_then = _periods(frame)
    return Course(
        keys=_keys(period, by),
        keys_then=_keys(period_then, by),
        now=now,
        then=then,
        first=frame.span.first,
        last=frame.span.last,
        widened=period != frame.state.period,
    )


def _periods(frame: Frame) -> tuple[Period, Period]:
    """Too short ones are widened to the left."""
    period, then = frame.state.period, frame.state.compared
    if period.days >= SHORTEST:
        return period, then
    return _widened(period), _widened(then)


def _widened(period: Period) -> Period:
    return Period(period.end - (WIDENED - 1) * DAY, period.end)


def chart_of(frame: Frame, found: Course) -> Chart:
    currency = found.now.currency
    known = frame.knows(found.then.period) or any(
        value is not None for value in found.values_then("net_sales")
    )
    then = found.values_then("net_sales") if known else []
    return chart(
        "trend",
        "line",
        title=_title(found),
        subtitle=excluding_tax(currency),
        unit=_("Day") if found.by_day else _("Month"),
        points=[
            Point(short(key), long(key), _tickets(frame, key) if found.by_day else "")
            for key in found.keys
        ],
        series={
            "now": (_("This period"), found.values("net_sales")),
            "then": (AGAINST[frame.state.vs], then),
            "target": (REGISTRY["target"].name, found.values("target")),
        },
        form="money",
        currency=currency,
    )


def excluding_tax(currency: str) -> str:
    if not currency:
        return _("excl. tax")
    return _("excl. tax, %(currency)s") % {"currency": currency}


def _title(found: Course) -> str:
    if found.widened:
        return _("Net sales by day, 28 days up to the period's end")
    return _("Net sales by day") if found.by_day else _("Net sales by month")


def _tickets(frame: Frame, key: str) -> str:
    day = date.fromisoformat(key)
    return links.tickets(frame.state.during(day, day))


def _keys(period: Period, by: str) -> list[str]:
    """Every day or month of the period, those without a sale too."""
    days = [(period.start + timedelta(days=n)).isoformat() for n in range(period.days)]
    return days if by == "day" else list(dict.fromkeys(day[:7] for day in days))


def short(key: str) -> str:
    day = date.fromisoformat(key if len(key) > 7 else f"{key}-01")
    return shown.short_day(day) if len(key) > 7 else date_format(day, "N Y")


def long(key: str) -> str:
    day = date.fromisoformat(key if len(key) > 7 else f"{key}-01")
    return shown.day(day, weekday=True) if len(key) > 7 else date_format(day, "F Y")

"""The back office's first page: what needs me today, each a click away."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from epm.access.selectors.scope import scope_of, stores_visible_to
from epm.platform import shown
from epm.platform.calendars import Period, PeriodKind, period_of
from reporting.kpis.kpi import numbers
from reporting.selectors import cached, freshness
from reporting.selectors.chores import Chore, chores_of
from reporting.selectors.kpis import Ask, KpiReport
from reporting.selectors.stock_chores import stock_chores_of
from reporting.views import links
from reporting.views.alerts import BEHIND
from reporting.views.state import State
from sales.selectors.days import days_of_stores, whole

DASHBOARDS: Final = "reporting.view_dashboard"
MOST_STORES: Final = 8
OF_THE_DAY: Final = ("net_sales", "target")
OF_THE_MONTH: Final = (
    "net_sales", "target", "attainment_to_date", "target_gap", "projection", "required_per_day",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    value: str
    beside: str
    share: Decimal | None
    """Of the target: sets the width of the bar, 0 to 100."""
    href: str
    """The tickets of the days it is about."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a store stands in its month."""

    name: str
    reached: str
    gap: str
    needed: str
    href: str
    tickets: str


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """unfold's DASHBOARD_CALLBACK: the context of templates/admin/index.html."""
    scope = scope_of(request.user)
    context["title"] = _("What needs me today")
    context["sees_stores"] = scope.all_stores or bool(scope.store_ids)
    today = timezone.now().date()
    chores = [*chores_of(request.user), *stock_chores_of(request.user, today=today)]
    context["chores"] = [_linked(chore) for chore in chores]
    if context["sees_stores"] and request.user.has_perm(DASHBOARDS):
        with freshness.held():
            context["figures"] = _figures(request)
    return context


def _linked(chore: Chore) -> dict[str, Any]:
    href = reverse(f"admin:{chore.page}") + (f"?{chore.query}" if chore.query else "")
    return {"title": chore.title, "named": chore.named, "tone": chore.tone, "href": href}


def _figures(request: HttpRequest) -> dict[str, Any] | None:
    """Of the last day with sales, its week and its month; None before the first sale."""
    span = whole(days_of_stores(request.user))
    if span is None:
        return None
    stores = list(stores_visible_to(request.user).values_list("code", "timezone")[:2])
    yesterday = datetime.now(ZoneInfo(stores[0][1])).date() - timedelta(days=1)
    day = max(min(span.last, yesterday), span.first)
    week = period_of(PeriodKind.WEEK, day)
    month = period_of(PeriodKind.MONTH, day)
    of_days, of_month = cached.reports(
        principal=request.user,
        asked=[
            Ask(start=week.start, end=day, by="day", kpis=OF_THE_DAY),
            Ask(start=month.start, end=month.end, by="store", kpis=OF_THE_MONTH),
        ],
    )
    return {
        "day": shown.day(day, weekday=True),
        "is_yesterday": day == yesterday,
        "tiles": list(_tiles(day, of_days, of_month)),
        "one_store": len(stores) == 1,
        "standings": list(_behind(of_month))[:MOST_STORES],
        "several_currencies": of_month.currency is None,
        "as_of": of_days.as_of,
    }


def _tiles(day: date, of_days: KpiReport, of_month: KpiReport) -> Iterator[Figure]:
    currency = of_month.currency or ""
    that_day: Mapping[str, str | None] = next(
        (row.kpis for row in of_days.rows if row.key == day.isoformat()), {}
    )
    the_month = _tickets(of_month.period)
    yield _against_target(_("That day"), that_day, currency, href=_tickets(Period(day, day)))
    week = _dated(_("The week so far"), of_days.period.start, day)
    yield _against_target(week, of_days.total, currency, href=_tickets(of_days.period))
    month = _dated(_("The month so far"), of_month.period.start, day)
    yield _against_target(month, of_month.total, currency, href=the_month)
    needed = _decimal(of_month.total, "required_per_day")
    yield Figure(
        _("Needed per remaining day"),
        shown.amount(needed, currency=currency, whole=True),
        _("projection %(amount)s")
        % {
            "amount": shown.amount(
                _decimal(of_month.total, "projection"), currency=currency, whole=True
            )
        },
        None,
        the_month,
    )


def _dated(title: str, first: date, last: date) -> str:
    days = dict.fromkeys((shown.short_day(first), shown.short_day(last)))
    return f"{title} · {' – '.join(days)}"


def _during(days: Period) -> State:
    return State(kind=PeriodKind.FREE, on=days.end, start=days.start, end=days.end)


def _tickets(days: Period) -> str:
    return links.tickets(_during(days))


def _against_target(
    title: str, kpis: Mapping[str, str | None], currency: str, *, href: str
) -> Figure:
    sold, target = _decimal(kpis, "net_sales"), _decimal(kpis, "target")
    share = sold / target * 100 if sold is not None and target else None
    return Figure(
        title,
        shown.amount(sold, currency=currency, whole=True),
        _("of a target of %(target)s")
        % {"target": shown.amount(target, currency=currency, whole=True)},
        None if share is None else max(Decimal(0), min(share, Decimal(100))).quantize(Decimal(1)),
        href,
    )


def _behind(of_month: KpiReport) -> Iterator[Standing]:
    """Stores behind their target to date, the furthest first."""
    month = _during(of_month.period)
    behind = [
        (reached, row)
        for row in of_month.rows
        if (reached := _decimal(row.kpis, "attainment_to_date")) is not None and reached < BEHIND
    ]
    for reached, row in sorted(behind, key=lambda pair: pair[0]):
        needed, currency = _decimal(row.kpis, "required_per_day"), row.currency or ""
        yield Standing(
            name=row.label,
            reached=shown.percent(reached),
            gap=shown.amount(_decimal(row.kpis, "target_gap"), currency=currency, whole=True),
            needed=shown.amount(needed, currency=currency, whole=True),
            href=links.store(month, row.key or ""),
            tickets=links.tickets(month.of_store(row.key or "")),
        )


def _decimal(kpis: Mapping[str, str | None], code: str) -> Decimal | None:
    return numbers(kpis).get(code)

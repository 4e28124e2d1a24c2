"""The chain at a glance."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.access.selectors.scope import scope_of, stores_visible_to
from epm.organization.models import Store
from epm.platform import shown
from epm.platform.refusals import Refusal
from reporting.views import charts
from reporting.views.asked import ask
from reporting.views.page import PERMISSION, Cost, dashboard_page
from reporting.views.state import State, presets, read
from reporting.views.tiles import NO_SALES, SEVERAL_CURRENCIES, tiles
from sales.selectors.days import days_with_sales


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The dashboards, or the administration for those who may not see them."""
    sees_them = request.user.has_perm(PERMISSION)
    return redirect("dashboards" if sees_them else "admin:index")


@dashboard_page
def overview(request: HttpRequest, cost: Cost) -> HttpResponse:
    """Tiles, trend and ranking for the period and places that the URL names."""
    principal = request.user
    span = days_with_sales(principal)
    context: dict[str, Any] = {
        "cost": cost,
        "span": span,
        "sees_stores": scope_of(principal).all_stores or bool(scope_of(principal).store_ids),
    }
    if span is None:
        return render(request, "reporting/overview.html", context)
    state = read(request.GET, span=span)
    stores = list(stores_visible_to(principal))
    context |= {
        "state": state,
        "from_typed": state.typed.get("from", state.start.isoformat()),
        "to_typed": state.typed.get("to", state.end.isoformat()),
        "mistakes": list(state.mistakes),
        "presets": [
            (name, preset.query, preset.query == state.query and not state.mistakes)
            for name, preset in presets(state, span=span)
        ],
        **_places(state, stores, whole_chain=scope_of(principal).all_stores),
    }
    if not state.mistakes:
        try:
            context |= _figures(request, state, stores)
        except Refusal as refusal:
            context["mistakes"].append(refusal.detail)
    return render(
        request, "reporting/overview.html", context, status=400 if context["mistakes"] else 200
    )


def _figures(request: HttpRequest, state: State, stores: Sequence[Store]) -> dict[str, Any]:
    asked = ask(request.user, state)
    currencies = [] if asked.by_store.currency else _currencies(state, stores)
    several = len(currencies) > 1
    return {
        "tiles": tiles(
            asked.by_store.total,
            before=asked.before.total,
            last_year=asked.last_year.total,
            currency=asked.by_store.currency,
            several_currencies=several,
        ),
        "currencies": ", ".join(currencies) if several else "",
        "why_empty": SEVERAL_CURRENCIES if several else NO_SALES,
        "trend": charts.trend(asked, state),
        "ranking": charts.ranking(asked.by_store, state),
        "as_of": _as_of(asked.by_store.as_of, stores),
        "period_told": _period(state),
    }


def _currencies(state: State, stores: Sequence[Store]) -> list[str]:
    """Those of the stores that the filters leave, in the order of the alphabet."""
    codes = {code.lower() for code in state.stores}
    regions = {code.lower() for code in state.regions}
    return sorted(
        {
            store.currency
            for store in stores
            if (not codes or store.code.lower() in codes)
            and (not regions or (store.region and store.region.code.lower() in regions))
        }
    )


def _places(state: State, stores: Sequence[Store], *, whole_chain: bool) -> dict[str, Any]:
    """The filters' choices, and the page's heading."""
    regions = {store.region.code: store.region.name for store in stores if store.region}
    names = {store.code: store.name for store in stores}
    chosen = [regions[code] for code in state.regions if code in regions]
    chosen += [names[code] for code in state.stores if code in names]
    return {
        "heading": ", ".join(chosen) or (_("Whole chain") if whole_chain else _("My stores")),
        "period_told": _period(state),
        "regions": [
            {"code": code, "name": name, "chosen": code in state.regions}
            for code, name in sorted(regions.items(), key=lambda region: region[1])
        ],
        "stores": [
            {"code": store.code, "name": str(store), "chosen": store.code in state.stores}
            for store in stores
        ],
        "regions_told": ", ".join(regions.get(code, code) for code in state.regions) or _("All"),
        "stores_told": ", ".join(state.stores) or _("All"),
    }


def _period(state: State) -> str:
    days = ngettext("%(count)d day", "%(count)d days", state.days) % {"count": state.days}
    return _("%(start)s to %(end)s · %(days)s") % {
        "start": shown.day(state.start),
        "end": shown.day(state.end),
        "days": days,
    }


def _as_of(text: str, stores: Sequence[Store]) -> str:
    """The moment in the stores' own time, when they share one; with the day unless it is today."""
    if not text:
        return ""
    zones = {store.timezone for store in stores}
    zone = ZoneInfo(zones.pop()) if len(zones) == 1 else UTC
    moment = datetime.fromisoformat(text).astimezone(zone)
    today = moment.date() == datetime.now(zone).date()
    told = date_format(moment, "H:i" if today else "SHORT_DATETIME_FORMAT")
    return f"{told} {moment:%Z}"

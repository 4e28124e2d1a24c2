"""The filter bar: period, comparison, places and goods, each a word of the URL."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from epm.access.selectors.scope import scope_of
from epm.platform import calendars, moments, shown
from epm.platform.calendars import DAY, Period, PeriodKind
from inventory.selectors.categories import categories_visible_to, path_to
from reporting.views import links
from reporting.views.state import State, Versus

if TYPE_CHECKING:
    from reporting.views.frame import Frame

KINDS: Final[Mapping[PeriodKind, Promise]] = {
    PeriodKind.DAY: gettext_lazy("Day"),
    PeriodKind.WEEK: gettext_lazy("Week"),
    PeriodKind.RETAIL_MONTH: gettext_lazy("Retail month (4-4-5)"),
    PeriodKind.MONTH: gettext_lazy("Month"),
    PeriodKind.QUARTER: gettext_lazy("Quarter"),
    PeriodKind.YEAR_TO_DATE: gettext_lazy("Year to date"),
    PeriodKind.ROLLING_7: gettext_lazy("Last 7 days"),
    PeriodKind.ROLLING_28: gettext_lazy("Last 28 days"),
    PeriodKind.ROLLING_364: gettext_lazy("Last 364 days"),
    PeriodKind.FREE: gettext_lazy("Free dates"),
}
AGAINST: Final[Mapping[Versus, Promise]] = {
    Versus.PREVIOUS: gettext_lazy("The period before"),
    Versus.LAST_YEAR: gettext_lazy("Last year, same weekdays"),
    Versus.LAST_YEAR_DATE: gettext_lazy("Last year, same dates"),
    Versus.FREE: gettext_lazy("Free dates"),
}
QUICK: Final = (
    PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER,
    PeriodKind.YEAR_TO_DATE, PeriodKind.ROLLING_28,
)  # fmt: skip
OF_THE_BAR: Final = frozenset({
    "period", "on", "from", "to", "vs", "vs_from", "vs_to", "store", "region", "category",
    "known_at", "page",
})  # fmt: skip


def bar(frame: "Frame") -> dict[str, Any]:
    """The choices, what is chosen, and the same in words for the heading and for paper."""
    state = frame.state
    typed = state.typed
    free = state.vs_free or state.compared
    return {
        "kinds": [(kind.value, name, kind is state.kind) for kind, name in KINDS.items()],
        "on": typed.get("on", state.on.isoformat()),
        "from": typed.get("from", state.start.isoformat()),
        "to": typed.get("to", state.end.isoformat()),
        "versus": [(vs.value, name, vs is state.vs) for vs, name in AGAINST.items()],
        "vs_from": typed.get("vs_from", free.start.isoformat()),
        "vs_to": typed.get("vs_to", free.end.isoformat()),
        "dates_as": "text" if typed else "date",
        "known_at": typed.get("known_at", moments.said(state.known_at) if state.known_at else ""),
        "known_as": "text" if typed or _is_time(state.known_at) else "date",
        "known_told": known_told(state),
        "as_known": frame.tells_as_known,
        "late": links.to("dashboard-late", state.grouped(None)),
        "quick": _quick(frame),
        "earlier": _earlier(state),
        "later": _later(frame),
        "kept": state.pairs(without=OF_THE_BAR),
        "period_told": period_told(state),
        "versus_told": versus_told(frame),
        "partial_told": _("so far, until %(day)s") % {"day": shown.day(frame.span.last)}
        if frame.partial
        else "",
        **_places(frame),
        **_goods(frame),
    }


def period_told(state: State) -> str:
    """Week 46 of 2026 · 9 November 2026 to 15 November 2026 · 7 days."""
    name = calendars.label(state.kind, state.period)
    days = days_told(state.period)
    count = ngettext("%(count)d day", "%(count)d days", state.days) % {"count": state.days}
    return " · ".join(dict.fromkeys([name, days, count]) if state.days > 1 else [name])


def versus_told(frame: "Frame") -> str:
    """The comparison in words: what it is, and its days."""
    name = str(AGAINST[frame.state.vs])
    return _("%(name)s: %(days)s") % {"name": name, "days": days_told(frame.compared)}


def known_told(state: State) -> str:
    """The moment in words; of a whole day the day, which ends in UTC."""
    if state.known_at is None:
        return ""
    if _is_time(state.known_at):
        return shown.short_moment(state.known_at)
    return shown.day(state.known_at)


def _is_time(known_at: datetime | None) -> bool:
    return known_at is not None and known_at.time() != time.max


def days_told(period: Period) -> str:
    if period.start == period.end:
        return shown.day(period.start)
    return _("%(start)s to %(end)s") % {
        "start": shown.day(period.start),
        "end": shown.day(period.end),
    }


def _quick(frame: "Frame") -> list[tuple[Promise, str, bool]]:
    """Kinds of one click, around the day in view; not later than the last sale."""
    state = frame.state
    on = min(state.on, frame.span.last)
    return [(KINDS[kind], state.of_kind(kind, on).query, kind is state.kind) for kind in QUICK]


def _earlier(state: State) -> str:
    return "" if state.start.year <= 2000 else state.earlier().query


def _later(frame: "Frame") -> str:
    """The next period; nothing when it would lie wholly after the last sale."""
    state = frame.state
    match state.kind:
        case PeriodKind.FREE:
            start = state.end + DAY
            later = state.during(start, start + (state.end - state.start))
        case PeriodKind.ROLLING_7 | PeriodKind.ROLLING_28 | PeriodKind.ROLLING_364:
            later = state.of_kind(state.kind, state.end + state.days * DAY)
        case PeriodKind.YEAR_TO_DATE:
            year = state.on.year + 1
            leap_day = (state.on.month, state.on.day) == (2, 29)
            later = state.of_kind(
                state.kind, state.on.replace(year=year, day=28 if leap_day else state.on.day)
            )
        case _:
            later = state.of_kind(state.kind, state.end + DAY)
    return later.query if later.start <= frame.span.last else ""


def _places(frame: "Frame") -> dict[str, Any]:
    state, stores = frame.state, frame.stores
    wanted_stores = {code.lower() for code in state.stores}
    wanted_regions = {code.lower() for code in state.regions}
    regions = {store.region.code: store.region.name for store in stores if store.region}
    chosen_regions = [name for code, name in regions.items() if code.lower() in wanted_regions]
    chosen_stores = [store.name for store in stores if store.code.lower() in wanted_stores]
    whole = _("Whole chain") if scope_of(frame.principal).all_stores else _("My stores")
    if len(stores) == 1:
        whole = stores[0].name
    return {
        "places_told": ", ".join(chosen_regions + chosen_stores) or whole,
        "regions": [
            {"code": code, "name": name, "chosen": code.lower() in wanted_regions}
            for code, name in sorted(regions.items(), key=lambda region: region[1])
        ]
        if len(regions) > 1 or wanted_regions
        else [],
        "stores": [
            {
                "code": store.code,
                "name": str(store),
                "chosen": store.code.lower() in wanted_stores,
            }
            for store in stores
        ]
        if len(stores) > 1 or wanted_stores
        else [],
        "regions_told": ", ".join(chosen_regions) or _("All"),
        "stores_told": ", ".join(chosen_stores) or _("All"),
    }


def _goods(frame: "Frame") -> dict[str, Any]:
    """The way to the chosen category, itself, and the categories below it; else the roots."""
    visible = categories_visible_to(frame.principal)
    code = frame.state.category
    chosen = visible.filter(code__iexact=code).first() if code else None
    steps: Sequence[Any] = path_to(chosen.pk) if chosen else []
    below = visible.filter(parent=chosen.pk) if chosen else visible.filter(parent=None)
    named = sorted(below.values_list("name", "code"))
    options = [(step.code, "– " * depth + step.name) for depth, step in enumerate(steps)]
    options += [(each, "– " * len(steps) + name) for name, each in named]
    current = chosen.code if chosen else ""
    return {
        "categories": [(value, name, value == current) for value, name in options],
        "category_told": " › ".join(step.name for step in steps),
        "category_path": [(step.code, step.name) for step in steps],
    }

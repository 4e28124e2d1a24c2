"""What needs somebody today: each says what, how much, and leads there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of
from epm.imports.selectors.runs import open_rows_visible_to
from epm.platform import shown
from epm.platform.calendars import PeriodKind, period_of
from reporting.views import links
from reporting.views.asked import Answer, Row, Wanted
from reporting.views.frame import Frame
from reporting.views.state import State
from reporting.views.tiles import ENOUGH_COSTS, told

BEHIND: Final = Decimal("0.95")
"""Below this part of its target to date, a store is behind."""
SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Named:
    """One store or file of an alert."""

    text: str
    detail: str
    href: str


@dataclass(frozen=True, slots=True)
class Alert:
    tone: Literal["warn", "note"]
    title: str
    named: Sequence[Named] = ()
    more: int = 0
    href: str = ""
    lead: str | Promise = ""


def wanted(frame: Frame) -> Wanted:
    """The stores' month of the last day with sales."""
    codes = ("net_sales", "cost_coverage", "attainment_to_date")
    return Wanted(period_of(PeriodKind.MONTH, frame.span.last), codes, "store")


def alerts(frame: Frame, of_month: Answer) -> list[Alert]:
    """Of the stores in view, as of the last day with sales; the answer to what is `wanted`."""
    found = [_quiet(frame), *_of_the_month(frame, of_month), _quarantined(frame.request)]
    return [alert for alert in found if alert]


def _quiet(frame: Frame) -> Alert | None:
    """Open stores without a sale since the day before yesterday; or everyone, when all are."""
    shown_stores, quiet = [], []
    for store in frame.chosen:
        yesterday = datetime.now(ZoneInfo(store.timezone)).date() - timedelta(days=1)
        closed = store.closed_on is not None and store.closed_on < yesterday
        if closed or store.pk not in frame.spans:
            continue
        shown_stores.append(store)
        last = frame.spans[store.pk].last
        if last < yesterday:
            quiet.append((last, store))
    if not quiet:
        return None
    if len(quiet) == len(shown_stores):
        last = max(last for last, _store in quiet)
        return Alert("note", _("No sales since %(day)s") % {"day": shown.day(last)})
    quiet.sort(key=lambda pair: (pair[0], pair[1].code))
    return _listing(
        "warn",
        ngettext(
            "%(count)d store had no sale yesterday",
            "%(count)d stores had no sale yesterday",
            len(quiet),
        ),
        [
            Named(
                store.name,
                _("last on %(day)s") % {"day": shown.day(last)},
                links.store(frame.state, store.code),
            )
            for last, store in quiet[:SHOWN]
        ],
        of=len(quiet),
    )


def _of_the_month(frame: Frame, found: Answer) -> list[Alert | None]:
    """Behind the month's target to date; too few costs known."""
    state = frame.state.of_kind(PeriodKind.MONTH, frame.span.last)
    behind, uncovered = [], []
    for row in found.rows:
        reached, coverage = row.kpis.get("attainment_to_date"), row.kpis.get("cost_coverage")
        if reached is not None and reached < BEHIND:
            behind.append((reached, row))
        if coverage is not None and coverage < ENOUGH_COSTS:
            uncovered.append((coverage, row))
    if not rights.sees_costs(frame.principal):
        uncovered = []
    titles = (
        ngettext(
            "%(count)d store is behind its target of the month to date",
            "%(count)d stores are behind their target of the month to date",
            len(behind),
        ),
        ngettext(
            "%(count)d store sells goods without a known purchase price",
            "%(count)d stores sell goods without a known purchase price",
            len(uncovered),
        ),
    )
    return [
        _listing("warn", title, [_named(state, *pair) for pair in _first(those)], of=len(those))
        if those
        else None
        for title, those in zip(titles, (behind, uncovered), strict=True)
    ]


def _first(those: Sequence[tuple[Decimal, Row]]) -> list[tuple[Decimal, Row]]:
    return sorted(those, key=lambda pair: pair[0])[:SHOWN]


def _named(state: State, value: Decimal, row: Row) -> Named:
    return Named(row.label, told(value, "rate", currency=""), links.store(state, row.key or ""))


def _quarantined(request: HttpRequest) -> Alert | None:
    """Rows that imports set aside and nobody has mended, for who sees the whole chain.

    Others see the imports they started themselves, which is theirs alone; this page is shared.
    """
    if not scope_of(request.user).all_stores:
        return None
    count = open_rows_visible_to(request.user).count()
    if not count:
        return None
    return Alert(
        "warn",
        ngettext(
            "%(count)d imported row waits in quarantine",
            "%(count)d imported rows wait in quarantine",
            count,
        )
        % {"count": count},
        href=reverse("admin:imports_importrun_changelist") if request.user.is_staff else "",
        lead=_("See the imports"),
    )


def _listing(
    tone: Literal["warn", "note"], title: str, named: Sequence[Named], *, of: int
) -> Alert:
    """The first of as many."""
    return Alert(tone, title % {"count": of}, named=named, more=of - len(named))

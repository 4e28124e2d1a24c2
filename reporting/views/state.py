"""What a dashboard shows is said by its URL alone: shareable, bookmarkable, nothing hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final, Literal, Self, cast
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sales.selectors.days import Span

DEFAULT_DAYS: Final = 28
LONGEST_DAYS: Final = 366 * 10
SORTS: Final = ("net_sales", "attainment")

LastYear = Literal["weekday", "date"]


@dataclass(frozen=True, slots=True)
class State:
    """The period (both days inclusive), the places and the order of the ranking."""

    start: date
    end: date
    stores: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    last_year: LastYear = "weekday"
    sort: str = "net_sales"
    mistakes: tuple[str | Promise, ...] = ()
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def query(self) -> str:
        """The whole state as a query string."""
        pairs = [("from", self.start.isoformat()), ("to", self.end.isoformat())]
        pairs += [("region", code) for code in self.regions]
        pairs += [("store", code) for code in self.stores]
        if self.last_year != "weekday":
            pairs.append(("last_year", self.last_year))
        if self.sort != "net_sales":
            pairs.append(("sort", self.sort))
        return urlencode(pairs)

    def during(self, start: date, end: date) -> Self:
        return replace(self, start=start, end=end, mistakes=(), typed={})

    def of_store(self, code: str) -> Self:
        return replace(self, stores=(code,), regions=())

    def sorted_by(self, sort: str) -> Self:
        return replace(self, sort=sort)


def read(query: QueryDict, *, span: Span) -> State:
    """The state `query` asks for; by default the last 28 days up to the last sale.

    What cannot be understood is noted in `mistakes` and kept in `typed`, so that nothing is lost.
    """
    default = State(start=span.last - timedelta(days=DEFAULT_DAYS - 1), end=span.last)
    mistakes: list[str | Promise] = []
    start = _day(query.get("from"), default.start, mistakes)
    end = _day(query.get("to"), default.end, mistakes)
    if not mistakes and start > end:
        mistakes.append(_("The period ends before it begins."))
    elif not mistakes and (end - start).days >= LONGEST_DAYS:
        mistakes.append(_("The period is longer than ten years."))
    last_year = query.get("last_year", "weekday")
    sort = query.get("sort", "net_sales")
    return State(
        start=default.start if mistakes else start,
        end=default.end if mistakes else end,
        stores=_codes(query, "store"),
        regions=_codes(query, "region"),
        last_year=cast("LastYear", last_year) if last_year in ("weekday", "date") else "weekday",
        sort=sort if sort in SORTS else "net_sales",
        mistakes=tuple(mistakes),
        typed={name: query.get(name, "") for name in ("from", "to") if name in query and mistakes},
    )


def presets(state: State, *, span: Span) -> Sequence[tuple[str | Promise, State]]:
    """Periods of one click, counted back from the last day with sales."""
    last = span.last
    monday = last - timedelta(days=last.weekday())
    week_end = last if last.weekday() == 6 else monday - timedelta(days=1)
    this_month = last.replace(day=1)
    month_end = this_month - timedelta(days=1)
    return (
        (_("Last week"), state.during(week_end - timedelta(days=6), week_end)),
        (_("Last 4 weeks"), state.during(last - timedelta(days=DEFAULT_DAYS - 1), last)),
        (_("This month"), state.during(this_month, last)),
        (_("Last month"), state.during(month_end.replace(day=1), month_end)),
        (_("All"), state.during(max(span.first, last - timedelta(days=LONGEST_DAYS - 1)), last)),
    )


def _day(text: str | None, default: date, mistakes: list[str | Promise]) -> date:
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 9000:
        mistakes.append(_("“%(text)s” is not a day: write it as 2026-01-31.") % {"text": text})
        return default
    return day


def _codes(query: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in query.getlist(name) if code))

"""What a dashboard shows is said by its URL alone: shareable, bookmarkable, nothing hidden."""

import enum
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise

from epm.platform import calendars, moments
from epm.platform.calendars import LastYear, Period, PeriodKind
from reporting.views.reading import Reading
from sales.selectors.days import Span

DEFAULT_KIND: Final = PeriodKind.ROLLING_28
DEFAULT_SORT: Final = "-net_sales"
COLUMN: Final = re.compile(r"-?[a-z][a-z0-9_]{0,60}")


class Versus(enum.StrEnum):
    """What the period is compared with."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    LAST_YEAR_DATE = "last_year_date"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class State:
    """The period (both days inclusive), what it is compared with, the places, goods and order.

    `on` is the day that named the period; of a free period its last. `known_at`: of the sales
    recorded until then.
    """

    kind: PeriodKind
    on: date
    start: date
    end: date
    vs: Versus = Versus.PREVIOUS
    vs_free: Period | None = None
    stores: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    category: str | None = None
    product: int | None = None
    known_at: datetime | None = None
    by: str | None = None
    sort: str | None = None
    page: int = 1
    mistakes: tuple[str | Promise, ...] = ()
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def compared(self) -> Period:
        """The whole period that this one is compared with."""
        if self.vs is Versus.FREE and self.vs_free:
            return self.vs_free
        if self.vs in (Versus.LAST_YEAR, Versus.LAST_YEAR_DATE):
            return self.a_year_before
        return calendars.previous(self.kind, self.period)

    @property
    def a_year_before(self) -> Period:
        return calendars.last_year(self.kind, self.period, self.last_year)

    @property
    def last_year(self) -> LastYear:
        """How days are matched with last year's."""
        return "date" if self.vs is Versus.LAST_YEAR_DATE else "weekday"

    @property
    def query(self) -> str:
        """The whole state as a query string."""
        return urlencode(self.pairs())

    def pairs(self, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
        """The parameters, but for those named in `without`."""
        said: list[tuple[str, object]] = []
        if self.kind is PeriodKind.FREE:
            said += [("from", self.start), ("to", self.end)]
        else:
            said += [("period", self.kind.value), ("on", self.on)]
        if self.vs is not Versus.PREVIOUS:
            said.append(("vs", self.vs.value))
        if self.vs is Versus.FREE and self.vs_free:
            said += [("vs_from", self.vs_free.start), ("vs_to", self.vs_free.end)]
        said += [("region", code) for code in self.regions]
        said += [("store", code) for code in self.stores]
        said += [("category", self.category), ("product", self.product), ("by", self.by)]
        said.append(("known_at", self.known_at and moments.said(self.known_at)))
        said += [("sort", self.sort), ("page", self.page if self.page > 1 else None)]
        return [
            (name, str(value)) for name, value in said if value is not None and name not in without
        ]

    def during(self, start: date, end: date) -> Self:
        """Just these days."""
        return self._but(kind=PeriodKind.FREE, on=end, start=start, end=end)

    def of_kind(self, kind: PeriodKind, on: date) -> Self:
        period = calendars.period_of(kind, on)
        return self._but(kind=kind, on=on, start=period.start, end=period.end)

    def earlier(self) -> Self:
        """The period before."""
        before = calendars.previous(self.kind, self.period)
        if self.kind is PeriodKind.FREE:
            return self.during(before.start, before.end)
        return self._but(on=before.end, start=before.start, end=before.end)

    def of_store(self, code: str) -> Self:
        return self._but(stores=(code,), regions=())

    def of_region(self, code: str) -> Self:
        return self._but(stores=(), regions=(code,))

    def of_category(self, code: str | None) -> Self:
        return self._but(category=code, product=None)

    def of_product(self, pk: int | None) -> Self:
        return self._but(product=pk)

    def against(self, vs: Versus) -> Self:
        """Compared with another period."""
        return self if vs is self.vs else self._but(vs=vs, vs_free=None)

    def grouped(self, by: str | None) -> Self:
        return self._but(by=by, sort=None)

    def sorted_by(self, column: str, *, default: str = DEFAULT_SORT) -> Self:
        """Descending first; the same column again the other way round."""
        wanted = column if (self.sort or default) == f"-{column}" else f"-{column}"
        return self._but(sort=None if wanted == default else wanted)

    @property
    def as_now(self) -> Self:
        """With what is known now."""
        return self._but(known_at=None)

    @property
    def everywhere(self) -> Self:
        """Of all places in scope."""
        return self._but(stores=(), regions=())

    @property
    def plain(self) -> Self:
        """The same on another page: without what only this one knows."""
        return self.of_product(None).grouped(None)

    @property
    def by_store(self) -> Self:
        return self.plain.grouped("store")

    @property
    def by_product(self) -> Self:
        return self.plain.grouped("product")

    def on_page(self, page: int) -> Self:
        return replace(self, page=page, mistakes=(), typed={})

    def _but(self, **changed: Any) -> Self:
        return replace(self, **{"page": 1, "mistakes": (), "typed": {}, **changed})


def read(
    query: QueryDict,
    *,
    span: Span,
    sorts: Collection[str] | None = None,
    bys: Collection[str] | None = None,
) -> State:
    """The state `query` asks for; by default the last 28 days up to the last sale.

    `sorts` are the columns of the page and `bys` its groupings, where it has any. What cannot be
    understood is noted in `mistakes` and kept in `typed`, so that nothing is lost.
    """
    said = Reading(query)
    state = _period(said, span=span)
    vs = said.one_of("vs", Versus, default=_old_last_year(query))
    vs_free = said.period("vs_from", "vs_to", default=None) if vs is Versus.FREE else None
    if vs is Versus.FREE and vs_free is None:
        vs_free = calendars.previous(state.kind, state.period)
    return replace(
        state,
        vs=vs,
        vs_free=vs_free,
        stores=said.codes("store"),
        regions=said.codes("region"),
        category=said.code("category"),
        product=said.number("product"),
        known_at=said.moment("known_at"),
        by=said.word("by", bys),
        sort=said.matching("sort", COLUMN, columns=sorts),
        page=said.number("page") or 1,
        mistakes=tuple(said.mistakes),
        typed=said.typed,
    )


def _period(said: Reading, *, span: Span) -> State:
    """The period by kind and day; by its ends where these are named alone, as older URLs do."""
    default = calendars.period_of(DEFAULT_KIND, span.last)
    named = said.named("from") or said.named("to")
    kind = said.one_of("period", PeriodKind, default=PeriodKind.FREE if named else DEFAULT_KIND)
    if kind is PeriodKind.FREE:
        free = said.period("from", "to", default=default) or default
        return State(kind=kind, on=free.end, start=free.start, end=free.end)
    on = said.day("on", default=span.last)
    period = calendars.period_of(kind, on)
    return State(kind=kind, on=on, start=period.start, end=period.end)


def _old_last_year(query: QueryDict) -> Versus:
    """Older URLs said `last_year=date`."""
    return Versus.LAST_YEAR_DATE if query.get("last_year") == "date" else Versus.PREVIOUS

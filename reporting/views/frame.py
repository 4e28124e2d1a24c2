"""What the dashboard pages share: the state, the places, the filter bar, mistakes and the foot."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from epm.access.selectors.scope import Principal, scope_of, stores_visible_to
from epm.organization.models import Store
from epm.platform import calendars, shown
from epm.platform.calendars import Period
from epm.platform.refusals import Refusal
from inventory.selectors.products import ProductCard
from reporting.selectors.goods import visible_product
from reporting.selectors.known import refuse_unsettled
from reporting.views import bar, links
from reporting.views.page import Cost
from reporting.views.state import State, Versus, read
from sales.selectors.days import Span, days_of_stores, whole


@dataclass(slots=True)
class Frame:
    """A page in the making: who asks, for what, and which stores she sees.

    `tells_as_known`: whether it can tell what was known at a moment.
    """

    request: HttpRequest
    cost: Cost
    state: State
    span: Span
    spans: Mapping[int, Span]
    stores: Sequence[Store]
    mistakes: list[Any] = field(default_factory=list)
    tells_as_known: bool = False
    _product: ProductCard | None = None
    _known_as_of: datetime | None = None

    @property
    def principal(self) -> Principal:
        return self.request.user

    @property
    def product(self) -> ProductCard | None:
        """The product that the URL names. Raise UnknownProduct."""
        number = self.state.product
        if number is not None and self._product is None:
            self._product = visible_product(self.principal, product_id=number)
        return self._product

    @property
    def period(self) -> Period:
        """The days of the period that have come: sales end with the span."""
        state = self.state
        if state.start <= self.span.last < state.end:
            return Period(state.start, self.span.last)
        return state.period

    @property
    def partial(self) -> bool:
        return self.period != self.state.period

    @property
    def compared(self) -> Period:
        """What the days so far are compared with: of a period that still runs, the same part."""
        state = self.state
        if not self.partial:
            return state.compared
        if state.vs is Versus.FREE:
            whole = state.compared
            return Period(
                whole.start, min(whole.end, whole.start + (self.period.end - state.start))
            )
        if state.vs is Versus.PREVIOUS:
            return self.before
        return self.a_year_before

    @property
    def a_year_before(self) -> Period:
        return calendars.last_year(self.state.kind, self.period, self.state.last_year)

    @property
    def before(self) -> Period:
        return calendars.previous(self.state.kind, self.period)

    @property
    def chosen(self) -> Sequence[Store]:
        """The visible stores that the filters leave."""
        codes = {code.lower() for code in self.state.stores}
        regions = {code.lower() for code in self.state.regions}
        return [
            store
            for store in self.stores
            if (not codes or store.code.lower() in codes)
            and (not regions or (store.region and store.region.code.lower() in regions))
        ]

    def knows(self, period: Period, *, store_id: int | None = None) -> bool:
        """Whether it began with or after the first sale: otherwise it is no base to compare with.

        Of the stores shown, or of the one.
        """
        ids = [store.pk for store in self.chosen] if store_id is None else [store_id]
        first = min((self.spans[each].first for each in ids if each in self.spans), default=None)
        return first is not None and first <= period.start

    @property
    def currencies(self) -> list[str]:
        return sorted({store.currency for store in self.chosen})

    def known_as_of(self, moment: str | datetime | None) -> None:
        """Note until when the figures hold."""
        if moment:
            known = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
            self._known_as_of = known

    @property
    def as_of(self) -> str:
        """Until when the figures hold, in the stores' own time where they share one."""
        if self._known_as_of is None:
            return ""
        known = self._known_as_of.astimezone(self.zone)
        today = known.date() == datetime.now(self.zone).date()
        return f"{known:%H:%M %Z}" if today else shown.short_moment(known)

    @property
    def zone(self) -> tzinfo:
        """The stores' own where they share one."""
        zones = {store.timezone for store in self.stores}
        return ZoneInfo(zones.pop()) if len(zones) == 1 else UTC


Spans = Callable[[Principal], Mapping[int, Span]]


def frame_of(
    request: HttpRequest,
    cost: Cost,
    *,
    spans_of: Spans = days_of_stores,
    sorts: Collection[str] | None = None,
    bys: Collection[str] | None = None,
    narrow: Callable[[State], State] = lambda state: state,
) -> Frame | None:
    """What the URL asks for, after `narrow`; None without a day in scope that `spans_of` knows:
    those of sales, unless the page is about something else."""
    principal = request.user
    spans = spans_of(principal)
    span = whole(spans)
    if span is None:
        return None
    state = narrow(read(request.GET, span=span, sorts=sorts, bys=bys))
    mistakes = list(state.mistakes)
    match = request.resolver_match
    tells_as_known = match is not None and match.url_name in links.AS_KNOWN
    if state.known_at and not tells_as_known:
        mistakes.append(_("This page tells what is known now: leave out “known_at”."))
        state = state.as_now
    elif state.known_at:
        spans = days_of_stores(principal, known_at=state.known_at)
    return Frame(
        request=request,
        cost=cost,
        state=state,
        span=span,
        spans=spans,
        stores=list(stores_visible_to(principal)),
        mistakes=mistakes,
        tells_as_known=tells_as_known,
    )


def framed(
    request: HttpRequest,
    cost: Cost,
    *,
    template: str,
    figures: Callable[[Frame], Mapping[str, Any]],
    sorts: Collection[str] | None = None,
    bys: Collection[str] | None = None,
    narrow: Callable[[State], State] = lambda state: state,
    spans_of: Spans = days_of_stores,
) -> HttpResponse:
    """The page `template` with its figures, or with what keeps them from being shown.

    `figures` is asked only without mistakes; what it refuses is told as a mistake, with status 400.
    Without a sale or a store in scope the page says what to do instead. `narrow` is what the path
    adds to the query.
    """
    frame = frame_of(request, cost, spans_of=spans_of, sorts=sorts, bys=bys, narrow=narrow)
    if frame is None:
        scope = scope_of(request.user)
        sees_stores = scope.all_stores or bool(scope.store_ids)
        context: dict[str, Any] = {"cost": cost, "span": None, "sees_stores": sees_stores}
        return render(request, template, context)
    context = {
        "cost": cost, "span": frame.span, "frame": frame, "state": frame.state,
        "bar": bar.bar(frame),
    }  # fmt: skip
    if not frame.mistakes:
        try:
            refuse_unsettled([frame.state.known_at])
            context |= figures(frame)
        except Refusal as refusal:
            frame.mistakes.append(refusal.detail)
    context |= {"mistakes": frame.mistakes, "as_of": frame.as_of}
    return render(request, template, context, status=400 if frame.mistakes else 200)


def as_file(
    request: HttpRequest,
    cost: Cost,
    *,
    file: Callable[[Frame], HttpResponseBase],
    sorts: Collection[str] | None = None,
    bys: Collection[str] | None = None,
    spans_of: Spans = days_of_stores,
) -> HttpResponseBase:
    """The file of a page. Raise BadRequest for what the page would tell a mistake about."""
    frame = frame_of(request, cost, spans_of=spans_of, sorts=sorts, bys=bys)
    if frame is None or frame.mistakes:
        raise BadRequest
    try:
        refuse_unsettled([frame.state.known_at])
        return file(frame)
    except Refusal as refusal:
        raise BadRequest from refusal

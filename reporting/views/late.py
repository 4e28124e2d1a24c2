"""What came in after a report was known: its documents, and what they changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from epm.platform import exports, shown
from epm.platform.exports import CellKind, Column
from reporting.kpis.registry import REGISTRY
from reporting.selectors import late
from reporting.views import links
from reporting.views.asked import Answer, Wanted, ask_together
from reporting.views.frame import Frame, as_file, framed
from reporting.views.page import Cost, dashboard_page
from reporting.views.tiles import text_of
from sales.selectors.tickets import reference_of

PAGE: Final = 50
CHUNK: Final = 500
FIGURES: Final = ("net_sales", "net_sales_ttc", "transactions")
FIELDS: Final = (
    "pk", "external_ref", "revision", "is_correction", "store__code", "store__name",
    "store__timezone", "business_date", "sold_at", "recorded_at", "currency", "net_ht", "net_ttc",
    "ticket__register__code", "ticket__number",
)  # fmt: skip


class Document(NamedTuple):
    """One document; what its goods add to net sales, signed, in the store's currency."""

    id: UUID
    external_ref: str | None
    revision: int
    is_correction: bool
    store_code: str
    store_name: str
    timezone: str
    business_date: date
    sold_at: datetime
    recorded_at: datetime
    currency: str
    net_ht: Decimal
    net_ttc: Decimal
    register_code: str | None
    number: int | None

    @property
    def reference(self) -> str:
        if self.number is not None and self.register_code:
            return reference_of(self.register_code, self.number)
        return self.external_ref or str(self.id)

    @property
    def nature(self) -> str:
        """Why it changes what was known."""
        if self.is_correction:
            return _("Correction")
        return _("Revision") if self.revision > 1 else _("New ticket")

    def in_the_store(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.timezone))


@dashboard_page
def late_list(request: HttpRequest, cost: Cost) -> HttpResponse:
    """A page of documents, latest sale first, and the figures as known, of now, and between."""
    return framed(request, cost, template="reporting/late.html", figures=_figures)


@dashboard_page
def late_file(request: HttpRequest, cost: Cost) -> HttpResponseBase:
    """All of them as CSV, streamed."""
    return as_file(request, cost, file=_file)


def _file(frame: Frame) -> HttpResponseBase:
    known_at = frame.state.known_at
    if known_at is None:
        raise BadRequest
    columns = [
        Column(_("Ticket")), Column(_("Document")), Column(_("Store")), Column(_("Store name")),
        Column(_("Business day"), kind=CellKind.DAY), Column(_("Sold at (store's time)")),
        Column(_("Recorded at"), kind=CellKind.MOMENT), Column(_("Currency")),
        Column(_("Net excl. tax"), kind=CellKind.MONEY),
        Column(_("Net incl. tax"), kind=CellKind.MONEY),
    ]  # fmt: skip
    name = f"late-{frame.period.start}-{frame.period.end}"
    return exports.csv_response(columns, _file_rows(_documents(frame, known_at=known_at)), name)


def _file_rows(documents: QuerySet[Any]) -> Iterator[list[Any]]:
    for row in documents.values_list(*FIELDS).order_by("-pk").iterator(chunk_size=CHUNK):
        one = Document(*row)
        yield [
            one.reference, one.nature, one.store_code, one.store_name, one.business_date,
            one.in_the_store(one.sold_at).isoformat(timespec="seconds"), one.recorded_at,
            one.currency, shown.plain(one.net_ht, at_least=2), shown.plain(one.net_ttc, at_least=2),
        ]  # fmt: skip


def _figures(frame: Frame) -> dict[str, Any]:
    state = frame.state
    if state.known_at is None:
        return {"asks": _moments(frame)}
    then, now = ask_together(
        frame, [Wanted(frame.period, FIGURES), Wanted(frame.period, FIGURES, as_now=True)]
    )
    before = _before(frame)
    documents = _documents(frame, known_at=state.known_at).order_by("-pk")
    if before is not None:
        documents = documents.filter(pk__lt=before)
    found = [Document(*row) for row in documents.values_list(*FIELDS)[: PAGE + 1]]
    return {
        "facts": [_fact(code, then, now) for code in FIGURES],
        "documents": [_row(one) for one in found[:PAGE]],
        "first": links.to("dashboard-late", state) if before else "",
        "older": links.to("dashboard-late", state, before=str(found[PAGE - 1].id))
        if len(found) > PAGE
        else "",
        "file": links.to("dashboard-late-file", state),
    }


def _fact(code: str, then: Answer, now: Answer) -> tuple[str, list[str]]:
    """The figure as known, of now, and the difference."""
    kpi, was, is_now = REGISTRY[code], then.total[code], now.total[code]
    added = None if was is None or is_now is None else is_now - was
    return str(kpi.name), [
        text_of(kpi, value, currency=now.currency, exact=True) for value in (was, is_now, added)
    ]


def _documents(frame: Frame, *, known_at: datetime) -> QuerySet[Any]:
    state, product = frame.state, frame.product
    return late.documents(
        principal=frame.principal,
        period=frame.period,
        known_at=known_at,
        stores=state.stores,
        regions=state.regions,
        category=state.category,
        product=None if product is None else product.sku,
    )


def _moments(frame: Frame) -> list[tuple[str, str]]:
    """Days that a report may have been made on: one, four and twelve weeks before the last sale."""
    days = [frame.span.last - timedelta(weeks=weeks) for weeks in (1, 4, 12)]
    return [
        (
            shown.day(day),
            links.to(
                "dashboard-late",
                replace(frame.state, known_at=datetime.combine(day, time.max, UTC)),
            ),
        )
        for day in days
    ]


def _before(frame: Frame) -> UUID | None:
    """From a page's own link; whatever else stands there begins with the latest."""
    try:
        return UUID(frame.request.GET.get("before", ""))
    except ValueError:
        return None


def _row(one: Document) -> dict[str, Any]:
    return {
        "reference": one.reference,
        "href": reverse("dashboard-ticket", args=[one.id]),
        "nature": one.nature,
        "store": one.store_name,
        "business_date": date_format(one.business_date, "SHORT_DATE_FORMAT"),
        "sold_at": date_format(one.in_the_store(one.sold_at), "SHORT_DATETIME_FORMAT"),
        "recorded_at": date_format(one.in_the_store(one.recorded_at), "SHORT_DATETIME_FORMAT"),
        "net_ht": shown.amount(one.net_ht, currency=one.currency),
        "net_ttc": shown.amount(one.net_ttc, currency=one.currency),
    }

"""The tickets behind a figure, latest first, a page at a time or as a file."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors import rights
from epm.platform import exports, shown
from epm.platform.exports import CellKind, Column
from reporting.kpis.registry import REGISTRY
from reporting.selectors import tickets
from reporting.selectors.tickets import Asked, Having, Ticket
from reporting.views import links
from reporting.views import ticket_search as search
from reporting.views.asked import ask
from reporting.views.frame import Frame, as_file, framed
from reporting.views.page import Cost, dashboard_page
from reporting.views.state import State
from reporting.views.tiles import text_of

NAMES: Final[dict[Having, Promise]] = {
    Having.GOODS: gettext_lazy("All tickets"),
    Having.TRANSACTIONS: gettext_lazy("Transactions"),
    Having.RETURNS: gettext_lazy("With returns"),
    Having.DISCOUNTS: gettext_lazy("With discounts"),
    Having.UNKNOWN_COST: gettext_lazy("With an unknown cost"),
}
SUMS: Final = ("net_ht", "net_ttc", "returned_ht", "discounts_ht", "units")
FIGURES: Final = ("net_sales", "net_sales_ttc", "transactions", "returns", "discounts")


@dashboard_page
def ticket_list(request: HttpRequest, cost: Cost) -> HttpResponse:
    """A page of tickets, and the figures they add up to; the ticket itself when it is named."""
    if found := search.ticket_named(request):
        return redirect("dashboard-ticket", sale_id=found)
    if product := search.product_typed(request):
        said = request.GET.copy()
        del said["sku"]
        said["product"] = str(product)
        return redirect(f"{request.path}?{said.urlencode()}")
    return framed(request, cost, template="reporting/tickets.html", figures=_figures)


@dashboard_page
def ticket_file(request: HttpRequest, cost: Cost) -> HttpResponseBase:
    """All of them as CSV, streamed."""
    return as_file(request, cost, file=_file)


def _file(frame: Frame) -> HttpResponseBase:
    asked = search.asked_of(frame)
    if frame.mistakes:
        raise BadRequest
    columns = [
        Column(_("Ticket")), Column(_("Store")), Column(_("Store name")),
        Column(_("Business day"), kind=CellKind.DAY), Column(_("Sold at (store's time)")),
        Column(_("Currency")), Column(_("Lines"), kind=CellKind.NUMBER, places=0),
        Column(_("Net excl. tax"), kind=CellKind.MONEY),
        Column(_("Net incl. tax"), kind=CellKind.MONEY),
        Column(_("Returned excl. tax"), kind=CellKind.MONEY),
        Column(_("Discounts excl. tax"), kind=CellKind.MONEY),
        Column(_("Units"), kind=CellKind.NUMBER, places=3),
    ]  # fmt: skip
    sees_costs = rights.sees_costs(frame.principal)
    if sees_costs:
        columns.append(Column(_("Margin of known costs"), kind=CellKind.MONEY))
    name = f"tickets-{asked.period.start}-{asked.period.end}"
    return exports.csv_response(columns, _file_rows(asked, sees_costs=sees_costs), name)


def _file_rows(asked: Asked, *, sees_costs: bool) -> Iterator[list[Any]]:
    for ticket in tickets.every(asked):
        row = [
            ticket.reference, ticket.store_code, ticket.store_name, ticket.business_date,
            ticket.sold_at.astimezone(ZoneInfo(ticket.timezone)).isoformat(timespec="seconds"),
            ticket.currency, ticket.lines,
            *(_plain(getattr(ticket, name)) for name in SUMS),
        ]  # fmt: skip
        yield [*row, _plain(ticket.margin_ht)] if sees_costs else row


def _plain(value: Decimal | None) -> Decimal | None:
    """Without zeros that say nothing, but for cents."""
    if value is None:
        return None
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return value.quantize(Decimal(1).scaleb(-places))


def _figures(frame: Frame) -> dict[str, Any]:
    asked = search.asked_of(frame)
    if frame.mistakes:
        return {}
    before = _before(frame)
    found = tickets.page(asked, before=before)
    shown_now = found[: tickets.PAGE]
    state = frame.state
    kept = search.kept(frame, asked)
    sees_costs = rights.sees_costs(frame.principal)
    return {
        "having": [
            (name, _having(state, kept, each), each is asked.having)
            for each, name in NAMES.items()
            if sees_costs or each is not Having.UNKNOWN_COST
        ],
        "product": frame.product,
        "when": search.when(asked),
        "search": search.form(frame, kept),
        "kept_besides": list(kept.items()),
        "facts": _facts(frame, asked),
        "tickets": [_row(ticket) for ticket in shown_now],
        "sees_costs": sees_costs,
        "first": links.to("dashboard-tickets", state, **kept) if before else "",
        "older": links.to("dashboard-tickets", state, **kept, before=str(shown_now[-1].id))
        if len(found) > tickets.PAGE
        else "",
        "file": links.to("dashboard-tickets-file", state, **kept),
    }  # fmt: skip


def _having(state: State, kept: Mapping[str, str], having: Having) -> str:
    """The same tickets by other lines."""
    said = {name: value for name, value in kept.items() if name != "having"}
    if having is not Having.GOODS:
        said["having"] = having.value
    return links.to("dashboard-tickets", state.grouped(None), **said)


def _facts(frame: Frame, asked: Asked) -> list[tuple[Promise, str]]:
    """What the tickets add up to; of some only, it is read from the tickets themselves."""
    if not asked.some_only:
        answer = ask(frame, asked.period, kpis=FIGURES)
        found, currency = answer.total, answer.currency
    else:
        total = tickets.totals(asked)
        frame.known_as_of(timezone.now())
        found, currency = {code: getattr(total, code) for code in FIGURES}, total.currency
    return [
        (REGISTRY[code].name, text_of(REGISTRY[code], found[code], currency=currency, exact=True))
        for code in FIGURES
    ]


def _before(frame: Frame) -> UUID | None:
    """From a page's own link; whatever else stands there begins with the latest."""
    try:
        return UUID(frame.request.GET.get("before", ""))
    except ValueError:
        return None


def _row(ticket: Ticket) -> dict[str, Any]:
    sold_at = ticket.sold_at.astimezone(ZoneInfo(ticket.timezone))
    money = {
        name: shown.amount(getattr(ticket, name), currency=ticket.currency)
        for name in ("net_ht", "net_ttc", "margin_ht")
    }
    return {
        **money,
        "reference": ticket.reference,
        "href": reverse("dashboard-ticket", args=[ticket.id]),
        "store": ticket.store_name,
        "store_href": reverse("dashboard-store", args=[ticket.store_code]),
        "sold_at": date_format(sold_at, "SHORT_DATETIME_FORMAT"),
        "nature": _nature(ticket),
        "lines": ticket.lines,
        "units": shown.exact(ticket.units),
        "returned": _if_any(ticket.returned_ht, ticket.currency),
        "discounts": _if_any(ticket.discounts_ht, ticket.currency),
    }


def _nature(ticket: Ticket) -> str:
    if ticket.is_correction:
        return _("Correction")
    return _("Return") if ticket.is_pure_return else ""


def _if_any(amount: Any, currency: str) -> str:
    return shown.amount(amount, currency=currency) if amount else ""

"""The tickets behind a figure, latest first, a page at a time or as a file."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors import rights
from epm.platform import exports, shown
from epm.platform.exports import CellKind, Column
from inventory.selectors.categories import categories_visible_to, ids_below
from inventory.selectors.products import ProductCard
from reporting.kpis.registry import REGISTRY
from reporting.selectors import places, tickets
from reporting.selectors.kpis import UnknownCategory
from reporting.selectors.tickets import Asked, Having, Ticket
from reporting.views import links
from reporting.views.asked import ask
from reporting.views.frame import Frame, as_file, framed
from reporting.views.page import Cost, dashboard_page
from reporting.views.tiles import text_of
from sales.selectors.references import ids_by_reference

NAMES: Final[dict[Having, Promise]] = {
    Having.GOODS: gettext_lazy("All tickets"),
    Having.TRANSACTIONS: gettext_lazy("Transactions"),
    Having.RETURNS: gettext_lazy("With returns"),
    Having.DISCOUNTS: gettext_lazy("With discounts"),
    Having.UNKNOWN_COST: gettext_lazy("With an unknown cost"),
}
LONGEST_REFERENCE: Final = 120
SUMS: Final = ("net_ht", "net_ttc", "returned_ht", "discounts_ht", "units")
FIGURES: Final = ("net_sales", "net_sales_ttc", "transactions", "returns", "discounts")


@dashboard_page
def ticket_list(request: HttpRequest, cost: Cost) -> HttpResponse:
    """A page of tickets, and the figures they add up to; the ticket itself when it is named."""
    if found := _named(request):
        return redirect("dashboard-ticket", sale_id=found)
    return framed(request, cost, template="reporting/tickets.html", figures=_figures)


def _named(request: HttpRequest) -> UUID | None:
    """The one visible ticket with the number that was typed."""
    reference = request.GET.get("number", "").strip()
    if not reference or "\0" in reference or len(reference) > LONGEST_REFERENCE:
        return None
    stores = [code for code in request.GET.getlist("store") if "\0" not in code]
    found = ids_by_reference(request.user, reference=reference, stores=stores, most=2)
    return found[0] if len(found) == 1 else None


@dashboard_page
def ticket_file(request: HttpRequest, cost: Cost) -> HttpResponseBase:
    """All of them as CSV, streamed."""
    return as_file(request, cost, file=_file)


def _file(frame: Frame) -> HttpResponseBase:
    asked, _product = _asked(frame)
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
    asked, product = _asked(frame)
    before = _before(frame)
    found = tickets.page(asked, before=before)
    shown_now = found[: tickets.PAGE]
    state = frame.state
    kept = _kept(asked)
    sees_costs = rights.sees_costs(frame.principal)
    return {
        "having": [
            (name, links.tickets(state, having="" if each is Having.GOODS else each.value),
             each is asked.having)
            for each, name in NAMES.items()
            if sees_costs or each is not Having.UNKNOWN_COST
        ],
        "product": product,
        "when": _when(asked),
        "number": frame.request.GET.get("number", "").strip(),
        "facts": _facts(frame, asked),
        "tickets": [_row(ticket) for ticket in shown_now],
        "sees_costs": sees_costs,
        "first": links.to("dashboard-tickets", state, **kept) if before else "",
        "older": links.to("dashboard-tickets", state, **kept, before=str(shown_now[-1].id))
        if len(found) > tickets.PAGE
        else "",
        "file": links.to("dashboard-tickets-file", state, **kept),
    }  # fmt: skip


def _facts(frame: Frame, asked: Asked) -> list[tuple[Promise, str]]:
    """What the tickets add up to; of some hours only, it is read from the tickets themselves."""
    if asked.weekday is None and asked.hour is None:
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


def _asked(frame: Frame) -> tuple[Asked, ProductCard | None]:
    """What the URL asks for. Raise UnknownStore, UnknownRegion, UnknownCategory, UnknownProduct."""
    state, principal = frame.state, frame.principal
    category_ids = None
    if state.category:
        category = categories_visible_to(principal).filter(code__iexact=state.category).first()
        if category is None:
            raise UnknownCategory(
                _("There is no category “%(code)s”.") % {"code": state.category},
                category=state.category,
            )
        category_ids = ids_below(category)
    product = frame.product
    said = frame.request.GET.get("having", "")
    return Asked(
        principal=principal,
        places=places.chosen(principal=principal, stores=state.stores, regions=state.regions),
        period=frame.period,
        category_ids=category_ids,
        product_id=product.id if product else None,
        having=Having(said) if said in set(Having) else Having.GOODS,
        weekday=_number(frame, "weekday", among=range(1, 8)),
        hour=_number(frame, "hour", among=range(24)),
        known_at=state.known_at,
    ), product


def _when(asked: Asked) -> str:
    """The weekday and hour that the tickets are narrowed to, in words."""
    told = []
    if asked.weekday:
        told.append(str(WEEKDAYS[asked.weekday - 1]))
    if asked.hour is not None:
        told.append(
            _("%(from)d:00 to %(to)d:00") % {"from": asked.hour, "to": (asked.hour + 1) % 24}
        )
    return ", ".join(told)


def _kept(asked: Asked) -> dict[str, str]:
    """What the URL says besides the state."""
    having = None if asked.having is Having.GOODS else asked.having.value
    said = {"having": having, "weekday": asked.weekday, "hour": asked.hour}
    return {name: str(value) for name, value in said.items() if value is not None}


def _number(frame: Frame, name: str, *, among: range) -> int | None:
    text = frame.request.GET.get(name, "")
    known = {str(number): number for number in among}
    return known.get(text)


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

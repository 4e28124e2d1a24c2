from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldBooleanSwitchWidget

from epm.access.admin.filters import VisibleStoreFilter
from epm.platform import shown
from epm.platform.admin_documents import DocumentAdmin
from epm.platform.admin_steps import Given, Step, StepForm
from sales import value_codes
from sales.models import RefusedTicket, TenderKind
from sales.models.stored_value import masked
from sales.selectors.refused_tickets import refused_visible_to
from sales.services.till import refused
from sales.states import REFUSED_TICKET, RefusedTicketState

BREAK = mark_safe("<br>")
LINK = '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>'


class BookForm(StepForm):
    """Booked as it was; a card that cannot pay may stand aside."""

    without_cards = forms.BooleanField(
        label=_("Its gift cards and store credit do not pay"), required=False,
        help_text=_("What they should have paid counts as “Other”, and is missing in the drawer."),
        widget=UnfoldBooleanSwitchWidget,
    )  # fmt: skip


def _book(ticket: RefusedTicket, given: Given) -> object:
    without = given.fields["without_cards"]
    return refused.book(refused=ticket, by=given.by, without_cards=without, now=given.at)


@admin.register(RefusedTicket)
class RefusedTicketAdmin(DocumentAdmin):
    """Offline tickets that could not be taken: read, booked as they were, or dismissed."""

    machine = REFUSED_TICKET
    visible = refused_visible_to
    list_display = ["came", "store", "register", "condition", "why", "total", "tries"]
    list_display_links = ["came"]
    list_filter = [("store", VisibleStoreFilter), ("state", ChoicesDropdownFilter)]
    ordering = ["-pk"]
    sortable_by: list[str] = []
    export_fields = [
        "id", "uuid", "store__code", "register__code", "state", "problem_code", "sent_by",
        "first_at", "came_at", "tries",
    ]  # fmt: skip
    export_annotations = {"problem_code": _("why it was refused")}
    state_colours = {
        RefusedTicketState.WAITING: "warning", RefusedTicketState.BOOKED: "success",
    }  # fmt: skip
    fields = [
        ("store", "register"), "sold", ("came", "first", "tries"), ("sender", "served"), "why",
        "goods", ("paid", "total"), "uuid", "booked",
    ]  # fmt: skip
    steps = {
        "book": Step(
            _("Book as it was"),
            _book,
            help=_(
                "Goods and money as the till tells them, however long ago. What is odd is noted"
                " on the ticket, and it enters the register's next Z report."
            ),
            form=BookForm,
            variant="primary",
        ),
        "dismiss": Step(
            _("Dismiss"),
            lambda ticket, given: refused.dismiss(refused=ticket, reason=given.reason),
            help=_(
                "Only if it was booked in another way, or never happened. The till can never"
                " bring it again."
            ),
            variant="danger",
        ),
    }

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The right to take steps; what a till sent is never edited."""
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        rows = [row if isinstance(row, tuple) else (row,) for row in self.fields]
        return [*super().get_readonly_fields(request, obj), *(name for row in rows for name in row)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusedTicket]:
        rows = super().get_queryset(request).select_related("store", "register", "cashier")
        told = rows.annotate(problem_code=KeyTextTransform("code", "problem"))
        return cast("QuerySet[RefusedTicket]", told)

    @admin.display(description=_("sold at, by the till"))
    def sold(self, ticket: RefusedTicket) -> str:
        told = (ticket.body or {}).get("sold_at")
        try:
            at = datetime.fromisoformat(str(told)).astimezone(ZoneInfo(ticket.store.timezone))
        except (ValueError, OverflowError):  # a till may send anything
            return str(told or shown.UNKNOWN)
        return shown.short_moment(at)

    @admin.display(description=_("last sent at"))
    def came(self, ticket: RefusedTicket) -> str:
        return shown.short_moment(ticket.came_at.astimezone(ZoneInfo(ticket.store.timezone)))

    @admin.display(description=_("first sent at"))
    def first(self, ticket: RefusedTicket) -> str:
        return shown.short_moment(ticket.first_at.astimezone(ZoneInfo(ticket.store.timezone)))

    @admin.display(description=_("state"))
    def condition(self, ticket: RefusedTicket) -> str:
        return self.badge(ticket)

    @admin.display(description=_("sent by"))
    def sender(self, ticket: RefusedTicket) -> str:
        return ticket.sent_by

    @admin.display(description=_("cashier"))
    def served(self, ticket: RefusedTicket) -> str:
        return str(ticket.cashier or (ticket.body or {}).get("cashier") or shown.UNKNOWN)

    @admin.display(description=_("why it was refused"))
    def why(self, ticket: RefusedTicket) -> str:
        told = ticket.problem
        errors = [_error_told(ticket, one) for one in told.get("errors", ())]
        return " ".join([told["detail"]] if "detail" in told else errors) or told["code"]

    @admin.display(description=_("goods"))
    def goods(self, ticket: RefusedTicket) -> str:
        if ticket.body is None:
            return gettext("Its content was not kept.")
        return _listed(_line_told(line) for line in _rows(ticket, "lines"))

    @admin.display(description=_("paid with"))
    def paid(self, ticket: RefusedTicket) -> str:
        kinds = dict(TenderKind.choices)
        return _listed(
            " ".join(
                str(part)
                for part in (
                    kinds.get(str(tender.get("kind")), tender.get("kind")), tender.get("amount"),
                    masked(value_codes.read(str(tender["code"]))) if "code" in tender else "",
                )
                if part
            )
            for tender in _rows(ticket, "tenders")
        )  # fmt: skip

    @admin.display(description=_("total incl. tax"))
    def total(self, ticket: RefusedTicket) -> str:
        return str((ticket.body or {}).get("total") or shown.UNKNOWN)

    @admin.display(description=_("sale"))
    def booked(self, ticket: RefusedTicket) -> str:
        if ticket.sale_id is None:
            return shown.UNKNOWN
        page = reverse("admin:sales_sale_change", args=[ticket.sale_id])
        return format_html(LINK, page, ticket.sale_id)


def _rows(ticket: RefusedTicket, name: str) -> list[dict[str, Any]]:
    """What a till sent may be anything."""
    rows = (ticket.body or {}).get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _error_told(ticket: RefusedTicket, error: dict[str, str]) -> str:
    """A product by what the till called it, anything else by where it stands."""
    where = error["pointer"]
    part: Any = ticket.body
    if where.endswith(("/sku", "/product")):
        try:
            for name in where[1:].split("/"):
                part = part[int(name)] if isinstance(part, list) else part[name]
            where = f"“{part}”"
        except (KeyError, IndexError, TypeError, ValueError):  # a till may send anything
            pass
    return f"{where}: {error['detail']}"


def _line_told(line: dict[str, Any]) -> str:
    if "gift_card" in line:
        return gettext("Gift card")
    what = line.get("sku") or line.get("product")
    if "returns" in line:
        what = gettext("back of a receipt")
    price = line.get("unit_price")
    told = f"{line.get('quantity')} × {what}"
    return f"{told} · {price}" if price else told


def _listed(rows: Any) -> str:
    return format_html_join(BREAK, "{}", ((row,) for row in rows)) or shown.UNKNOWN

from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.platform import shown
from epm.platform.admin import LedgerAdmin
from sales.models import Closing
from sales.selectors.report_tables import tables, variance_of
from sales.selectors.sessions import closings_visible_to


@admin.register(Closing)
class ClosingAdmin(LedgerAdmin):
    """Z reports and closings of periods, to look at and to print."""

    visible = closings_visible_to
    list_display = [
        "title", "store", "register", "first_day", "last_day", "tickets", "ttc", "variance",
        "cumulated",
    ]  # fmt: skip
    list_filter = [
        ("store", VisibleStoreFilter),
        ("kind", ChoicesDropdownFilter),
        ("last_day", RangeDateFilter),
    ]
    export_fields = [
        "id", "store__code", "register__code", "kind", "number", "first_day", "last_day",
        "first_number", "last_number", "tickets", "late_tickets", "sales_ttc", "returns_ttc",
        "total_ttc", "total_ht", "total_vat", "grand_total", "closed_at",
    ]  # fmt: skip
    ordering = ["-pk"]
    sortable_by: list[str] = []
    change_form_outer_after_template = "sales/closing_tables.html"
    fields = [("title", "store", "register"), ("first_day", "last_day", "closed"), "link"]
    readonly_fields = ["title", "store", "register", "first_day", "last_day", "closed", "link"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Closing]:
        rows = super().get_queryset(request).select_related("store", "register")
        return cast("QuerySet[Closing]", rows)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (closing := context.get("original")) is not None:
            context["tables"] = tables(closing, currency=closing.store.currency)
            context["pdf"] = reverse("api-closing-pdf", args=[closing.pk])
        answer = super().render_change_form(request, context, *args, **kwargs)
        return cast("HttpResponse", answer)

    @admin.display(description=_("closing"))
    def title(self, closing: Closing) -> str:
        return f"{closing.get_kind_display()} {closing.number}"

    @admin.display(description=_("closed at"))
    def closed(self, closing: Closing) -> str:
        return shown.moment(closing.closed_at.astimezone(ZoneInfo(closing.store.timezone)))

    @admin.display(description=_("total incl. tax"))
    def ttc(self, closing: Closing) -> str:
        return shown.amount(closing.total_ttc, currency=closing.store.currency)

    @admin.display(description=_("cash variance"))
    def variance(self, closing: Closing) -> str:
        return variance_of(closing, currency=closing.store.currency)

    @admin.display(description=_("grand total incl. tax"))
    def cumulated(self, closing: Closing) -> str:
        return shown.amount(closing.grand_total, currency=closing.store.currency)

    @admin.display(description=_("SHA-256"))
    def link(self, closing: Closing) -> str:
        return format_html('<span class="epm-code">{}</span>', bytes(closing.hash).hex())

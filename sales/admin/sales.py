import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.admin import LedgerAdmin
from sales.admin.sale_filters import BuyerFilter, SaleDayFilter, TotalFilter
from sales.models import Sale
from sales.selectors.receipt import receipt_visible_to
from sales.selectors.references import named_by, with_reference
from sales.selectors.sales import sales_visible_to


@admin.register(Sale)
class SaleAdmin(LedgerAdmin):
    """The ledger, to look at. Newest first by key, whose first bits are the time of the sale."""

    visible = sales_visible_to
    list_display = [
        "reference", "store", "till", "seller", "sold_at_store", "business_date", "ttc", "nature",
    ]  # fmt: skip
    list_filter = [
        ("store", VisibleStoreFilter),
        ("business_date", SaleDayFilter),
        ("total_ttc", TotalFilter),
        BuyerFilter,
        "is_pure_return",
        "is_correction",
    ]
    search_fields = ["external_ref__exact"]
    search_help_text = _("The whole reference or ticket number, or the key of a sale")
    export_fields = [
        "id", "external_ref", "ticket_ref", "store__code", "register__code", "sold_at",
        "business_date", "total_ttc", "total_ht", "total_vat", "currency", "is_pure_return",
        "is_correction",
    ]  # fmt: skip
    export_annotations = {"ticket_ref": _("Ticket number")}
    ordering = ["-pk"]
    sortable_by: list[str] = []
    change_form_outer_after_template = "sales/sale_lines.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("reference", "store"),
                    ("sold_at_store", "business_date", "recorded_at"),
                    ("buyer", "till", "seller"),
                    ("ttc", "ht", "contained_vat"),
                    ("nature", "corrected", "origin"),
                ]
            },
        ),
    ]
    readonly_fields = [
        "reference", "store", "sold_at_store", "business_date", "recorded_at", "buyer", "till",
        "seller", "ttc", "ht", "contained_vat", "nature", "corrected", "origin",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sale]:
        rows = with_reference(super().get_queryset(request))
        if rights.sees_people(request.user):
            rows = rows.select_related("cashier").annotate(sees_people=Value(value=True))
        return rows.select_related("store", "register", "ticket")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Who sold is told to who may see people."""
        hidden = set() if rights.sees_people(request.user) else {"seller"}
        return [name for name in self.list_display if name not in hidden]

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        told = ["cashier__username"] if rights.sees_people(request.user) else []
        return [*super().get_export_fields(request), *told]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Sale | None:
        """One query for the sale with all it names; lines and tenders are two more."""
        try:
            key = uuid.UUID(object_id)
        except ValueError:
            return None
        receipt = receipt_visible_to(request.user, sale_id=key)
        if receipt is None:
            return None
        sale = receipt.sale
        sees_people = rights.sees_people(request.user)
        vars(sale).update(receipt=receipt, sees_people=sees_people)  # what the page shows besides
        return sale

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Sale], search_term: str
    ) -> tuple[QuerySet[Sale], bool]:
        try:
            return queryset.filter(pk=uuid.UUID(search_term.strip())), False
        except ValueError:
            if term := search_term.strip():
                queryset = queryset.filter(named_by(request.user, reference=term))
            return queryset, False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Who may not know the buyer may not find her by filtering either."""
        if lookup.startswith("customer") and not rights.sees_customers(request.user):
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    @admin.display(description=_("reference"))
    def reference(self, sale: Sale) -> str:
        return str(sale)

    @admin.display(description=_("sold at (store's time)"))
    def sold_at_store(self, sale: Sale) -> str:
        return shown.moment(sale.sold_at.astimezone(ZoneInfo(sale.store.timezone)))

    @admin.display(description=_("total incl. tax"))
    def ttc(self, sale: Sale) -> str:
        return shown.amount(sale.total_ttc, currency=sale.currency)

    @admin.display(description=_("total excl. tax"))
    def ht(self, sale: Sale) -> str:
        return shown.amount(sale.total_ht, currency=sale.currency)

    @admin.display(description=_("VAT"))
    def contained_vat(self, sale: Sale) -> str:
        return shown.amount(sale.total_vat, currency=sale.currency)

    @admin.display(description=_("nature"))
    def nature(self, sale: Sale) -> Any:
        if sale.is_correction:
            return _("Correction")
        return _("Return") if sale.is_pure_return else _("Sale")

    @admin.display(description=_("customer"))
    def buyer(self, sale: Sale) -> Any:
        if sale.customer is None:
            return _("Not identified")
        return str(sale.customer) if getattr(sale, "sees_people", False) else _("Hidden")

    @admin.display(description=_("cashier"))
    def seller(self, sale: Sale) -> Any:
        ticket = getattr(sale, "ticket", None)
        served: Any = sale.cashier or (ticket and ticket.sent_by)
        if not served:
            return shown.UNKNOWN
        return str(served) if getattr(sale, "sees_people", False) else _("Hidden")

    @admin.display(description=_("cash register"))
    def till(self, sale: Sale) -> str:
        return str(sale.register) if sale.register else shown.UNKNOWN

    @admin.display(description=_("corrects"))
    def corrected(self, sale: Sale) -> str:
        if sale.corrects is None:
            return shown.UNKNOWN
        url = reverse("admin:sales_sale_change", args=[sale.corrects_id])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, sale.corrects)

    @admin.display(description=_("import"))
    def origin(self, sale: Sale) -> str:
        return f"#{sale.import_run_id}" if sale.import_run_id else shown.UNKNOWN

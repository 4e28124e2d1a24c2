from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.admin import BackOfficeInline, LedgerAdmin, ReadOnly
from inventory.models import PurchaseOrder, PurchaseReceipt, PurchaseReceiptLine
from inventory.selectors.purchase_orders import receipts_visible_to

PEOPLE = ("created_by", "submitted_by", "submitter", "approved_by", "received_by")


def without_people(request: HttpRequest, names: Iterable[str]) -> list[str]:
    people = rights.sees_people(request.user)
    return [name for name in names if people or name not in PEOPLE]


class PurchaseReceiptInline(ReadOnly, BackOfficeInline):
    model = PurchaseReceipt
    fields = ["delivery", "received_at", "charged", "taxed", "split_by", "received_by"]
    readonly_fields = fields
    ordering = ["-received_at", "-pk"]
    per_page = 20
    hide_title = True

    def get_fields(self, request: HttpRequest, obj: PurchaseOrder | None = None) -> list[str]:
        return without_people(request, self.fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseReceipt]:
        return super().get_queryset(request).select_related("order")

    @admin.display(description=_("delivery"))
    def delivery(self, receipt: PurchaseReceipt) -> str:
        address = reverse("admin:inventory_purchasereceipt_change", args=[receipt.pk])
        return format_html('<a class="underline" href="{}">{}</a>', address, receipt)

    @admin.display(description=_("freight excl. tax"))
    def charged(self, receipt: PurchaseReceipt) -> str:
        return shown.amount(receipt.freight, currency=receipt.order.stock_currency)

    @admin.display(description=_("duty"))
    def taxed(self, receipt: PurchaseReceipt) -> str:
        return shown.amount(receipt.duty, currency=receipt.order.stock_currency)


class PurchaseReceiptLineInline(ReadOnly, BackOfficeInline):
    model = PurchaseReceiptLine
    fields = ["product", "taken", "refused", "reason", "share", "cost"]
    readonly_fields = fields
    ordering = ["pk"]
    per_page = 50
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseReceiptLine]:
        return super().get_queryset(request).select_related("line__product")

    @admin.display(description=_("product"))
    def product(self, line: PurchaseReceiptLine) -> str:
        return str(line.line.product)

    @admin.display(description=_("accepted"))
    def taken(self, line: PurchaseReceiptLine) -> str:
        return shown.exact(line.accepted)

    @admin.display(description=_("rejected"))
    def refused(self, line: PurchaseReceiptLine) -> str:
        return shown.exact(line.rejected)

    @admin.display(description=_("freight and duty"))
    def share(self, line: PurchaseReceiptLine) -> str:
        return shown.exact(line.charges, at_least=2)

    @admin.display(description=_("landed unit cost excl. tax"))
    def cost(self, line: PurchaseReceiptLine) -> str:
        return shown.exact(line.unit_cost, at_least=2)


@admin.register(PurchaseReceipt)
class PurchaseReceiptAdmin(LedgerAdmin):
    visible = receipts_visible_to
    inlines = [PurchaseReceiptLineInline]
    list_display = ["received_at", "order", "supplier", "store", "delivery_note"]
    list_display_links = ["received_at"]
    list_filter = [("order__store", VisibleStoreFilter), ("received_at", RangeDateFilter)]
    list_select_related = ["order__supplier", "order__store"]
    search_fields = ["delivery_note", "order__id__exact"]
    search_help_text = _("Delivery note or number of the order")
    ordering = ["-received_at", "-pk"]
    autocomplete_fields = ["order"]
    export_fields = [
        "received_at", "order__id", "order__supplier__code", "order__store__code", "delivery_note",
        "freight", "duty",
    ]  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: PurchaseReceipt | None = None) -> list[str]:
        return without_people(
            request,
            ["order", "received_at", "received_by", "delivery_note", "charged", "taxed",
             "split_by"],
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "charged", "taxed"]

    charged = PurchaseReceiptInline.charged
    taxed = PurchaseReceiptInline.taxed

    @admin.display(description=_("supplier"))
    def supplier(self, receipt: PurchaseReceipt) -> str:
        return str(receipt.order.supplier)

    @admin.display(description=_("store"))
    def store(self, receipt: PurchaseReceipt) -> str:
        return str(receipt.order.store)

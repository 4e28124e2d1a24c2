from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from epm.access.admin.filters import VisibleFilter
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline
from inventory.admin.currencies import OneCurrency
from inventory.models import ApprovalLimit, PriceBreak, Supplier, SupplierProduct
from inventory.selectors.products import products_visible_to
from inventory.selectors.suppliers import (
    limits_visible_to,
    supplied_visible_to,
    suppliers_visible_to,
)

TAKEN = {
    "supplier_code_unique_ci": _("This code is taken."),
    "supplier_code_not_empty": _("A code is needed."),
    "supplier_currency_iso_4217": _("Three capital letters, e.g. EUR."),
    "supplier_product_once_per_supplier": _("This supplier has that product already."),
    "supplier_product_one_preferred": _("Another supplier is preferred for this product."),
    "supplier_product_pack_positive": _("A pack is more than 0."),
    "supplier_product_minimum_not_negative": _("The minimum is not less than 0."),
    "supplier_product_price_not_negative": _("A price is not less than 0."),
}


class VisibleSupplierFilter(VisibleFilter):
    visible = suppliers_visible_to


class SupplierProductInline(BackOfficeInline):
    model = SupplierProduct
    visible = supplied_visible_to
    visible_choices = {"product": products_visible_to}
    fields = [
        "product", "supplier_sku", "pack_size", "minimum_quantity", "price", "lead_time_days",
        "is_preferred",
    ]  # fmt: skip
    autocomplete_fields = ["product"]
    ordering = ["product__sku"]
    per_page = 20
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupplierProduct]:
        return super().get_queryset(request).select_related("product", "supplier")


@admin.register(Supplier)
class SupplierAdmin(OneCurrency, BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = suppliers_visible_to
    inlines = [SupplierProductInline]
    list_display = ["code", "name", "currency", "lead_time_days", "email", "is_active"]
    list_display_links = ["code", "name"]
    list_filter = ["is_active"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    refusals = TAKEN
    fieldsets = [
        (None, {"fields": [("code", "name"), ("currency", "lead_time_days"), "email", "note",
                           "is_active"]}),
    ]  # fmt: skip


class PriceBreakInline(BackOfficeInline):
    model = PriceBreak
    fields = ["from_quantity", "price"]
    ordering = ["from_quantity"]
    per_page = 20


@admin.register(SupplierProduct)
class SupplierProductAdmin(BackOfficeAdmin):
    """The page of one product of one supplier, where its price breaks are."""

    visible = supplied_visible_to
    visible_choices = {"product": products_visible_to, "supplier": suppliers_visible_to}
    inlines = [PriceBreakInline]
    list_display = ["product", "supplier", "supplier_sku", "pack", "least", "cost", "is_preferred"]
    list_display_links = ["product"]
    list_filter = [("supplier", VisibleSupplierFilter), "is_preferred"]
    list_select_related = ["product", "supplier"]
    search_fields = ["supplier_sku", "product__sku", "product__name"]
    autocomplete_fields = ["product", "supplier"]
    ordering = ["supplier__code", "product__sku"]
    refusals = TAKEN | {
        "price_break_once_per_quantity": _("One price for each quantity."),
        "price_break_positive": _("A price break starts above 0."),
    }
    export_fields = [
        "supplier__code", "product__sku", "supplier_sku", "pack_size", "minimum_quantity", "price",
        "supplier__currency", "lead_time_days", "is_preferred",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [("supplier", "product"), "supplier_sku"]}),
        (_("Ordering"), {"fields": [("pack_size", "minimum_quantity"), "lead_time_days",
                                    "is_preferred"]}),
        (_("Prices"), {"fields": ["price"]}),
    ]  # fmt: skip

    @admin.display(description=_("pack"), ordering="pack_size")
    def pack(self, supplied: SupplierProduct) -> str:
        return shown.exact(supplied.pack_size)

    @admin.display(description=_("minimum"), ordering="minimum_quantity")
    def least(self, supplied: SupplierProduct) -> str:
        return shown.exact(supplied.minimum_quantity)

    @admin.display(description=_("unit price excl. tax"), ordering="price")
    def cost(self, supplied: SupplierProduct) -> str:
        price = supplied.price
        if price is None:
            return shown.UNKNOWN
        told = shown.exact(price, at_least=2)
        return shown.with_currency(told, currency=supplied.supplier.currency)


@admin.register(ApprovalLimit)
class ApprovalLimitAdmin(OneCurrency, BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = limits_visible_to
    list_display = ["role", "currency", "up_to"]
    list_display_links = ["role"]
    ordering = ["currency", "amount"]
    refusals = {
        "approval_limit_one_per_role_and_currency": _("This role has a limit in that currency."),
        "approval_limit_currency_iso_4217": _("Three capital letters, e.g. EUR."),
        "approval_limit_role_known": _("Only managers have a limit."),
        "approval_limit_amount_not_negative": _("A limit is not less than 0."),
    }

    @admin.display(description=_("up to, excl. tax"), ordering="amount")
    def up_to(self, limit: ApprovalLimit) -> str:
        return shown.amount(limit.amount, currency=limit.currency)

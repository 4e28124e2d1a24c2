"""What tills may do: of a store, and of whoever stands at them."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import stores_visible_to
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin
from sales.models import DiscountReason, TillLimit, TillPolicy
from sales.selectors.till_rules import policies_visible_to


@admin.register(TillPolicy)
class TillPolicyAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = policies_visible_to
    visible_choices = {"store": stores_visible_to}
    list_display = ["store", "rounding", "refunds", "unreceipted_refunds", "takes_tips"]
    list_filter = [("store", VisibleStoreFilter)]
    search_fields = ["store__code", "store__name"]
    autocomplete_fields = ["store"]
    export_fields = [
        "store__code", "cash_rounding", "refunds", "unreceipted_refunds", "takes_tips",
        "most_on_a_card", "receipt_header", "receipt_footer",
    ]  # fmt: skip
    ordering = ["store__code"]
    fields = [
        "store", ("cash_rounding", "takes_tips"), ("refunds", "unreceipted_refunds"),
        "most_on_a_card", "receipt_header", "receipt_footer",
    ]  # fmt: skip

    @admin.display(description=_("cash is rounded to"))
    def rounding(self, policy: TillPolicy) -> str:
        return shown.exact(policy.cash_rounding) if policy.cash_rounding else shown.UNKNOWN


@admin.register(TillLimit)
class TillLimitAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    list_display = ["role", "off", "other_price", "back", "returns_without_receipt", "approves"]
    export_fields = [
        "role", "discount", "price_change", "refund", "returns_without_receipt", "approves"
    ]  # fmt: skip
    ordering = ["role"]
    fields = [
        "role", ("discount", "price_change", "refund"), ("returns_without_receipt", "approves")
    ]  # fmt: skip

    @admin.display(description=_("discount on a line or ticket, up to"))
    def off(self, limit: TillLimit) -> str:
        return shown.percent(limit.discount)

    @admin.display(description=_("price differs from the list by up to"))
    def other_price(self, limit: TillLimit) -> str:
        return shown.percent(limit.price_change)

    @admin.display(description=_("refund up to, incl. tax"))
    def back(self, limit: TillLimit) -> str:
        return str(_("any")) if limit.refund is None else shown.exact(limit.refund, at_least=2)


@admin.register(DiscountReason)
class DiscountReasonAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    list_display = ["code", "name", "is_active"]
    list_display_links = ["code", "name"]
    list_filter = ["is_active"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    fields = [("code", "name"), "is_active"]

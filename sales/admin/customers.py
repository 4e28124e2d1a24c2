from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from epm.platform.admin import BackOfficeAdmin
from sales.models import Customer
from sales.selectors.customers import customers_visible_to


@admin.register(Customer)
class CustomerAdmin(BackOfficeAdmin):
    """Loyalty schemes have millions of members: never counted, found by code, name or e-mail."""

    visible = customers_visible_to
    export_fields = [
        "code", "name", "email", "tax_exempt_number", "tax_exempt_until", "is_placeholder",
    ]  # fmt: skip
    list_display = ["code", "name", "email", "is_placeholder"]
    list_display_links = ["code", "name"]
    list_filter = ["is_placeholder"]
    search_fields = ["code__exact", "name", "email"]
    search_help_text = _("Whole code, part of a name or e-mail")
    ordering = ["-pk"]
    refusals = {"customer_exemption_has_number": _("Only an exemption with a number ends.")}
    fieldsets = [
        (None, {"fields": [("code", "name"), "email", "is_placeholder"]}),
        (_("Taxes"), {"fields": [("tax_exempt_number", "tax_exempt_until")]}),
        (_("Attributes"), {"fields": ["attributes"], "classes": ["collapse"]}),
    ]

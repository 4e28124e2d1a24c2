from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.translation import gettext_lazy as _

from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline
from sales.models import TaxClass, TaxRate


class TaxRateInline(BackOfficeInline):
    model = TaxRate
    fields = ["regime", "rate", "percentage", "valid_from"]
    readonly_fields = ["percentage"]
    ordering = ["regime", "-valid_from"]

    @admin.display(description=_("in percent"))
    def percentage(self, tax_rate: TaxRate) -> str:
        return shown.percent(tax_rate.rate, places=2)


@admin.register(TaxClass)
class TaxClassAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    inlines = [TaxRateInline]
    list_display = ["code", "name"]
    list_display_links = ["code", "name"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    fields = [("code", "name")]

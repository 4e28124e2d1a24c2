from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline
from sales.models import TaxClass, TaxRate, TaxRegime


class TaxRateInline(BackOfficeInline):
    model = TaxRate
    fields = ["regime", "tax", "rate", "percentage", "valid_from"]
    readonly_fields = ["percentage"]
    ordering = ["regime", "tax", "-valid_from"]

    @admin.display(description=_("in percent"))
    def percentage(self, tax_rate: TaxRate) -> str:
        return shown.percent(tax_rate.rate, places=3)

    def formfield_for_dbfield(
        self, db_field: models.Field, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A regime is one that there is."""
        if db_field.name != "regime":
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        regimes = TaxRegime.objects.order_by("code")
        return forms.ChoiceField(
            label=capfirst(db_field.verbose_name),
            choices=[("", "---------"), *((regime.code, str(regime)) for regime in regimes)],
            widget=UnfoldAdminSelectWidget(attrs={"aria-label": capfirst(db_field.verbose_name)}),
        )


@admin.register(TaxRegime)
class TaxRegimeAdmin(BackOfficeAdmin):
    """Its code stays: rates and stores name it. Its rates stand with the tax classes."""

    paginator = Paginator
    show_full_result_count = True
    list_display = ["code", "name", "prices_include_tax", "is_active"]
    list_display_links = ["code", "name"]
    search_fields = ["code", "name"]
    ordering = ["code"]
    fields = [("code", "name"), ("prices_include_tax", "is_active")]

    def get_readonly_fields(self, request: HttpRequest, obj: TaxRegime | None = None) -> list[str]:
        return ["code"] if obj else []


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

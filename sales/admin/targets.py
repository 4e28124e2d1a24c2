import datetime
from decimal import Decimal

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import stores_visible_to
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline, ReadOnly
from sales.models import StoreDayTarget, StoreTarget
from sales.selectors.targets import targets_visible_to


class StoreTargetForm(forms.ModelForm):
    class Meta:
        model = StoreTarget
        fields = ["store", "month", "amount", "day_weights"]

    def clean_month(self) -> datetime.date:
        """Any day names its month."""
        day: datetime.date = self.cleaned_data["month"]
        return day.replace(day=1)

    def clean_day_weights(self) -> list[Decimal] | None:
        """Left empty, the month is spread evenly."""
        return self.cleaned_data["day_weights"] or None


class DayTargetInline(ReadOnly, BackOfficeInline):
    """What the database made of the month."""

    model = StoreDayTarget
    fields = ["weekday", "share"]
    readonly_fields = fields
    ordering = ["day"]
    verbose_name_plural = _("days")
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[StoreDayTarget]:
        return super().get_queryset(request).select_related("target__store")

    @admin.display(description=_("day"))
    def weekday(self, row: StoreDayTarget) -> str:
        return shown.day(row.day, weekday=True)

    @admin.display(description=_("target excl. tax"))
    def share(self, row: StoreDayTarget) -> str:
        return shown.amount(row.amount, currency=row.target.store.currency)


@admin.register(StoreTarget)
class StoreTargetAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = targets_visible_to
    visible_choices = {"store": stores_visible_to}
    form = StoreTargetForm
    inlines = [DayTargetInline]
    list_display = ["store", "month_shown", "goal"]
    list_display_links = ["store", "month_shown"]
    list_filter = [("store", VisibleStoreFilter), ("month", RangeDateFilter)]
    list_select_related = ["store"]
    search_fields = ["store__code", "store__name"]
    autocomplete_fields = ["store"]
    export_fields = ["store__code", "month", "amount", "store__currency"]
    ordering = ["-month", "store__code"]
    refusals = {
        "store_target_day_weights": _(
            "Give one weight for each day of the month, none negative and not all zero."
        ),
        "store_target_amount_decimals": _(
            "The target has more decimals than the store's currency."
        ),
    }

    @admin.display(description=_("month"), ordering="month")
    def month_shown(self, target: StoreTarget) -> str:
        return date_format(target.month, "YEAR_MONTH_FORMAT")

    @admin.display(description=_("target excl. tax"), ordering="amount")
    def goal(self, target: StoreTarget) -> str:
        return shown.amount(target.amount, currency=target.store.currency)

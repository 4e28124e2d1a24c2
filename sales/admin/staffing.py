from decimal import Decimal
from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import stores_visible_to
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin
from sales.models import StoreFootfall, StoreLabour
from sales.selectors.staffing import footfall_visible_to, labour_visible_to


class _OfStoreDayAdmin(BackOfficeAdmin):
    visible_choices: ClassVar = {"store": stores_visible_to}
    list_display_links = ["store", "day"]
    list_filter = [("store", VisibleStoreFilter), ("business_date", RangeDateFilter)]
    list_select_related = ["store"]
    search_fields = ["store__code", "store__name"]
    autocomplete_fields = ["store"]
    ordering = ["-business_date", "store__code", "hour"]

    @admin.display(description=_("business date"), ordering="business_date")
    def day(self, row: StoreFootfall | StoreLabour) -> str:
        return shown.day(row.business_date, weekday=True)

    @admin.display(description=_("hour"), ordering="hour")
    def at(self, row: StoreFootfall | StoreLabour) -> str:
        if row.hour is None:
            return gettext("whole day")
        return gettext("%(hour)d h") % {"hour": row.hour}


@admin.register(StoreFootfall)
class StoreFootfallAdmin(_OfStoreDayAdmin):
    visible = footfall_visible_to
    list_display = ["store", "day", "at", "count"]
    export_fields = ["store__code", "business_date", "hour", "visitors"]
    fields = ["store", "business_date", "hour", "visitors"]

    @admin.display(description=_("visitors"), ordering="visitors")
    def count(self, row: StoreFootfall) -> str:
        return shown.number(Decimal(row.visitors), places=0)


@admin.register(StoreLabour)
class StoreLabourAdmin(_OfStoreDayAdmin):
    visible = labour_visible_to
    list_display = ["store", "day", "at", "worked"]
    export_fields = ["store__code", "business_date", "hour", "hours"]
    fields = ["store", "business_date", "hour", "hours"]

    @admin.display(description=_("hours worked"), ordering="hours")
    def worked(self, row: StoreLabour) -> str:
        return shown.exact(row.hours)

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from epm.access.admin.filters import VisibleRegionFilter
from epm.access.selectors.scope import (
    closures_visible_to,
    regions_visible_to,
    scope_of,
    stores_visible_to,
)
from epm.organization.models import Region, Store, StoreClosure
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline


class ChainOnlyAddition:
    """A new place would be out of sight of anyone who does not see the whole chain."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        allowed: bool = super().has_add_permission(request)  # type: ignore[misc]
        return allowed and scope_of(request.user).all_stores


@admin.register(Region)
class RegionAdmin(ChainOnlyAddition, BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = regions_visible_to
    list_display = ["code", "name"]
    list_display_links = ["code", "name"]
    search_fields = ["code", "name"]
    ordering = ["code"]


class StoreClosureInline(BackOfficeInline):
    model = StoreClosure
    visible = closures_visible_to
    fields = ["first_day", "last_day", "reason"]
    ordering = ["first_day"]


@admin.register(Store)
class StoreAdmin(ChainOnlyAddition, BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = stores_visible_to
    visible_choices = {"region": regions_visible_to}
    inlines = [StoreClosureInline]
    list_display = ["code", "name", "kind", "region", "city", "currency", "opened_on", "closed_on"]
    list_display_links = ["code", "name"]
    list_filter = [
        ("kind", ChoicesDropdownFilter),
        ("region", VisibleRegionFilter),
        "is_placeholder",
    ]
    list_select_related = ["region"]
    search_fields = ["code", "name", "city"]
    autocomplete_fields = ["region"]
    ordering = ["code"]
    export_fields = [
        "code", "name", "kind", "region__code", "timezone", "day_cutoff_hour", "currency",
        "vat_regime", "opened_on", "closed_on", "floor_area_m2", "address", "postal_code", "city",
        "country", "is_placeholder",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [("code", "name"), ("kind", "region"), "is_placeholder"]}),
        (
            _("Day and money"),
            {"fields": [("timezone", "day_cutoff_hour"), ("currency", "vat_regime")]},
        ),
        (_("Life"), {"fields": [("opened_on", "closed_on"), "floor_area_m2"]}),
        (
            _("Place"),
            {"fields": ["address", ("postal_code", "city", "country"), ("latitude", "longitude")]},
        ),
    ]

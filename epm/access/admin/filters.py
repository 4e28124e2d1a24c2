"""List filters that never name a store or region out of the user's sight."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from epm.access.selectors.scope import regions_visible_to, stores_visible_to


class VisibleStoreFilter(RelatedDropdownFilter):
    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: ModelAdmin
    ) -> list[tuple[int, str]]:
        return [(store.pk, str(store)) for store in stores_visible_to(request.user)]


class VisibleRegionFilter(RelatedDropdownFilter):
    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: ModelAdmin
    ) -> list[tuple[int, str]]:
        return [(region.pk, str(region)) for region in regions_visible_to(request.user)]

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import stores_visible_to
from epm.platform.admin import BackOfficeAdmin, LedgerAdmin
from inventory.models import StockPolicy, StockRepair
from inventory.selectors.stock import policies_visible_to, repairs_visible_to


@admin.register(StockPolicy)
class StockPolicyAdmin(BackOfficeAdmin):
    """What a store does when more leaves than its books have. Without one, it is refused."""

    visible = policies_visible_to
    visible_choices: ClassVar = {"store": stores_visible_to}
    list_display = ["store", "negative"]
    list_filter = [("store", VisibleStoreFilter), "negative"]
    list_select_related = ["store"]
    search_fields = ["store__code", "store__name"]
    autocomplete_fields = ["store"]
    export_fields = ["store__code", "negative"]
    fields = ["store", "negative"]
    ordering = ["store_id"]


@admin.register(StockRepair)
class StockRepairAdmin(LedgerAdmin):
    """Levels that were not what their movements said, and were put right."""

    visible = repairs_visible_to
    list_display = ["repaired_at", "product", "store", "put_right", "actor"]
    list_filter = [("level__store", VisibleStoreFilter)]
    ordering = ["-pk"]
    sortable_by: list[str] = []
    export_fields = [
        "level__store__code", "level__product__sku", "before", "after", "repaired_at", "actor",
    ]  # fmt: skip
    fieldsets = [(None, {"fields": [("product", "store"), "put_right", ("repaired_at", "actor")]})]
    readonly_fields = ["product", "store", "put_right", "repaired_at", "actor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockRepair]:
        return super().get_queryset(request).select_related("level__store", "level__product")

    @admin.display(description=_("product"))
    def product(self, repair: StockRepair) -> str:
        return str(repair.level.product)

    @admin.display(description=_("store"))
    def store(self, repair: StockRepair) -> str:
        return str(repair.level.store)

    @admin.display(description=_("put right"))
    def put_right(self, repair: StockRepair) -> str:
        return ", ".join(
            f"{name} {was} → {repair.after.get(name)}"
            for name, was in repair.before.items()
            if was != repair.after.get(name)
        )

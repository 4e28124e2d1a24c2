import re
from typing import Any, Final, cast

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import stores_visible_to
from epm.platform.admin import LedgerAdmin
from inventory.admin.filters import StockStateFilter, VisibleCategoryFilter
from inventory.admin.level_figures import LevelFigures
from inventory.admin.stock_card import card_of, worth
from inventory.models import StockLevel
from inventory.selectors.stock import levels_visible_to
from inventory.selectors.stock_card import (
    level_visible_to,
    of_products_called,
    with_available,
)

NUMBER: Final = re.compile("[0-9]{1,18}")
COSTS: Final = frozenset({"worth", "value", "costed", "average_cost"})


class LevelList(ChangeList):
    """Sorted as asked where the page may be; a whole chain keeps the order of its index."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[StockLevel]) -> list[Any]:
        if not self.model_admin.get_sortable_by(request):
            self.params.pop(ORDER_VAR, None)
        return list(super().get_ordering(request, queryset))


@admin.register(StockLevel)
class StockLevelAdmin(LevelFigures, LedgerAdmin):
    """What is where, to look at. A row leads to its stock card; only movements change it."""

    visible = levels_visible_to
    list_display = [
        "name", "sku", "store", "here", "promised", "blocked", "free", "worth",
    ]  # fmt: skip
    list_display_links = ["name", "sku"]
    list_filter = [
        ("store", VisibleStoreFilter),
        ("product__category", VisibleCategoryFilter),
        StockStateFilter,
    ]
    search_fields = ["product__sku"]
    search_help_text = _("SKU, name or a whole barcode")
    export_fields = [
        "store__code", "product__sku", "product__name", "on_hand", "reserved", "unavailable",
        "shortfall", "costed", "value", "average_cost",
    ]  # fmt: skip
    ordering = ["store_id", "product_id"]
    list_before_template = "inventory/levels_before.html"
    change_form_outer_after_template = "inventory/stock_card.html"
    fieldsets = [(None, {"fields": [("product", "store")]})]
    readonly_fields = ["product", "store"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLevel]:
        levels = with_available(super().get_queryset(request))
        return levels.select_related("store", "product")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> StockLevel | None:
        if not NUMBER.fullmatch(object_id):
            return None
        level = level_visible_to(request.user, level_id=int(object_id))
        if level is not None:
            before = request.GET.get("before", "")
            card = card_of(
                level,
                reader=cast("User", request.user),
                now=timezone.now(),
                before=int(before) if NUMBER.fullmatch(before) else None,
                prove="prove" in request.GET,
            )
            vars(level).update(card=card)  # what the page shows besides
        return level

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return self._seen(request, super().get_list_display(request))

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        return self._seen(request, super().get_export_fields(request))

    def get_sortable_by(self, request: HttpRequest) -> list[str]:
        """All of one store's levels are soon sorted; those of a chain would be read first."""
        one_store = request.GET.get("store__id__exact") or _only_store(request)
        return [name for name in self.get_list_display(request) if one_store and name != "store"]

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:
        return LevelList

    def _seen(self, request: HttpRequest, names: Any) -> list[str]:
        costs = rights.sees_costs(request.user)
        return [name for name in names if costs or name not in COSTS]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StockLevel], search_term: str
    ) -> tuple[QuerySet[StockLevel], bool]:
        levels, duplicates = super().get_search_results(request, queryset, "")
        if text := search_term.strip():
            levels = of_products_called(levels, text, principal=request.user)
        return levels, duplicates

    @admin.display(description=_("product"), ordering="product__name")
    def name(self, level: StockLevel) -> str:
        return level.product.name

    @admin.display(description=_("SKU"), ordering="product__sku")
    def sku(self, level: StockLevel) -> str:
        return level.product.sku

    @admin.display(description=_("value excl. tax"), ordering="value")
    def worth(self, level: StockLevel) -> str:
        return worth(level)


def _only_store(request: HttpRequest) -> bool:
    return len(stores_visible_to(request.user)[:2]) == 1

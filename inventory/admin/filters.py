from typing import Final

from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from epm.access.admin.filters import VisibleFilter
from epm.access.selectors import rights
from inventory.models import Product, StockLevel
from inventory.selectors.categories import categories_visible_to
from inventory.selectors.products import products_visible_to
from inventory.states import StockAlertState

# Who is short of something is short by an index: `shortfall` is more than 0 wherever on_hand is
# less.
STOCK_STATES: Final = {
    "out": (_("Nothing left"), Q(on_hand__lte=0)),
    "negative": (_("Below zero"), Q(shortfall__gt=0, on_hand__lt=0)),
    "missing": (_("Less than promised"), Q(shortfall__gt=0)),
    "unavailable": (_("Partly unavailable"), Q(unavailable__gt=0)),
}


class VisibleCategoryFilter(VisibleFilter):
    visible = categories_visible_to


class VisibleProductFilter(VisibleFilter):
    visible = products_visible_to


class StockStateFilter(DropdownFilter):
    """Levels that somebody should look at."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, object]]:
        return [(state, title) for state, (title, _rows) in STOCK_STATES.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[StockLevel]
    ) -> QuerySet[StockLevel]:
        if self.value() not in STOCK_STATES:
            return queryset
        _title, rows = STOCK_STATES[self.value()]
        return queryset.filter(rows)


class MissingPriceFilter(DropdownFilter):
    """Products nobody has said the price of; the cost only to who may see costs."""

    title = _("missing price")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, object]]:
        offered: list[tuple[str, object]] = [("sale", _("Sale price"))]
        if rights.sees_costs(request.user):
            offered.append(("purchase", _("Purchase price")))
        return offered

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        if self.value() not in {choice for choice, _title in self.lookup_choices}:
            return queryset
        return queryset.filter(**{f"{self.value()}_price__isnull": True})


class StandingFilter(DropdownFilter):
    """Alerts that are over are history: shown when asked for."""

    title = _("which")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, object]]:
        return [("standing", _("Not resolved")), ("resolved", _("Resolved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "resolved":
            return queryset.filter(state=StockAlertState.RESOLVED)
        if self.value() == "standing":
            return queryset.exclude(state=StockAlertState.RESOLVED)
        return queryset


class UndoneFilter(DropdownFilter):
    """Proposals that became documents already, or not yet."""

    title = _("document")
    parameter_name = "done"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, object]]:
        return [("no", _("Not drafted yet")), ("yes", _("Drafted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "yes":
            return queryset.exclude(document_ref="")
        if self.value() == "no":
            return queryset.filter(document_ref="")
        return queryset

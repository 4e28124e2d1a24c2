from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors.scope import scope_of, stores_visible_to
from epm.platform.admin import BackOfficeAdmin
from inventory.admin.filters import VisibleCategoryFilter
from inventory.models import StockRule
from inventory.selectors.replenishment import rules_visible_to


@admin.register(StockRule)
class StockRuleAdmin(BackOfficeAdmin):
    """The chain's rules are changed by who sees the whole chain, a store's by who sees it."""

    visible = rules_visible_to
    visible_choices = {"store": stores_visible_to}
    list_display = [
        "about", "where", "minimum", "maximum", "service_factor", "safety_days", "lead_days",
        "review_days", "dead_days", "aged_days",
    ]  # fmt: skip
    list_display_links = ["about"]
    list_filter = [("store", VisibleStoreFilter), ("category", VisibleCategoryFilter)]
    list_select_related = ["store", "product", "category"]
    search_fields = ["product__sku", "product__name", "category__code", "store__code"]
    autocomplete_fields = ["store", "product", "category"]
    export_fields = [
        "store__code", "category__code", "product__sku", "minimum", "maximum", "service_factor",
        "safety_days", "lead_days", "review_days", "dead_days", "aged_days",
    ]  # fmt: skip
    ordering = ["pk"]
    sortable_by: list[str] = []
    fieldsets = [
        (_("For what"), {"fields": ["store", ("category", "product")]}),
        (
            _("How much"),
            {"fields": [("minimum", "maximum"), ("service_factor", "safety_days"),
                        ("lead_days", "review_days")]},
        ),
        (_("Alerts"), {"fields": [("dead_days", "aged_days")]}),
    ]  # fmt: skip

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, *, change: bool = False, **kw: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change=change, **kw)
        if "store" in form.base_fields and not scope_of(request.user).all_stores:
            form.base_fields["store"].required = True
            form.base_fields["store"].help_text = ""
        return form

    def has_change_permission(self, request: HttpRequest, obj: StockRule | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: StockRule | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._own(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Rules are deleted one by one, each by who may."""
        return {}

    @staticmethod
    def _own(request: HttpRequest, rule: StockRule | None) -> bool:
        if rule is None:
            return True
        scope = scope_of(request.user)
        return scope.all_stores if rule.store_id is None else scope.allows(rule.store_id)

    @admin.display(description=_("goods"))
    def about(self, rule: StockRule) -> str:
        return str(rule.product or rule.category or _("all goods"))

    @admin.display(description=_("where"))
    def where(self, rule: StockRule) -> str:
        return str(rule.store or _("whole chain"))

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from epm.access.models import User
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline, ReadOnly
from inventory.admin import price_grid
from inventory.admin.barcodes import BarcodeInline
from inventory.admin.filters import MissingPriceFilter, VisibleCategoryFilter
from inventory.admin.labels import PrintsLabels
from inventory.admin.level_figures import LevelFigures
from inventory.admin.prices_today import prices_today
from inventory.models import PriceChange, Product, StockLevel
from inventory.selectors.barcodes import products_coded
from inventory.selectors.price_grid import MOST
from inventory.selectors.products import products_visible_to
from inventory.selectors.stock import levels_visible_to
from inventory.selectors.stock_card import with_available, with_coming


class PriceChangeInline(ReadOnly, BackOfficeInline):
    """What a trigger noted, newest first."""

    model = PriceChange
    fields = ["changed_at", "kind", "before", "after", "actor"]
    readonly_fields = fields
    ordering = ["-changed_at", "-pk"]
    per_page = 20
    verbose_name_plural = _("price history")
    hide_title = True

    def get_fields(self, request: HttpRequest, obj: Product | None = None) -> list[str]:
        people = rights.sees_people(request.user)
        return [name for name in self.fields if people or name != "actor"]

    @admin.display(description=_("before"))
    def before(self, change: PriceChange) -> str:
        return shown.exact(change.old, at_least=2)

    @admin.display(description=_("after"))
    def after(self, change: PriceChange) -> str:
        return shown.exact(change.new, at_least=2)


class StockInline(LevelFigures, ReadOnly, BackOfficeInline):
    """What each store in sight has of it; a row leads to its stock card."""

    model = StockLevel
    visible = levels_visible_to
    fields = ["at", "here", "promised", "blocked", "free", "coming"]
    readonly_fields = fields
    ordering = ["store__code"]
    per_page = 20
    verbose_name_plural = _("stock")
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockLevel]:
        return with_coming(with_available(super().get_queryset(request))).select_related("store")

    @admin.display(description=_("store"))
    def at(self, level: StockLevel) -> str:
        href = reverse("admin:inventory_stocklevel_change", args=[level.pk])
        return format_html(
            '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', href, level.store
        )

    @admin.display(description=_("to come"))
    def coming(self, level: StockLevel) -> str:
        return shown.exact(level.in_transit + level.ordered)  # type: ignore[attr-defined]


@admin.register(Product)
class ProductAdmin(PrintsLabels, BackOfficeAdmin):
    visible = products_visible_to
    inlines = [BarcodeInline, StockInline, PriceChangeInline]
    list_display = ["sku", "name", "category", "brand", "price", "cost", "unit", "is_active"]
    list_display_links = ["sku", "name"]
    list_filter = [
        ("category", VisibleCategoryFilter),
        ("unit", ChoicesDropdownFilter),
        "is_active",
        "is_placeholder",
        MissingPriceFilter,
    ]
    list_select_related = ["category"]
    search_fields = ["sku", "name", "brand"]
    search_help_text = _("SKU, name, brand or a whole barcode")
    autocomplete_fields = ["category"]
    actions = ["edit_prices", "print_labels"]
    export_fields = [
        "sku", "name", "category__code", "brand", "unit", "tax_class_code", "sale_price",
        "purchase_price", "is_active", "is_placeholder",
    ]  # fmt: skip
    ordering = ["sku"]
    change_form_outer_after_template = "inventory/prices_today.html"
    fieldsets = [
        (None, {"fields": [("sku", "name"), ("category", "brand"), ("unit", "tax_class_code")]}),
        (_("Prices"), {"fields": [("sale_price", "purchase_price")]}),
        (_("State"), {"fields": [("is_active", "is_placeholder")]}),
        (_("Attributes"), {"fields": ["attributes"], "classes": ["collapse"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).select_related("category")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (product := context.get("original")) is not None:
            reader = cast("User", request.user)
            context["prices_today"] = prices_today(product, reader=reader, now=timezone.now())
        return cast("HttpResponse", super().render_change_form(request, context, *args, **kwargs))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Also by a whole barcode, in whichever form it is written."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if code := search_term.strip():
            found |= queryset.filter(pk__in=products_coded(code))
        return found, duplicates

    def get_list_display(self, request: HttpRequest) -> list[str]:
        costs = rights.sees_costs(request.user)
        return [name for name in super().get_list_display(request) if costs or name != "cost"]

    def get_exclude(self, request: HttpRequest, obj: Product | None = None) -> list[str]:
        return [] if rights.sees_costs(request.user) else ["purchase_price"]

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> list:
        if rights.sees_costs(request.user):
            return list(super().get_fieldsets(request, obj))
        return [
            (title, {"fields": ["sale_price"]} if title == _("Prices") else options)
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        costs = rights.sees_costs(request.user)
        names = super().get_export_fields(request)
        return [name for name in names if costs or name != "purchase_price"]

    def history_hides(self, request: HttpRequest) -> frozenset[str]:
        return frozenset() if rights.sees_costs(request.user) else frozenset({"purchase_price"})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What one may not see one may not guess by filtering either."""
        if lookup.startswith("purchase_price") and not rights.sees_costs(request.user):
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    @admin.action(description=_("Edit prices in a grid"), permissions=["edit_prices"])
    def edit_prices(self, request: HttpRequest, products: QuerySet[Product]) -> HttpResponse:
        """The grid of those ticked, or of all that the list holds."""
        ids = list(products.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
        chosen = gettext("ticked in the list of products")
        return price_grid.of_products(request, ids, chosen=chosen, site=self.admin_site)

    def has_edit_prices_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("inventory.add_priceedit"))

    @admin.display(description=_("sale price incl. tax"), ordering="sale_price")
    def price(self, product: Product) -> str:
        return shown.exact(product.sale_price, at_least=2)

    @admin.display(description=_("purchase price excl. tax"), ordering="purchase_price")
    def cost(self, product: Product) -> str:
        return shown.exact(product.purchase_price, at_least=2)

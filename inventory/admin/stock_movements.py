from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.admin import LedgerAdmin
from inventory.admin.filters import VisibleProductFilter
from inventory.admin.stock_card import blocked_of, document_of, signed
from inventory.models import StockMovement
from inventory.selectors.stock import movements_visible_to

COSTS = frozenset({"worth", "cost", "average", "unit_cost", "value", "average_cost"})


@admin.register(StockMovement)
class StockMovementAdmin(LedgerAdmin):
    """The ledger of stock. Newest first by key, whose first bits are when it was written down."""

    visible = movements_visible_to
    list_display = [
        "happened", "product", "store", "kind", "moved", "balance_after", "worth", "document",
        "actor", "recorded",
    ]  # fmt: skip
    list_filter = [
        ("store", VisibleStoreFilter),
        ("product", VisibleProductFilter),
        ("kind", ChoicesDropdownFilter),
        ("business_date", RangeDateFilter),
    ]
    search_fields = ["document_ref__exact"]
    search_help_text = _("The whole number of a document")
    export_fields = [
        "id", "store__code", "product__sku", "position", "kind", "quantity", "blocked", "reason",
        "balance", "unit_cost", "value", "average_cost", "occurred_at", "business_date",
        "recorded_at", "document_kind", "document_ref", "note", "actor", "forced",
    ]  # fmt: skip
    ordering = ["-pk"]
    sortable_by: list[str] = []
    fieldsets = [
        (None, {"fields": [("product", "store"), ("kind", "moved")]}),
        (_("After it"), {"fields": [("position", "balance_after")]}),
        (_("Worth"), {"fields": [("cost", "worth", "average")]}),
        (
            _("Origin"),
            {"fields": [("happened", "business_date", "recorded"), ("document", "note"),
                        ("actor", "door", "forced")]},
        ),
    ]  # fmt: skip
    readonly_fields = [
        "product", "store", "kind", "moved", "position", "balance_after", "cost",
        "worth", "average", "happened", "business_date", "recorded", "document", "note", "actor",
        "door", "forced",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockMovement]:
        return super().get_queryset(request).select_related("store", "product")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return self._seen(request, super().get_list_display(request))

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        return self._seen(request, super().get_export_fields(request))

    def get_fieldsets(self, request: HttpRequest, obj: StockMovement | None = None) -> list:
        return [
            (title, {"fields": [self._seen(request, row) for row in options["fields"]]})
            for title, options in super().get_fieldsets(request, obj)
            if rights.sees_costs(request.user) or title != _("Worth")
        ]

    def _seen(self, request: HttpRequest, names: Any) -> list[str]:
        costs, people = rights.sees_costs(request.user), rights.sees_people(request.user)
        return [
            name for name in names if (costs or name not in COSTS) and (people or name != "actor")
        ]

    @admin.display(description=_("recorded at (store's time)"))
    def recorded(self, movement: StockMovement) -> str:
        zone = ZoneInfo(movement.store.timezone)
        return shown.short_moment(movement.recorded_at.astimezone(zone))

    @admin.display(description=_("happened at (store's time)"))
    def happened(self, movement: StockMovement) -> str:
        return shown.short_moment(
            movement.occurred_at.astimezone(ZoneInfo(movement.store.timezone))
        )

    @admin.display(description=_("quantity"))
    def moved(self, movement: StockMovement) -> str:
        return ", ".join(filter(None, [signed(movement.quantity), blocked_of(movement)]))

    @admin.display(description=_("on hand after"))
    def balance_after(self, movement: StockMovement) -> str:
        return shown.exact(movement.balance)

    @admin.display(description=_("unit cost excl. tax"))
    def cost(self, movement: StockMovement) -> str:
        return _in_currency(movement, movement.unit_cost)

    @admin.display(description=_("average cost after"))
    def average(self, movement: StockMovement) -> str:
        return _in_currency(movement, movement.average_cost)

    @admin.display(description=_("value excl. tax"))
    def worth(self, movement: StockMovement) -> str:
        known = movement.costed or movement.unit_cost is not None
        currency = movement.store.currency
        return shown.amount(movement.value if known else None, currency=currency)

    @admin.display(description=_("document"))
    def document(self, movement: StockMovement) -> str:
        found = document_of(movement)
        if found is None:
            return shown.UNKNOWN
        if found.href:
            return format_html(
                '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>',
                found.href,
                found.name,
            )
        return f"{found.name} {found.ref}".strip()


def _in_currency(movement: StockMovement, cost: Any) -> str:
    told = shown.exact(cost, at_least=2)
    if cost is None:
        return told
    return shown.with_currency(told, currency=movement.store.currency)

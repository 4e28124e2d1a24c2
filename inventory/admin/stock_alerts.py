from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.admin_documents import DocumentAdmin
from epm.platform.refusals import Refusal
from inventory.admin.alert_steps import STEPS
from inventory.admin.filters import StandingFilter, VisibleCategoryFilter
from inventory.models import StockAlert
from inventory.selectors.alerts import alerts_visible_to
from inventory.services import stock_alerts
from inventory.states import STOCK_ALERT

COSTS: Final = frozenset({"worth", "value"})


@admin.register(StockAlert)
class StockAlertAdmin(DocumentAdmin):
    """What needs somebody. The figures open and resolve; people acknowledge and snooze."""

    machine = STOCK_ALERT
    steps = STEPS
    state_colours = {"open": "warning", "acknowledged": "info", "resolved": "success"}
    list_before_template = "inventory/alerts_before.html"
    visible = alerts_visible_to
    list_display = [
        "kind", "badge", "next_steps", "product_name", "sku", "store", "free", "limit", "age",
        "worth", "lost", "opened_at",
    ]  # fmt: skip
    list_display_links = ["kind", "product_name"]
    list_filter = [
        StandingFilter,
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("store", VisibleStoreFilter),
        ("product__category", VisibleCategoryFilter),
    ]
    list_select_related = ["store", "product"]
    search_fields = ["product__sku", "product__name"]
    export_fields = [
        "kind", "state", "product__sku", "product__name", "store__code", "available", "threshold",
        "days", "value", "lost_per_day", "store__currency", "opened_at", "snoozed_until",
        "resolved_at",
    ]  # fmt: skip
    ordering = ["-opened_at", "-pk"]
    sortable_by = ["opened_at"]
    actions = ["acknowledge", "snooze_a_week", "snooze_a_month"]  # type: ignore[assignment]
    fieldsets = [
        (None, {"fields": [("kind", "state"), ("product", "store"), ("free", "limit", "age")]}),
        (_("Money"), {"fields": [("worth", "lost")]}),
        (_("Course"), {"fields": [("opened_at", "snoozed_until", "resolved_at")]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StockAlert | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StockAlert | None = None) -> bool:
        """Its figures are nobody's to write: steps are taken from the list."""
        return obj is None and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: StockAlert | None = None) -> list[str]:
        return [
            "kind", "state", "product", "store", "free", "limit", "age", "worth", "lost",
            "opened_at", "snoozed_until", "resolved_at",
        ]  # fmt: skip

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """The steps stand in a row for who may take them."""
        names = self._seen(request, super().get_list_display(request))
        return [
            name for name in names if name != "next_steps" or self.has_change_permission(request)
        ]

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        return self._seen(request, super().get_export_fields(request))

    def get_fieldsets(self, request: HttpRequest, obj: StockAlert | None = None) -> list:
        if rights.sees_costs(request.user):
            return list(self.fieldsets)
        return [
            (title, {"fields": ["lost"]} if title == _("Money") else options)
            for title, options in self.fieldsets
        ]

    def _seen(self, request: HttpRequest, names: Any) -> list[str]:
        costs = rights.sees_costs(request.user)
        return [name for name in names if costs or name not in COSTS]

    @admin.action(description=_("Acknowledge"), permissions=["change"])
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[StockAlert]) -> None:
        self._each(request, queryset, lambda pk: stock_alerts.acknowledge(alert_id=pk))

    @admin.action(description=_("Snooze for a week"), permissions=["change"])
    def snooze_a_week(self, request: HttpRequest, queryset: QuerySet[StockAlert]) -> None:
        self._snooze(request, queryset, days=7)

    @admin.action(description=_("Snooze for a month"), permissions=["change"])
    def snooze_a_month(self, request: HttpRequest, queryset: QuerySet[StockAlert]) -> None:
        self._snooze(request, queryset, days=30)

    def _snooze(self, request: HttpRequest, alerts: QuerySet[StockAlert], *, days: int) -> None:
        today = timezone.now().date()
        until = today + timedelta(days=days)
        self._each(
            request,
            alerts,
            lambda pk: stock_alerts.snooze(alert_id=pk, until=until, today=today),
        )

    def _each(
        self,
        request: HttpRequest,
        alerts: QuerySet[StockAlert],
        step: Callable[[int], StockAlert],
    ) -> None:
        """Take it with all that can; say how many could not."""
        done, refused = 0, 0
        for pk in alerts.order_by("pk").values_list("pk", flat=True):
            try:
                with transaction.atomic():
                    step(pk)
                done += 1
            except Refusal:
                refused += 1
        if done:
            told = ngettext("%(count)d alert changed.", "%(count)d alerts changed.", done)
            self.message_user(request, told % {"count": done}, messages.SUCCESS)
        if refused:
            told = ngettext(
                "%(count)d alert cannot take this step in its state.",
                "%(count)d alerts cannot take this step in their state.",
                refused,
            )
            self.message_user(request, told % {"count": refused}, messages.WARNING)

    @admin.display(description=_("steps"))
    def next_steps(self, alert: StockAlert) -> str:
        """Those that are possible now; each leads to its form."""
        name, link = self._name("step"), "text-primary-600 dark:text-primary-500"
        return format_html_join(
            " · ",
            '<a class="{}" href="{}">{}<span class="epm-unseen">: {}</span></a>',
            (
                (link, reverse(f"admin:{name}", args=[alert.pk, event]), STEPS[event].label, alert)
                for event in self.machine.events(alert.state)
                if event in STEPS
            ),
        )

    @admin.display(description=_("product"))
    def product_name(self, alert: StockAlert) -> str:
        return alert.product.name

    @admin.display(description=_("SKU"))
    def sku(self, alert: StockAlert) -> str:
        return alert.product.sku

    @admin.display(description=_("available"))
    def free(self, alert: StockAlert) -> str:
        return shown.exact(alert.available)

    @admin.display(description=_("threshold"))
    def limit(self, alert: StockAlert) -> str:
        return shown.exact(alert.threshold)

    @admin.display(description=_("days"))
    def age(self, alert: StockAlert) -> str:
        return shown.UNKNOWN if alert.days is None else str(alert.days)

    @admin.display(description=_("stock value excl. tax"))
    def worth(self, alert: StockAlert) -> str:
        return shown.amount(alert.value, currency=alert.store.currency)

    @admin.display(description=_("sales lost a day excl. tax"))
    def lost(self, alert: StockAlert) -> str:
        return shown.amount(alert.lost_per_day, currency=alert.store.currency)

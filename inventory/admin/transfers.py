from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.admin.own_store import OwnStore
from epm.access.selectors import rights
from epm.access.selectors.readers import zone_of
from epm.access.selectors.scope import stores_visible_to
from epm.platform import shown
from epm.platform.admin_documents import DocumentAdmin, DocumentLineInline
from epm.platform.refusals import Refusal
from inventory.admin.transfer_forms import TransferForm
from inventory.admin.transfer_steps import STEPS
from inventory.models import Product, Transfer, TransferLine
from inventory.selectors import transfers as selectors
from inventory.selectors.transfers import may, transfers_visible_to
from inventory.services.stock_refusals import InsufficientStock
from inventory.states import TRANSFER, TransferState

MOVED = ["shipped", "accepted", "rejected", "lost", "returned", "on_its_way"]
NEXT = {
    TransferState.DRAFT: gettext_lazy("%(source)s: make ready"),
    TransferState.READY: gettext_lazy("%(source)s: ship"),
    TransferState.IN_TRANSIT: gettext_lazy("%(destination)s: receive"),
    TransferState.PARTIALLY_RECEIVED: gettext_lazy("%(destination)s: receive the rest"),
}


class WaitingFilter(DropdownFilter):
    title = gettext_lazy("waiting")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, Any]]:
        return [("us", gettext_lazy("For one of my stores"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Transfer]) -> QuerySet[Transfer]:
        if self.value() != "us":
            return queryset
        return queryset.filter(pk__in=selectors.waiting_for(request.user).values("pk"))


class TransferLineInline(DocumentLineInline):
    model = TransferLine
    machine = TRANSFER
    autocomplete_fields = ["product"]
    readonly_fields = [*MOVED, "worth"]
    hide_title = True
    verbose_name_plural = gettext_lazy("goods")

    def get_fields(self, request: HttpRequest, obj: Transfer | None = None) -> list[str]:
        if obj is None or obj.shipped_at is None:
            return ["product", "quantity"]
        worth = ["worth"] if rights.sees_costs(request.user) else []
        return ["product", "quantity", *MOVED, *worth]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferLine]:
        rows = super().get_queryset(request)
        return rows.select_related("product", "transfer__source").order_by("product__sku")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and _edits(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _edits(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _edits(request, obj)

    @admin.display(description=gettext_lazy("in transit"))
    def on_its_way(self, line: TransferLine) -> str:
        return shown.exact(line.in_transit)

    @admin.display(description=gettext_lazy("worth in transit excl. tax"))
    def worth(self, line: TransferLine) -> str:
        if line.in_transit and not line.costed:
            return shown.UNKNOWN
        return shown.amount(line.value, currency=line.transfer.source.currency)


@admin.register(Transfer)
class TransferAdmin(OwnStore, DocumentAdmin):
    """Goods from store to store. The source sends, the destination receives."""

    machine = TRANSFER
    own_store = "source"
    steps = STEPS
    state_colours = {
        "ready": "info", "in_transit": "warning", "partially_received": "warning",
        "received": "success", "over_received": "danger", "closed_short": "danger",
    }  # fmt: skip
    visible = transfers_visible_to
    visible_choices = {"source": stores_visible_to}
    form = TransferForm
    inlines = [TransferLineInline]
    change_form_outer_after_template = "inventory/transfer_after.html"
    list_display = ["number", "sender", "receiver", "badge", "waits_for", "expected_on", "sent_at"]
    list_display_links = ["number"]
    list_filter = [
        WaitingFilter,
        ("state", ChoicesDropdownFilter),
        ("source", VisibleStoreFilter),
        ("destination", VisibleStoreFilter),
    ]
    list_select_related = ["source", "destination"]
    search_fields = ["=id", "note"]
    search_help_text = gettext_lazy("Number, or part of the note")
    export_fields = [
        "id", "source__code", "destination__code", "state", "expected_on", "shipped_at", "note",
    ]  # fmt: skip
    ordering = ["-pk"]
    autocomplete_fields = ["source"]
    readonly_fields = ["sender", "receiver", "sent_at"]
    refusals = {
        "transfer_between_two_stores": gettext_lazy("Goods go from one store to another one."),
        "transfer_of_one_currency": gettext_lazy("The stores have different currencies."),
        "transfer_line_plans_goods": gettext_lazy("A quantity is more than 0."),
        "transfer_planned_as_a_draft": gettext_lazy("Only a draft is edited."),
        "transfer_stays_once_ready": gettext_lazy("Only a draft is deleted."),
        "transfer_line_one_per_product": gettext_lazy("Each product has one line."),
    }

    def get_fields(self, request: HttpRequest, obj: Transfer | None = None) -> list[Any]:
        if obj is None or self.has_change_permission(request, obj):
            return [("source", "to"), ("expected_on", "note")]
        return [("sender", "receiver"), ("expected_on", "sent_at"), "note"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, *, change: bool = False, **kw: Any
    ) -> type[ModelForm]:
        form: type[ModelForm] = super().get_form(request, obj, change=change, **kw)

        class Proposing(form):  # type: ignore[misc, valid-type]
            proposed = list(stores_visible_to(request.user).values_list("code", "name"))

        return Proposing

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _edits(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _edits(request, obj)

    def history_hides(self, request: HttpRequest) -> frozenset[str]:
        costs = frozenset({"value", "shipped_value", "unit_cost", "costed"})
        return frozenset() if rights.sees_costs(request.user) else costs

    def words_of(self, refused: Refusal) -> str:
        if not isinstance(refused, InsufficientStock):
            return super().words_of(refused)
        lines = cast("list[dict[str, Any]]", refused.facts["lines"])
        skus = Product.objects.in_bulk([int(line["product"]) for line in lines])
        return " ".join(
            _("%(product)s: asked for %(asked)s, available are %(available)s.")
            % {
                "product": skus[int(line["product"])].sku,
                "asked": shown.exact(Decimal(line["asked"])),
                "available": shown.exact(Decimal(line["available"])),
            }
            for line in lines
        )

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if transfer := context.get("original"):
            zone = zone_of(request.user)
            context["deliveries"] = [
                {
                    "when": shown.moment(receipt.received_at.astimezone(zone)),
                    "note": receipt.note,
                    "lines": receipt.lines.all(),
                }
                for receipt in selectors.receipts_of(transfer.pk)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, transfer: Transfer) -> str:
        return f"#{transfer.pk}"

    @admin.display(description=gettext_lazy("from"), ordering="source__code")
    def sender(self, transfer: Transfer) -> str:
        return str(transfer.source)

    @admin.display(description=gettext_lazy("to"), ordering="destination__code")
    def receiver(self, transfer: Transfer) -> str:
        return str(transfer.destination)

    @admin.display(description=gettext_lazy("next step"))
    def waits_for(self, transfer: Transfer) -> str:
        words = NEXT.get(TransferState(transfer.state))
        codes = {"source": transfer.source.code, "destination": transfer.destination.code}
        return str(words) % codes if words else shown.UNKNOWN

    @admin.display(description=gettext_lazy("shipped at"), ordering="shipped_at")
    def sent_at(self, transfer: Transfer) -> str:
        """By the clock of the store that sent it."""
        if transfer.shipped_at is None:
            return shown.UNKNOWN
        return shown.short_moment(
            transfer.shipped_at.astimezone(ZoneInfo(transfer.source.timezone))
        )


def _edits(request: HttpRequest, transfer: Transfer | None) -> bool:
    return transfer is None or may(request.user, transfer, "edit")

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.widgets import UnfoldBooleanSwitchWidget

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.admin.own_store import OwnStore
from epm.access.selectors import rights
from epm.access.selectors.scope import stores_visible_to
from epm.platform import shown
from epm.platform.admin_documents import DocumentAdmin, DocumentLineInline, version_seen
from epm.platform.versions import refuse_stale
from inventory.admin.purchase_receipts import PEOPLE, PurchaseReceiptInline, without_people
from inventory.admin.purchase_steps import STEPS
from inventory.admin.suppliers import VisibleSupplierFilter
from inventory.models import (
    PurchaseOrder,
    PurchaseOrderLine,
)
from inventory.selectors import purchase_approval
from inventory.selectors.products import products_visible_to
from inventory.selectors.purchase_orders import (
    order_lines_visible_to,
    orders_visible_to,
)
from inventory.selectors.suppliers import suppliers_visible_to
from inventory.services import purchase_orders
from inventory.services.purchase_orders import Terms, Wanted
from inventory.states import PURCHASE_ORDER, PurchaseOrderState

NOTHING = Decimal(0)


class PurchaseOrderForm(forms.ModelForm):
    round_up = forms.BooleanField(
        label=_("Round up to whole packs"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("And to the supplier's minimum. Otherwise such a quantity is refused."),
    )


class PurchaseOrderLineInline(DocumentLineInline):
    machine = PURCHASE_ORDER
    model = PurchaseOrderLine
    visible = order_lines_visible_to
    visible_choices = {"product": products_visible_to}
    fields = [
        "product", "ordered", "unit_cost", "supplier_sku", "in_already", "turned_away", "to_come",
        "too_much", "called_off",
    ]  # fmt: skip
    readonly_fields = [
        "supplier_sku", "in_already", "turned_away", "to_come", "too_much", "called_off",
    ]  # fmt: skip
    autocomplete_fields = ["product"]
    ordering = ["pk"]
    per_page = 50
    extra = 1
    verbose_name_plural = _("lines")
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseOrderLine]:
        rows = super().get_queryset(request).select_related("product", "order")
        told: QuerySet[PurchaseOrderLine] = rows.annotate(rejected=Sum("deliveries__rejected"))
        return told

    @admin.display(description=_("rejected"))
    def turned_away(self, line: Any) -> str:
        return shown.exact(getattr(line, "rejected", None) or NOTHING)

    @admin.display(description=_("received"))
    def in_already(self, line: PurchaseOrderLine) -> str:
        return shown.exact(line.received)

    @admin.display(description=_("incoming"))
    def to_come(self, line: PurchaseOrderLine) -> str:
        """From the day on which the supplier has the order."""
        return shown.exact(line.incoming) if line.order.ordered_at else shown.UNKNOWN

    @admin.display(description=_("surplus"))
    def too_much(self, line: PurchaseOrderLine) -> str:
        return shown.exact(line.surplus)

    @admin.display(description=_("cancelled"))
    def called_off(self, line: PurchaseOrderLine) -> str:
        return shown.exact(line.cancelled)


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(OwnStore, DocumentAdmin):
    machine = PURCHASE_ORDER
    steps = STEPS
    state_colours: ClassVar = {
        PurchaseOrderState.ORDERED: "info",
        PurchaseOrderState.PARTIALLY_RECEIVED: "warning",
        PurchaseOrderState.RECEIVED: "success",
        PurchaseOrderState.OVER_RECEIVED: "warning",
        PurchaseOrderState.CANCELLED: "danger",
        PurchaseOrderState.ON_HOLD: "danger",
    }
    refusals: ClassVar = {
        "purchase_order_rate_where_currencies_differ": _(
            "An exchange rate is for another currency, and more than 0."
        ),
        "purchase_order_line_one_per_product": _("Each product has one line."),
        "purchase_order_line_positive": _("A quantity is more than 0."),
        "purchase_order_line_whole_packs": _("Only whole packs can be ordered."),
        "purchase_order_line_cost_not_negative": _("A cost is not less than 0."),
        "purchase_order_edited_as_draft_only": _("Only a draft is edited."),
    }
    form = PurchaseOrderForm
    visible = orders_visible_to
    visible_choices = {"store": stores_visible_to, "supplier": suppliers_visible_to}
    inlines = [PurchaseOrderLineInline, PurchaseReceiptInline]
    list_display = ["number", "supplier", "store", "badge", "comes_to", "expected_on", "ordered_at"]
    list_display_links = ["number"]
    list_filter = [
        ("supplier", VisibleSupplierFilter),
        ("store", VisibleStoreFilter),
        ("state", ChoicesDropdownFilter),
        ("expected_on", RangeDateFilter),
    ]
    list_select_related = ["supplier", "store"]
    search_fields = ["id__exact", "supplier__code", "supplier__name", "store__code"]
    search_help_text = _("Number without PO-, supplier or store")
    autocomplete_fields = ["supplier", "store"]
    ordering = ["-pk"]
    export_fields = [
        "id", "supplier__code", "store__code", "state", "currency", "exchange_rate", "expected_on",
        "ordered_at", "note",
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: PurchaseOrder | None = None) -> list:
        terms: list[Any] = [("supplier", "store"), ("expected_on", "exchange_rate"), "note"]
        if self.has_change_permission(request, obj) or obj is None:
            terms.append("round_up")
        sets: list[Any] = [(None, {"fields": terms})]
        if obj is not None:
            told = ["total", "created_at", "created_by", "submitted_by", "approved_by",
                    "ordered_at"]  # fmt: skip
            sets.append((_("So far"), {"fields": without_people(request, told)}))
        return sets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [] if obj is None else ["supplier", "store"]
        told = ["total", "created_at", "created_by", "submitted_by", "approved_by", "ordered_at"]
        return [*super().get_readonly_fields(request, obj), *fixed, *told]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseOrder]:
        return purchase_approval.with_worth(super().get_queryset(request))

    def history_hides(self, request: HttpRequest) -> frozenset[str]:
        return frozenset() if rights.sees_people(request.user) else frozenset(PEOPLE)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """It is written together with its lines."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """One call of the service for the order and its lines."""
        said = form.cleaned_data
        terms = Terms(said.get("expected_on"), said.get("exchange_rate"), said.get("note", ""))
        order = form.instance
        lines = _lines_of(order, formsets)
        if change:
            now = purchase_orders.locked(order_id=order.pk)
            refuse_stale(seen=version_seen(request, order), now=now.version)
            purchase_orders.edit(
                order_id=order.pk, lines=lines, terms=terms, round_up=said["round_up"]
            )
        else:
            order.pk = purchase_orders.create(
                supplier_id=order.supplier_id,
                store_id=order.store_id,
                lines=lines,
                by=request.user.get_username(),
                now=timezone.now(),
                terms=terms,
                round_up=said["round_up"],
            ).pk
        for formset in formsets:
            formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    @admin.display(description=_("order"), ordering="pk")
    def number(self, order: PurchaseOrder) -> str:
        return order.number

    @admin.display(description=_("total excl. tax"))
    def comes_to(self, order: Any) -> str:
        return shown.amount(order.worth, currency=order.currency)

    @admin.display(description=_("total excl. tax, in the store's currency"))
    def total(self, order: PurchaseOrder) -> str:
        worth = purchase_approval.worth_of(order)
        return shown.amount(worth, currency=order.stock_currency)


def _lines_of(order: PurchaseOrder, formsets: Iterable[Any]) -> list[Wanted]:
    """The draft's lines as they will be: those of its other pages, and what this page says."""
    lines: dict[int, tuple[Decimal, Decimal | None]] = {}
    if order.pk:
        rows = order.lines.order_by("pk").values_list("product", "ordered", "unit_cost")
        lines = {product: (ordered, cost) for product, ordered, cost in rows}
    told = next(each for each in formsets if each.model is PurchaseOrderLine)
    for row in told.initial_forms:
        if row.has_changed() or row in told.deleted_forms:
            lines.pop(row.initial.get("product"), None)
    wanted = [Wanted(product, *said) for product, said in lines.items()]
    for row in told.forms:
        if row.has_changed() and row not in told.deleted_forms:
            said = row.cleaned_data
            wanted.append(Wanted(said["product"].pk, said["ordered"], said["unit_cost"]))
    return wanted

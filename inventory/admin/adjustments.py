from typing import Any, ClassVar, Final, cast
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.access.selectors.scope import stores_visible_to
from epm.organization.models import Store
from epm.platform import shown
from epm.platform.actor import acting_as
from epm.platform.admin import (
    BackOfficeInline,
    DecimalInput,
    LedgerAdmin,
    PlainDecimalField,
    ReadOnly,
)
from epm.platform.refusals import Refusal
from inventory.models import (
    SHRINK,
    MovementKind,
    StockAdjustment,
    StockAdjustmentLine,
    UnavailableReason,
)
from inventory.selectors.shrink import adjustments_visible_to
from inventory.selectors.stocktakes import product_of
from inventory.services import adjustments
from inventory.services.adjustments import Act, Amount

ADJUST, BLOCK, UNBLOCK = "adjust", "block", "unblock"
ACTS: Final = [
    (ADJUST, _("Put the books right (+ or −)")),
    (BLOCK, _("Take out of sale")),
    (UNBLOCK, _("Put back on sale")),
    *((cause.value, _("Write off: %(cause)s") % {"cause": cause.label}) for cause in SHRINK),
]


class AdjustmentForm(forms.Form):
    """One act on one product of one store."""

    posting = forms.UUIDField(widget=forms.HiddenInput)
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), widget=UnfoldAdminSelect2Widget
    )
    code = forms.CharField(
        label=_("Barcode or SKU"), max_length=64, widget=UnfoldAdminTextInputWidget
    )
    act = forms.ChoiceField(label=_("What"), choices=ACTS, widget=UnfoldAdminSelectWidget)
    quantity = PlainDecimalField(
        label=_("Quantity"), max_digits=12, decimal_places=3, localize=True, widget=DecimalInput
    )
    reason = forms.ChoiceField(
        label=_("Why unavailable"),
        required=False,
        choices=[("", "–"), *UnavailableReason.choices],
        widget=UnfoldAdminSelectWidget,
        help_text=_("When it goes out of sale or back, or is written off from there."),
    )
    note = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Has to be given to put the books right."),
    )

    def __init__(self, *args: Any, reader: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = cast("forms.ModelChoiceField", self.fields["store"])
        stores.queryset = stores_visible_to(reader)

    def clean_code(self) -> int:
        product = product_of(self.cleaned_data["code"])
        if product is None:
            raise forms.ValidationError(_t("No product has this code."))
        return product.pk

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("act") in (BLOCK, UNBLOCK) and not self.cleaned_data["reason"]:
            self.add_error("reason", _t("Say for which reason."))
        return cleaned

    def do(self, *, by: str) -> StockAdjustment:
        """The one call of the service."""
        said = self.cleaned_data
        act = Act(said["store"].pk, said["posting"], by, timezone.now(), said["note"])
        lines = [Amount(said["code"], said["quantity"])]
        if said["act"] == ADJUST:
            return adjustments.adjust(act=act, lines=lines)
        reason = UnavailableReason(said["reason"]) if said["reason"] else None
        if said["act"] in (BLOCK, UNBLOCK) and reason is not None:
            marks = {BLOCK: adjustments.mark_unavailable, UNBLOCK: adjustments.make_available}
            return marks[said["act"]](act=act, reason=reason, lines=lines)
        cause = MovementKind(said["act"])
        return adjustments.scrap(act=act, cause=cause, lines=lines, unavailable_for=reason)


class ReversalForm(forms.Form):
    posting = forms.UUIDField(widget=forms.HiddenInput)
    note = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget)


class AdjustmentLineInline(ReadOnly, BackOfficeInline):
    model = StockAdjustmentLine
    fields: ClassVar[list[str]] = ["product", "moved", "taken_out", "reason", "worth"]
    readonly_fields = fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        costs = rights.sees_costs(request.user)
        return [name for name in self.fields if costs or name != "worth"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockAdjustmentLine]:
        rows = super().get_queryset(request).select_related("product", "adjustment__store")
        return cast("QuerySet[StockAdjustmentLine]", rows)

    @admin.display(description=_("quantity"))
    def moved(self, line: StockAdjustmentLine) -> str:
        return shown.exact(line.quantity)

    @admin.display(description=_("taken out of sale"))
    def taken_out(self, line: StockAdjustmentLine) -> str:
        return shown.exact(line.blocked)

    @admin.display(description=_("value excl. tax"))
    def worth(self, line: StockAdjustmentLine) -> str:
        value = None if line.quantity and line.unit_cost is None else line.value
        return shown.amount(value, currency=line.adjustment.store.currency)


@admin.register(StockAdjustment)
class StockAdjustmentAdmin(LedgerAdmin):
    visible = adjustments_visible_to
    inlines = [AdjustmentLineInline]
    list_display = ["number", "store", "kind", "note", "happened_at", "actor"]
    list_display_links = ["number"]
    list_filter = [("store", VisibleStoreFilter), ("kind", ChoicesDropdownFilter)]
    list_select_related = ["store"]
    ordering = ["-pk"]
    search_fields = ["=id", "note"]
    search_help_text = _("number or reason")
    export_fields = ["id", "store__code", "kind", "note", "happened_at"]
    fields = ["store", "kind", "note", "reverses", "happened_at", "actor"]
    change_form_outer_before_template = "inventory/adjustment_before.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("inventory.add_stockadjustment"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockAdjustment]:
        rows = super().get_queryset(request).select_related("store", "reverses", "reversed_by")
        return cast("QuerySet[StockAdjustment]", rows)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return self._seen(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self._seen(request, self.fields)

    def _seen(self, request: HttpRequest, names: list[str]) -> list[str]:
        people = rights.sees_people(request.user)
        return [name for name in names if people or name != "actor"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reverse_view)
        back = path("<int:adjustment_id>/reverse/", view, name="inventory_stockadjustment_reverse")
        return [back, *super().get_urls()]

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The short form; `?store=…&code=…` fill it in."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {name: request.GET.get(name, "") for name in ("store", "code", "act")}
        form = AdjustmentForm(
            request.POST or None, reader=request.user, initial={**initial, "posting": uuid4()}
        )
        by = request.user.get_username()
        if form.is_valid() and (done := self._done(request, form, lambda: form.do(by=by))):
            return redirect("admin:inventory_stockadjustment_change", done.pk)
        return self._form_page(request, _t("Adjust the stock"), form)

    def reverse_view(self, request: HttpRequest, adjustment_id: int) -> HttpResponse:
        """Put a wrong one right."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        wrong = self.get_queryset(request).filter(pk=adjustment_id).first()
        if wrong is None:
            raise Http404
        form = ReversalForm(request.POST or None, initial={"posting": uuid4()})
        if form.is_valid() and (
            done := self._done(
                request,
                form,
                lambda: adjustments.reverse(
                    adjustment_id=wrong.pk,
                    by=request.user.get_username(),
                    at=timezone.now(),
                    **form.cleaned_data,
                ),
            )
        ):
            return redirect("admin:inventory_stockadjustment_change", done.pk)
        title = _t("Reverse adjustment %(number)s") % {"number": wrong}
        return self._form_page(request, title, form)

    def _done(self, request: HttpRequest, form: forms.Form, act: Any) -> StockAdjustment | None:
        try:
            with acting_as(request.user.get_username(), door="admin"):
                done: StockAdjustment = act()
        except Refusal as refused:
            form.add_error(None, str(refused.detail))
            return None
        messages.success(request, _t("Booked as adjustment %(number)s.") % {"number": done})
        return done

    def _form_page(self, request: HttpRequest, title: str, form: forms.Form) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
        }
        return TemplateResponse(request, "inventory/adjustment_form.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        wrong = context.get("original")
        if wrong is not None and self.has_add_permission(request):
            reversed_by = getattr(wrong, "reversed_by", None)
            context["reversible"] = wrong.reverses_id is None and reversed_by is None
        return cast("HttpResponse", super().render_change_form(request, context, *args, **kwargs))

    @admin.display(description=_("number"), ordering="id")
    def number(self, adjustment: StockAdjustment) -> str:
        return str(adjustment)

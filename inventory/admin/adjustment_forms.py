"""What the pages of adjustments ask."""

from typing import Any, Final, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from epm.access.selectors.scope import stores_visible_to
from epm.organization.models import Store
from epm.platform.admin_decimals import DecimalInput, PlainDecimalField
from inventory.models import SHRINK, MovementKind, StockAdjustment, UnavailableReason
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
            raise forms.ValidationError(gettext("No product has this code."))
        return product.pk

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("act") in (BLOCK, UNBLOCK) and not self.cleaned_data["reason"]:
            self.add_error("reason", gettext("Say for which reason."))
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

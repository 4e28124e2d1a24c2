"""What the page of a purchase order asks before each of its steps."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from epm.platform import shown
from epm.platform.admin_decimals import DecimalInput, PlainDecimalField
from epm.platform.admin_steps import Given, LineForm, Step, StepForm
from inventory.models import ChargeSplit, PurchaseOrder, PurchaseOrderLine, RejectionReason
from inventory.services import purchase_orders, purchase_receipts
from inventory.services.purchase_receipts import Delivered, Delivery

ZERO: Final = Decimal(0)


def quantity_field(label: Any) -> PlainDecimalField:
    return PlainDecimalField(
        label=label, max_digits=12, decimal_places=3, min_value=ZERO, required=False,
        localize=True, widget=DecimalInput({"size": 7}),
    )  # fmt: skip


def amount_field(label: Any) -> PlainDecimalField:
    return PlainDecimalField(
        label=label, max_digits=16, decimal_places=3, min_value=ZERO, required=False,
        localize=True, widget=DecimalInput(),
        help_text=gettext_lazy("Excl. tax, in the store's currency. It raises the cost of stock."),
    )  # fmt: skip


class ReceiveForm(StepForm):
    """The papers of a delivery, under the grid of what came."""

    delivery_note = forms.CharField(
        label=gettext_lazy("Delivery note"), max_length=64, required=False,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip
    freight = amount_field(gettext_lazy("Freight"))
    duty = amount_field(gettext_lazy("Duty"))
    split_by = forms.ChoiceField(
        label=gettext_lazy("Freight and duty shared by"), choices=ChargeSplit, required=False,
        initial=ChargeSplit.VALUE, widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    more_than_ordered = forms.BooleanField(
        label=gettext_lazy("More came than was ordered: take it"),
        help_text=gettext_lazy("As far as you might approve an order of so much."),
        required=False,
        widget=UnfoldBooleanWidget,
    )


class ReceiveLineForm(LineForm):
    """Filled in with what is still to come: whoever unpacks corrects what came otherwise."""

    headings = [
        gettext_lazy("Product"), gettext_lazy("Ordered"), gettext_lazy("In already"),
        gettext_lazy("To come"),
    ]  # fmt: skip
    accepted = quantity_field(gettext_lazy("Accepted"))
    rejected = quantity_field(gettext_lazy("Rejected"))
    reason = forms.ChoiceField(
        label=gettext_lazy("Why rejected"), choices=[("", "–"), *RejectionReason.choices],
        required=False, widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    weight_kg = quantity_field(gettext_lazy("Weight (kg)"))

    def __init__(self, *args: Any, line: PurchaseOrderLine, **kwargs: Any) -> None:
        super().__init__(*args, line=line, **kwargs)
        self.fields["accepted"].initial = line.incoming or None

    def told(self) -> Sequence[str]:
        return [
            str(self.line.product),
            *(shown.exact(each) for each in (
                self.line.ordered, self.line.received, self.line.incoming)),
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("rejected") and not said.get("reason"):
            self.add_error("reason", _("Say why goods were rejected."))
        if said.get("reason") and not said.get("rejected"):
            self.add_error("rejected", _("How many were rejected?"))
        return said


def lines_of(order: PurchaseOrder) -> Iterable[PurchaseOrderLine]:
    return order.lines.select_related("product").order_by("pk")


def receive(order: PurchaseOrder, given: Given) -> object:
    return purchase_receipts.receive(
        order_id=order.pk,
        key=given.key,
        lines=[_delivered(line, said) for line, said in given.lines],
        by=given.by.get_username(),
        now=given.at,
        receiver=given.by,
        more_than_ordered=given.fields["more_than_ordered"],
        delivery=Delivery(
            note=given.fields["delivery_note"],
            freight=given.fields["freight"] or ZERO,
            duty=given.fields["duty"] or ZERO,
            split_by=given.fields["split_by"] or ChargeSplit.VALUE,
        ),
    )


def _delivered(line: PurchaseOrderLine, said: Mapping[str, Any]) -> Delivered:
    return Delivered(
        line_id=line.pk,
        accepted=said["accepted"] or ZERO,
        rejected=said["rejected"] or ZERO,
        reason=said["reason"],
        weight_kg=said["weight_kg"] or None,
    )


STEPS: Final[Mapping[str, Step]] = {
    "submit": Step(
        label=gettext_lazy("Submit"),
        act=lambda order, given: purchase_orders.submit(
            order_id=order.pk, by=given.by.get_username(), submitter=given.by
        ),
        help=gettext_lazy("Its lines are settled then, until somebody sends it back."),
        variant="primary",
    ),
    "approve": Step(
        label=gettext_lazy("Approve"),
        act=lambda order, given: purchase_orders.approve(
            order_id=order.pk, by=given.by.get_username(), approver=given.by
        ),
        variant="primary",
    ),
    "order": Step(
        label=gettext_lazy("Order"),
        act=lambda order, given: purchase_orders.order(order_id=order.pk, now=given.at),
        help=gettext_lazy(
            "Say that the supplier has the order. What it asks for is incoming from now on."
        ),
        variant="primary",
    ),
    "receive": Step(
        label=gettext_lazy("Receive"),
        act=receive,
        help=gettext_lazy(
            "Correct what came otherwise than expected. What is rejected is still to come."
        ),
        done=gettext_lazy("The delivery is in stock."),
        form=ReceiveForm,
        line_form=ReceiveLineForm,
        lines=lines_of,
        variant="primary",
    ),
    "close": Step(
        label=pgettext_lazy("purchase order", "Close"),
        act=lambda order, _given: purchase_orders.close(order_id=order.pk),
    ),
    "close_short": Step(
        label=gettext_lazy("Close short"),
        act=lambda order, given: purchase_orders.close_short(
            order_id=order.pk, reason=given.reason
        ),
        help=gettext_lazy("What has not come is not waited for any more."),
        variant="danger",
    ),
    "send_back": Step(
        label=gettext_lazy("Send back"),
        act=lambda order, given: purchase_orders.send_back(order_id=order.pk, reason=given.reason),
        help=gettext_lazy("It is a draft again."),
    ),
    "hold": Step(
        label=gettext_lazy("Put on hold"),
        act=lambda order, given: purchase_orders.hold(order_id=order.pk, reason=given.reason),
    ),
    "resume": Step(
        label=gettext_lazy("Resume"),
        act=lambda order, _given: purchase_orders.resume(order_id=order.pk),
        variant="primary",
    ),
    "cancel": Step(
        label=gettext_lazy("Cancel"),
        act=lambda order, given: purchase_orders.cancel(order_id=order.pk, reason=given.reason),
        variant="danger",
    ),
}

"""What the pages of a transfer ask for."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from epm.organization.selectors.stores import has_closed
from epm.platform import shown
from epm.platform.admin_steps import LineForm, QuantityField, StepForm
from inventory.models import Disposition, RejectReason, Remainder, Transfer
from inventory.selectors.transfers import partner_coded


class CodeInput(UnfoldAdminTextInputWidget):
    """A code typed in, with those in sight proposed."""

    proposed: Sequence[tuple[str, str]] = ()

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        proposals = f"{name}-proposed"
        field = super().render(name, value, {**(attrs or {}), "list": proposals}, renderer)
        options = format_html_join(
            "", "<option{}>{}</option>",
            ((flatatt({"value": code}), words) for code, words in self.proposed),
        )  # fmt: skip
        return format_html('{}<datalist id="{}">{}</datalist>', field, proposals, options)


class TransferForm(forms.ModelForm):
    """The destination is named by its code: it need not be one of the user's own stores."""

    to = forms.CharField(
        label=gettext_lazy("To"),
        help_text=gettext_lazy("Code of the store that gets the goods."),
        widget=CodeInput,
    )
    proposed: ClassVar[Sequence[tuple[str, str]]] = ()
    """Codes and names of the stores that the user sees."""

    class Meta:
        model = Transfer
        fields = ("source", "expected_on", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].widget.proposed = self.proposed
        if self.instance.pk:
            self.initial["to"] = self.instance.destination.code

    def clean_to(self) -> str:
        found = partner_coded(self.cleaned_data["to"].strip())
        if found is None:
            raise ValidationError(_("No store has this code."))
        if has_closed(found.pk):
            raise ValidationError(_("The store has closed: no goods go there any more."))
        self.instance.destination = found
        return found.code


class ShipLine(LineForm):
    headings = (gettext_lazy("Product"), gettext_lazy("Planned"))

    quantity = QuantityField(label=gettext_lazy("Ship"))

    def __init__(self, *args: Any, line: Any, **kwargs: Any) -> None:
        super().__init__(*args, line=line, initial={"quantity": line.quantity}, **kwargs)

    def told(self) -> list[str]:
        return [str(self.line), shown.exact(self.line.quantity)]


class ReceiveForm(StepForm):
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=300,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip
    more_than_sent = forms.BooleanField(
        label=gettext_lazy("More came than was sent: take it"),
        help_text=gettext_lazy("The source's books then learn that it left there."),
        required=False,
        widget=UnfoldBooleanWidget,
    )


class ReceiveLine(LineForm):
    headings = (
        gettext_lazy("Product"),
        gettext_lazy("Shipped"),
        gettext_lazy("Came before"),
        gettext_lazy("On the way"),
    )

    accepted = QuantityField(label=gettext_lazy("Accept"))
    rejected = QuantityField(label=gettext_lazy("Reject"))
    reason = forms.ChoiceField(
        label=gettext_lazy("because"), choices=RejectReason, widget=UnfoldAdminSelectWidget
    )
    disposition = forms.ChoiceField(
        label=gettext_lazy("and then"), choices=Disposition, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, line: Any, **kwargs: Any) -> None:
        super().__init__(*args, line=line, initial={"accepted": line.in_transit}, **kwargs)

    def told(self) -> list[str]:
        before = self.line.accepted + self.line.rejected
        numbers = (self.line.shipped, before, self.line.in_transit)
        return [str(self.line), *(shown.exact(number) for number in numbers)]


class CloseForm(StepForm):
    remainder = forms.ChoiceField(
        label=gettext_lazy("What is still on the way"),
        choices=Remainder,
        initial=Remainder.WRITE_OFF,
        widget=UnfoldAdminRadioSelectWidget,
    )


class CancelForm(CloseForm):
    """Before it is shipped there is nothing on the way to ask about."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remainder"].initial = Remainder.BACK
        if self.document.shipped_at is None:
            del self.fields["remainder"]

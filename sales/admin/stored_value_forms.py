"""What the pages of gift cards and store credit ask. A form acts once: its posting says which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from epm.access.selectors.scope import stores_visible_to
from epm.organization.models import Store
from epm.platform.admin_decimals import DecimalInput, PlainDecimalField
from sales.models import StoredValue, StoredValueKind
from sales.services import stored_value
from sales.services.stored_value import Act


def _last_day() -> forms.DateField:
    return forms.DateField(
        label=_("Usable until"),
        required=False,
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("The last day. Left empty: for ever."),
    )


class ActForm(forms.Form):
    """Where, and how much."""

    posting = forms.UUIDField(widget=forms.HiddenInput)
    store = forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.none(), widget=UnfoldAdminSelect2Widget
    )
    amount = PlainDecimalField(
        label=_("Amount incl. tax"), max_digits=16, decimal_places=3, localize=True,
        widget=DecimalInput,
    )  # fmt: skip

    def __init__(
        self, *args: Any, reader: Any, account: StoredValue | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        stores = cast("forms.ModelChoiceField", self.fields["store"])
        stores.queryset = stores_visible_to(reader)
        if account is not None:
            stores.queryset = stores_visible_to(reader).filter(currency=account.currency)

    def act(self) -> Act:
        said = self.cleaned_data
        return Act(said["store"].pk, said["posting"], timezone.now(), note=said.get("note", ""))


class IssueForm(ActForm):
    kind = forms.ChoiceField(
        label=_("What"), choices=StoredValueKind.choices, widget=UnfoldAdminSelectWidget
    )
    expires_on = _last_day()
    field_order = ("posting", "store", "kind", "amount", "expires_on")

    def do(self) -> StoredValue:
        said = self.cleaned_data
        return stored_value.issue(
            act=self.act(),
            kind=StoredValueKind(said["kind"]),
            amount=said["amount"],
            currency=said["store"].currency,
            expires_on=said["expires_on"],
        )


class LoadForm(ActForm):
    def do(self, account_id: int) -> object:
        return stored_value.load(
            act=self.act(), account_id=account_id, amount=self.cleaned_data["amount"]
        )


class AdjustForm(ActForm):
    note = forms.CharField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget)

    def do(self, account_id: int) -> object:
        return stored_value.adjust(
            act=self.act(), account_id=account_id, amount=self.cleaned_data["amount"]
        )


class SettingForm(forms.Form):
    """Sets something of the account; again is harmless."""

    def __init__(self, *args: Any, reader: Any, account: StoredValue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class BlockForm(SettingForm):
    def do(self, account_id: int) -> object:
        return stored_value.block(account_id=account_id)


class UnblockForm(SettingForm):
    def do(self, account_id: int) -> object:
        return stored_value.unblock(account_id=account_id)


class UntilForm(SettingForm):
    expires_on = _last_day()

    def do(self, account_id: int) -> object:
        return stored_value.run_until(
            account_id=account_id, expires_on=self.cleaned_data["expires_on"]
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One act on an account as its page offers it, to whoever has `permission`."""

    label: str | Promise
    form: Callable[..., Any]
    permission: str
    variant: str = "default"


STEPS: Final[Mapping[str, Step]] = {
    "load": Step(_("Load"), LoadForm, "sales.add_storedvalueentry", "primary"),
    "until": Step(_("Usable until"), UntilForm, "sales.change_storedvalue"),
    "adjust": Step(
        _("Put the balance right (+ or −)"), AdjustForm, "sales.change_storedvalueentry"
    ),
    "block": Step(_("Block"), BlockForm, "sales.change_storedvalue", "danger"),
    "unblock": Step(_("Unblock"), UnblockForm, "sales.change_storedvalue", "danger"),
}

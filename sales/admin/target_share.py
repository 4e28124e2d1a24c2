"""The page that shares a region's target out: each store's share as it would be, then one step."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from epm.access.selectors.scope import regions_visible_to
from epm.organization.models import Region
from epm.platform import shown
from epm.platform.actor import acting_as
from epm.platform.admin_decimals import DecimalInput, PlainDecimalField
from epm.platform.refusals import Refusal
from sales.models import Phasing, StoreTarget
from sales.services import target_shares
from sales.services.target_shares import Share, SharedBy

BY: Sequence[tuple[str, Promise]] = (
    (SharedBy.LAST_YEAR, gettext_lazy("By last year's sales")),
    (SharedBy.EQUAL, gettext_lazy("Equally")),
    (SharedBy.WEIGHTS, gettext_lazy("By given weights")),
)


class ShareForm(forms.Form):
    region = forms.ModelChoiceField(
        Region.objects.none(), label=gettext_lazy("Region"), required=False,
        empty_label=gettext_lazy("The whole chain"), widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    month = forms.DateField(
        label=gettext_lazy("Month"), help_text=gettext_lazy("Any day of it."),
        widget=UnfoldAdminTextInputWidget({"type": "date"}),
    )  # fmt: skip
    amount = PlainDecimalField(
        label=gettext_lazy("Target excl. tax"), max_digits=16, decimal_places=3, min_value=0,
        localize=True, widget=DecimalInput,
    )  # fmt: skip
    by = forms.ChoiceField(label=gettext_lazy("Shared"), choices=BY, widget=UnfoldAdminSelectWidget)
    weights = forms.CharField(
        label=gettext_lazy("Weights of the stores"), required=False, max_length=10_000,
        help_text=gettext_lazy("With given weights only: PARIS=2, LILLE=1.5 and so on, of each."),
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip
    phasing = forms.ChoiceField(
        label=gettext_lazy("Days"), widget=UnfoldAdminSelectWidget,
        choices=[each for each in Phasing.choices if each[0] != Phasing.WEIGHTS],
        initial=Phasing.LAST_YEAR,
    )  # fmt: skip

    def __init__(self, *args: Any, principal: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = regions_visible_to(principal)  # type: ignore[attr-defined]

    def clean_month(self) -> date:
        """Any day names its month."""
        day: date = self.cleaned_data["month"]
        return day.replace(day=1)

    def clean_weights(self) -> dict[str, Decimal]:
        """PARIS=2, LILLE=1.5: what stands behind the last “=” is the weight."""
        found: dict[str, Decimal] = {}
        for part in filter(None, map(str.strip, self.cleaned_data["weights"].split(","))):
            code, _sign, weight = (word.strip() for word in part.rpartition("="))
            if not code or code.lower() in found:
                raise forms.ValidationError(_("“%(part)s” cannot be read.") % {"part": part})
            field = forms.DecimalField(max_digits=18, decimal_places=6, min_value=0)
            found[code.lower()] = field.clean(weight)
        return found


def page(request: HttpRequest, *, site: AdminSite) -> HttpResponse:
    """Shows the shares first. Only what was seen is done; another choice is shown before."""
    asked = request.POST if request.method == "POST" else None
    form = ShareForm(asked, principal=request.user)
    shares = _reckoned(form, request) if asked and form.is_valid() else []
    seen = " ".join(f"{each.store.pk}:{each.amount}" for each in shares)
    seen += f" {form.data.get('month')} {form.data.get('phasing')}"
    if shares and "share" in request.POST and request.POST.get("seen") == seen:
        with acting_as(request.user.get_username(), door="admin"):
            done = target_shares.share_out(
                principal=request.user, phasing=Phasing(form.cleaned_data["phasing"]),
                **_words(form),
            )  # fmt: skip
        told = ngettext(
            "The target of %(count)d store is set.", "The targets of %(count)d stores are set.",
            len(done),
        ) % {"count": len(done)}  # fmt: skip
        messages.success(request, told)
        return redirect("admin:sales_storetarget_changelist")
    context = {
        **site.each_context(request),
        "title": _("Share a target out"),
        "form": form,
        "seen": seen,
        "rows": _rows(shares, form),
        "total": _total(shares),
    }
    return TemplateResponse(request, "sales/target_share.html", context)


def _words(form: ShareForm) -> dict[str, Any]:
    said = form.cleaned_data
    return {
        "region": said["region"], "month": said["month"], "amount": said["amount"],
        "by": SharedBy(said["by"]), "weights": said["weights"],
    }  # fmt: skip


def _reckoned(form: ShareForm, request: HttpRequest) -> list[Share]:
    try:
        return target_shares.reckon(principal=request.user, **_words(form))
    except target_shares.BadStoreWeights as refused:
        form.add_error("weights", str(refused.detail))
    except Refusal as refused:
        form.add_error(None, str(refused.detail))
    return []


def _rows(shares: list[Share], form: ShareForm) -> list[dict[str, str]]:
    if not shares:
        return []
    total = sum((each.weight for each in shares), Decimal(0))
    now = StoreTarget.objects.filter(
        month=form.cleaned_data["month"], store__in=[each.store.pk for each in shares]
    )
    amounts = dict(now.values_list("store", "amount"))
    return [
        {
            "store": str(each.store),
            "part": shown.percent(each.weight / total),
            "now": shown.amount(amounts.get(each.store.pk), currency=each.store.currency),
            "then": shown.amount(each.amount, currency=each.store.currency),
        }
        for each in shares
    ]


def _total(shares: list[Share]) -> str:
    if not shares:
        return ""
    amount = sum((each.amount for each in shares), Decimal(0))
    return shown.amount(amount, currency=shares[0].store.currency)

"""The page that spreads a target anew: each day as it is and as it would be, before it is done."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.postgres.forms import SimpleArrayField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from epm.platform import shown
from epm.platform.actor import acting_as
from sales.models import Phasing, Profile, StoreTarget
from sales.selectors.targets import days_of
from sales.services import targets
from sales.services.targets import BadDayWeights, ClosedAllMonth, Spread


class SpreadForm(forms.Form):
    phasing = forms.ChoiceField(
        label=gettext_lazy("Spread"), choices=Phasing.choices, widget=UnfoldAdminSelectWidget
    )
    day_weights = SimpleArrayField(
        forms.DecimalField(max_digits=12, decimal_places=6),
        label=gettext_lazy("Day weights"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy(
            "Seven, Monday first, or one for each day; for a spread by weights."
        ),
    )


def spread_in_words(phasing: str, profile: str) -> str:
    """How a month is spread, and whose last year it follows."""
    said = str(Phasing(phasing).label)
    if not profile:
        return said
    return _("%(spread)s: %(profile)s") % {"spread": said, "profile": Profile(profile).label}


def page(request: HttpRequest, target: StoreTarget, *, site: AdminSite) -> HttpResponse:
    """Shows last year's first. Only what was seen is done; another choice is shown before."""
    asked = request.POST if request.method == "POST" else {"phasing": Phasing.LAST_YEAR.value}
    form = SpreadForm(asked)
    found = _found(form, target) if form.is_valid() else None
    chosen = f"{asked.get('phasing')} {asked.get('day_weights', '')}"
    if found and "spread" in request.POST and request.POST.get("seen") == chosen:
        with acting_as(request.user.get_username(), door="admin"):
            targets.phase(
                target_id=target.pk,
                phasing=found.phasing,
                weights=form.cleaned_data["day_weights"] or (),
            )
        messages.success(request, _("The target is spread anew."))
        return redirect("admin:sales_storetarget_change", target.pk)
    context = {
        **site.each_context(request),
        "title": _("Spread %(store)s, %(month)s") % {
            "store": target.store.name,
            "month": date_format(target.month, "YEAR_MONTH_FORMAT"),
        },
        "form": form,
        "seen": chosen,
        "target": target,
        "now": spread_in_words(target.phasing, target.profile),
        "then": found and spread_in_words(found.phasing, found.profile),
        "days": _days(target, found) if found else [],
    }  # fmt: skip
    return TemplateResponse(request, "sales/target_spread.html", context)


def _found(form: SpreadForm, target: StoreTarget) -> Spread | None:
    try:
        return targets.spread(
            store_id=target.store_id,
            month=target.month,
            phasing=Phasing(form.cleaned_data["phasing"]),
            weights=form.cleaned_data["day_weights"] or (),
        )
    except BadDayWeights as refused:
        form.add_error("day_weights", str(refused.detail))
    except ClosedAllMonth as refused:
        form.add_error("phasing", str(refused.detail))
    return None


def _days(target: StoreTarget, found: Spread) -> list[dict[str, Any]]:
    currency = target.store.currency
    is_now = dict(days_of(target.pk).values_list("day", "amount"))
    return [
        {
            "day": shown.day(day, weekday=True),
            "now": shown.amount(is_now.get(day), currency=currency),
            "then": shown.amount(amount, currency=currency),
        }
        for day, amount in targets.shares(
            month=target.month, amount=target.amount, currency=currency, by=found
        )
    ]

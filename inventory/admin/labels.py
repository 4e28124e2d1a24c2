"""Labels of the products one has ticked: a form, then a PDF."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from epm.access.selectors.scope import Principal, stores_visible_to
from epm.organization.models import Store
from epm.platform.refusals import Refusal
from inventory.models import Product
from inventory.selectors.labels import labels_of
from inventory.selectors.prices import business_day
from inventory.services import labels
from inventory.sheets import SHEETS


class StoreChoice(forms.ModelChoiceField):
    def label_from_instance(self, store: Store) -> str:
        return f"{store} ({store.currency})"


class LabelForm(forms.Form):
    store = StoreChoice(
        label=gettext_lazy("Prices in the currency of"),
        queryset=Store.objects.none(),
        widget=UnfoldAdminSelectWidget,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )
    sheet = forms.ChoiceField(label=gettext_lazy("Labels"), widget=UnfoldAdminSelectWidget)
    copies = forms.IntegerField(
        label=gettext_lazy("Labels of each product"),
        min_value=1,
        max_value=labels.MOST,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    first = forms.IntegerField(
        label=gettext_lazy("Begin with label"),
        min_value=1,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Of a sheet begun before: counted from the top left, row by row."),
    )
    unit_prices = forms.BooleanField(
        label=gettext_lazy("Price per kg or litre too, of what is priced by g or ml"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = stores_visible_to(principal)
        cast("StoreChoice", self.fields["store"]).queryset = stores
        self.fields["store"].initial = stores.first()
        self.fields["language"].initial = get_language()
        sheets = [(code, str(sheet)) for code, sheet in SHEETS.items()]
        cast("forms.ChoiceField", self.fields["sheet"]).choices = sheets

    def printed(self, products: QuerySet[Product]) -> bytes:
        """The PDF. Raise TooManyLabels, NoSuchLabel."""
        asked = self.cleaned_data
        store = asked["store"]
        sheet, amount = SHEETS[asked["sheet"]], {"copies": asked["copies"], "first": asked["first"]}
        count = products[: labels.MOST + 1].count()
        labels.check(products=count, sheet=sheet, **amount)  # before they are all read
        with override(asked["language"]):
            rows = labels_of(
                products, store=store, on=business_day(store, at=timezone.now()),
                unit_prices=asked["unit_prices"],
            )  # fmt: skip
            return labels.as_pdf(labels=rows, sheet=sheet, **amount)


class PrintsLabels:
    """For ProductAdmin: whoever sees products prints their labels."""

    admin_site: Any

    @admin.action(description=gettext_lazy("Print labels"), permissions=["view"])
    def print_labels(self, request: HttpRequest, products: QuerySet[Product]) -> HttpResponse:
        """The form, and what it asks for once it is filled in; the list's own rows either way."""
        filled = "sheet" in request.POST
        form = LabelForm(request.POST if filled else None, principal=request.user)
        if filled and form.is_valid():
            try:
                return _file(form.printed(products))
            except Refusal as refused:
                form.add_error(None, str(refused.detail))
        context = {
            **self.admin_site.each_context(request),
            "opts": Product._meta,  # noqa: SLF001 - Django's templates want it
            "title": _("Print labels"),
            "form": form,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, "inventory/labels.html", context)


def _file(content: bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = 'attachment; filename="labels.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer

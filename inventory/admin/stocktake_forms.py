"""What the pages of stocktakes ask."""

from decimal import Decimal
from typing import Any, Final, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from epm.platform.admin_choices import ManyChoices
from epm.platform.admin_decimals import DecimalInput, PlainDecimalField
from epm.platform.admin_steps import StepForm
from inventory.models import Category, Product, Stocktake, StocktakeKind
from inventory.selectors import stocktakes
from inventory.selectors.categories import categories_visible_to

MOST_CODES: Final = 500
LARGEST: Final = Decimal("999999999.999")


class StocktakeForm(forms.ModelForm):
    """A stocktake to be: of categories and products, or expressly of everything."""

    categories = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Categories"),
        queryset=Category.objects.none(),
        required=False,
        help_text=gettext_lazy("With all below them."),
        widget=ManyChoices(
            Product._meta.get_field("category"),  # noqa: SLF001 - public, but for its name
            admin.site,
            attrs={"class": "unfold-admin-autocomplete"},
        ),
    )
    codes = forms.CharField(
        label=gettext_lazy("Products"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=gettext_lazy("SKUs or barcodes, one on each line."),
    )
    everything = forms.BooleanField(
        label=gettext_lazy("Count everything in the store"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    reader: Any = None

    class Meta:
        model = Stocktake
        fields = [
            "store", "scheduled_on", "blind", "tolerance_units", "tolerance_percent",
            "tolerance_value", "note",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "categories" in self.fields:
            categories = cast("forms.ModelMultipleChoiceField", self.fields["categories"])
            categories.queryset = categories_visible_to(self.reader)
            categories.initial = self.instance.category_ids
        if "codes" in self.fields:
            named = Product.objects.filter(pk__in=self.instance.product_ids).order_by("sku")
            self.fields["codes"].initial = "\n".join(named.values_list("sku", flat=True))
        if "everything" in self.fields:
            drafted = self.instance.pk is not None
            full = self.instance.kind == StocktakeKind.FULL
            self.fields["everything"].initial = drafted and full

    def clean_codes(self) -> list[int]:
        codes = [each.strip() for each in self.cleaned_data["codes"].splitlines() if each.strip()]
        if len(codes) > MOST_CODES:
            raise ValidationError(_("At most %(most)d products.") % {"most": MOST_CODES})
        found = stocktakes.products_of(codes)
        if unknown := [code for code in codes if code not in found]:
            raise ValidationError(
                _("No product has the code %(codes)s.") % {"codes": ", ".join(unknown[:10])}
            )
        return sorted(set(found.values()))

    def clean(self) -> dict[str, Any] | None:
        """What is counted is settled before the database looks at it."""
        cleaned = super().clean()
        categories, codes = self.cleaned_data.get("categories"), self.cleaned_data.get("codes")
        self.instance.category_ids = sorted(each.pk for each in categories or ())
        self.instance.product_ids = codes or []
        chosen = bool(self.instance.category_ids or self.instance.product_ids)
        everything = self.cleaned_data.get("everything", False)
        if chosen == everything and not {"categories", "codes"} & self.errors.keys():
            self.add_error(
                "everything",
                _("Choose categories or products, or tick that everything is counted."),
            )
        self.instance.kind = StocktakeKind.CYCLIC if chosen else StocktakeKind.FULL
        return cleaned


class RecountForm(StepForm):
    """Which lines to count again."""

    which = forms.ChoiceField(
        label=gettext_lazy("Lines"),
        widget=UnfoldAdminSelectWidget,
        choices=[
            ("beyond", gettext_lazy("Beyond the tolerance")),
            ("differing", gettext_lazy("All that differ")),
            ("uncounted", gettext_lazy("Not counted yet")),
        ],
    )


class ScanForm(forms.Form):
    """One scan: a code, how many, and the key that makes it count once."""

    act = forms.UUIDField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=gettext_lazy("Barcode or SKU"),
        max_length=80,
        widget=UnfoldAdminTextInputWidget(
            attrs={"autofocus": True, "autocomplete": "off", "autocapitalize": "off",
                   "spellcheck": "false", "enterkeyhint": "done"}
        ),
        help_text=gettext_lazy("“12*code” counts 12 of it."),
    )  # fmt: skip
    quantity = PlainDecimalField(
        label=gettext_lazy("Quantity"),
        initial=1,
        max_digits=12,
        decimal_places=3,
        localize=True,
        widget=DecimalInput,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it does"),
        choices=[
            ("add", gettext_lazy("Add to what was counted")),
            ("set", gettext_lazy("Set the whole count")),
        ],
        widget=UnfoldAdminSelectWidget,
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        before, star, code = self.cleaned_data.get("code", "").partition("*")
        if star and before.strip().isascii() and before.strip().isdigit() and code.strip():
            self.cleaned_data |= {"quantity": Decimal(before.strip()), "code": code.strip()}
            if self.cleaned_data["quantity"] > LARGEST:
                self.add_error("code", _("That many cannot be counted."))
        return cleaned

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminSelectWidget

from epm.platform.admin import BackOfficeAdmin, BackOfficeInline
from inventory import gtins
from inventory.models import Barcode, BarcodeKind, EmbeddedBarcodeRule, kind_of


class BarcodeForm(forms.ModelForm):
    """Whoever leaves the kind open has it told by the check digit, which then must be right."""

    kind = forms.ChoiceField(
        label=gettext_lazy("kind"),
        required=False,
        choices=[("", gettext_lazy("as the check digit says")), *BarcodeKind.choices],
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Barcode
        fields = ["code", "kind", "pack_size"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["kind"] = ""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        code = given.get("code")
        if code and not given.get("kind"):
            if gtins.looks_like_one(code) and not gtins.is_right(code):
                raise ValidationError(
                    _(
                        "%(code)s looks like an EAN or UPC, but should end in %(digit)s. A code of"
                        " your own is “internal”."
                    ),
                    params={"code": code, "digit": gtins.right_digit(code)},
                )
            given["kind"] = kind_of(code)
        return given


class BarcodeInline(BackOfficeInline):
    model = Barcode
    form = BarcodeForm
    fields = ["code", "kind", "pack_size"]


@admin.register(EmbeddedBarcodeRule)
class EmbeddedBarcodeRuleAdmin(BackOfficeAdmin):
    """How the chain's scales and counters write weights and prices."""

    list_display = ["prefix", "name", "embeds", "pattern", "value_decimals", "is_active"]
    list_display_links = ["prefix", "name"]
    list_filter = [("embeds", ChoicesDropdownFilter), "is_active"]
    search_fields = ["name", "prefix"]
    ordering = ["prefix"]
    fields = [
        ("name", "is_active"),
        ("prefix", "item_digits"),
        ("embeds", "value_check"),
        ("value_digits", "value_decimals"),
    ]
    export_fields = [
        "prefix", "name", "embeds", "item_digits", "value_check", "value_digits",
        "value_decimals", "is_active",
    ]  # fmt: skip
    refusals: ClassVar = {
        "embedded_rule_prefixes_apart": gettext_lazy(
            "Another active rule reads codes of this prefix."
        ),
    }

    @admin.display(description=gettext_lazy("digits"))
    def pattern(self, rule: EmbeddedBarcodeRule) -> str:
        """As scales' manuals write it: 21 IIIII NNNNN C."""
        verifier = "V" if rule.value_check else ""
        item, value = "I" * rule.item_digits, "N" * rule.value_digits
        return " ".join(part for part in (rule.prefix, item, verifier, value, "C") if part)

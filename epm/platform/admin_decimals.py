"""Decimals as people read and write them: 2.490000 is 2.49, and 24.000 of goods are 24."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from django import forms
from django.db import models
from django.utils.formats import get_format
from unfold.widgets import UnfoldAdminTextInputWidget

from epm.platform import shown

QUANTITIES: Final = {(12, 3), (14, 3)}
"""The digits and decimals of goods; what has others is money or a ratio."""


def least_places(field: Any) -> int:
    """The decimals that are written though they be zeros: two, but none of goods."""
    return 0 if (field.max_digits, field.decimal_places) in QUANTITIES else 2


class PlainDecimalField(forms.DecimalField):
    """Shows 2.490000 as 2.49, or 2,49 in French, 24.000 of goods as 24, and reads either back."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return value
        return shown.plain(value, at_least=least_places(self))


class DecimalInput(UnfoldAdminTextInputWidget):
    """Not type=number: that knows one decimal mark only."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", **(attrs or {})})


PLAIN_DECIMALS: Final = {
    models.DecimalField: {
        "form_class": PlainDecimalField,
        "localize": True,
        "widget": DecimalInput,
    }
}


class PlainDecimals:
    """For pages and inlines: what cannot be edited is shown as the fields show it."""

    @property
    def readonly_preprocess_fields(self) -> Mapping[str, Callable[[Any], Any]]:
        page = cast("Any", self)
        return {
            field.name: _without_idle_zeros(least_places(field))
            for field in page.opts.concrete_fields
            if isinstance(field, models.DecimalField)
        }


def _without_idle_zeros(least: int) -> Callable[[Any], Any]:
    def told(contents: Any) -> Any:
        whole, mark, decimals = str(contents).partition(get_format("DECIMAL_SEPARATOR"))
        if not mark:
            return contents
        kept = decimals.rstrip("0").ljust(least, "0")
        return f"{whole}{mark}{kept}" if kept else whole

    return told

from typing import Any

from django import forms
from django.db.models import Field
from django.http import HttpRequest

from epm.access.selectors.scope import stores_visible_to


class CurrencyField(forms.CharField):
    """“usd” is USD."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).upper()


class OneCurrency:
    """For pages that ask for a currency: that of the stores in sight, if they share one."""

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "currency":
            kwargs["form_class"] = CurrencyField
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        stores = stores_visible_to(request.user).order_by("currency")
        found = list(stores.values_list("currency", flat=True).distinct()[:2])
        given = super().get_changeform_initial_data(request)  # type: ignore[misc]
        return {"currency": found[0], **given} if len(found) == 1 else dict(given)

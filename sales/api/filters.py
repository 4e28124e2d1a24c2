from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django_filters import ChoiceFilter, NumberFilter
from drf_spectacular.utils import extend_schema_field

from epm.access.filters import RegionsFilter, StoresFilter
from epm.access.selectors import rights
from epm.platform.filters import DateFilter, IdFilter, StrictFilterSet, TextFilter, YesNoFilter
from sales.models import ClosingKind
from sales.selectors.sales import EARLIEST, LATEST, key_window


class CustomerFilter(TextFilter):
    """The sales of one customer, for who may see customers."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        if not rights.sees_customers(self.parent.request.user):
            raise PermissionDenied
        return qs.filter(**{f"{self.field_name or 'customer'}__code__iexact": value})


class SaleFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")
    external_ref = TextFilter(field_name="external_ref", label="The ticket's own number, exactly.")
    customer = CustomerFilter(label="Customer code, in any case.")
    import_run = IdFilter(field_name="import_run", label="Id of the import it came by.")
    is_correction = YesNoFilter()
    is_pure_return = YesNoFilter()
    named = {
        "from": DateFilter(
            field_name="business_date", lookup_expr="gte", label="First business day."
        ),
        "to": DateFilter(field_name="business_date", lookup_expr="lte", label="Last business day."),
    }

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """Days are also looked up by key, which the table is sorted by."""
        rows: QuerySet = super().filter_queryset(queryset)
        period = self.form.cleaned_data
        if period["from"] or period["to"]:
            rows = _within_keys(rows, start=period["from"], end=period["to"])
        return rows


class RegisterFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")
    code = TextFilter(field_name="code", lookup_expr="iexact", label="Its code, in any case.")
    is_active = YesNoFilter()


class ClosingFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")
    register = IdFilter(field_name="register", label="Id of the cash register.")
    kind = ChoiceFilter(choices=ClosingKind.choices)
    named = {
        "from": DateFilter(field_name="last_day", lookup_expr="gte", label="Ending then or later."),
        "to": DateFilter(field_name="last_day", lookup_expr="lte", label="Ending then or before."),
    }


class TargetFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")
    named = {
        "from": DateFilter(
            field_name="month", lookup_expr="gte", label="Months that begin then or later."
        ),
        "to": DateFilter(
            field_name="month", lookup_expr="lte", label="Months that begin then or before."
        ),
    }


class StaffingFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")
    named = {
        "from": DateFilter(
            field_name="business_date", lookup_expr="gte", label="First business day."
        ),
        "to": DateFilter(field_name="business_date", lookup_expr="lte", label="Last business day."),
    }


def _within_keys(rows: QuerySet[Any], *, start: date | None, end: date | None) -> QuerySet[Any]:
    first, last = key_window(start or EARLIEST, end or LATEST)
    return rows.filter(id__gte=first, id__lt=last)


@extend_schema_field({"type": "integer", "minimum": 0})
class CopyFilter(NumberFilter):
    """The number of a copy, from 0 on."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_value=2**31 - 1, decimal_places=0, **options)

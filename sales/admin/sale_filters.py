"""By what the list of sales is narrowed: its days, by key too, what was paid, and by whom."""

from datetime import date
from typing import Any, Final

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter, RangeNumericFilter, TextFilter
from unfold.utils import parse_date_str

from epm.access.selectors import rights
from sales.models import Sale
from sales.selectors.customers import customers_named
from sales.selectors.sales import EARLIEST, LATEST, key_window, usual_days

DAYS: Final = ("business_date_from", "business_date_to")


class SaleDayFilter(RangeDateFilter):
    """Days are looked up by key too, which the list is sorted by."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sale]) -> QuerySet[Sale] | None:
        found: QuerySet[Sale] | None = super().queryset(request, queryset)
        start, end = (_day(self.used_parameters.get(name)) for name in DAYS)
        if found is None or not (start or end):
            return found
        return _within(found, start or EARLIEST, end or LATEST)


class TotalFilter(RangeNumericFilter):
    """Of the last 90 days unless days are asked for: no index knows amounts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("total incl. tax (of the last 90 days unless you choose days)")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sale]) -> QuerySet[Sale]:
        found: QuerySet[Sale] | None = super().queryset(request, queryset)
        if found is None:
            raise IncorrectLookupParameters
        if not any(self.used_parameters.values()) or any(map(request.GET.get, DAYS)):
            return found
        return _within(found, *usual_days())


class BuyerFilter(TextFilter):
    """The sales of the customers so named, for who may see customers."""

    title = _("customer (whole code, or three letters of the name)")
    parameter_name = "buyer"

    def has_output(self) -> bool:
        return bool(self.may)

    def __init__(self, request: HttpRequest, params: dict[str, Any], *args: Any) -> None:
        self.may = rights.sees_customers(request.user)
        super().__init__(request, params, *args)
        if self.value() and not self.may:
            raise PermissionDenied

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sale]) -> QuerySet[Sale]:
        said = (self.value() or "").strip()
        if not said:
            return queryset
        named = customers_named(request.user, text=said)
        return queryset.filter(customer__in=list(named.values_list("pk", flat=True)))


def _day(said: Any) -> date | None:
    return parse_date_str(said) if said and isinstance(said, str) else None


def _within(rows: QuerySet[Sale], start: date, end: date) -> QuerySet[Sale]:
    first, last = key_window(start, end)
    return rows.filter(pk__gte=first, pk__lt=last)

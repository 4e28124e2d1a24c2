"""Tickets by what is known of them: number, product, customer, amount."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _
from django_filters import NumberFilter, UUIDFilter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from epm.access.filters import StoresFilter
from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of
from epm.platform.endpoints import Listing, same_names
from epm.platform.filters import DateFilter, IdFilter, StrictFilterSet, TextFilter
from epm.platform.problems import InvalidParameter
from sales.api.filters import CustomerFilter
from sales.models import CashRegister, SaleLine, Ticket
from sales.selectors.references import padded
from sales.selectors.sales import key_window, usual_days
from sales.selectors.tickets import tickets_visible_to

LONGEST: Final = timedelta(days=366)
DIGITS: Final = 18
BY_KEY: Final = frozenset({"number", "uuid"})


class NumberOrReference(TextFilter):
    """12, or T1-00000012. Register by register, as the numbers are kept."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        code, dash, digits = value.rpartition("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= DIGITS):
            return qs.none()
        registers = CashRegister.objects.filter(scope_of(self.parent.request.user).covers("store"))
        if dash:
            registers = registers.filter(code=code)
        known = list(registers.values_list("pk", flat=True))
        return qs.filter(register__in=known, number=int(digits))


class CashierFilter(TextFilter):
    """The tickets of one cashier, for who may see people."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        if not rights.sees_people(self.parent.request.user):
            raise PermissionDenied
        return qs.filter(sale__cashier__username=value)


@extend_schema_field({"type": "string", "format": "uuid"})
class UuidFilter(UUIDFilter):
    """A UUID."""


@extend_schema_field({"type": "number"})
class AmountFilter(NumberFilter):
    def __init__(self, **options: Any) -> None:
        super().__init__(field_name="sale__total_ttc", max_digits=16, decimal_places=3, **options)


class TicketFilters(StrictFilterSet):
    number = NumberOrReference(label="Its number, or register and number: T1-00000012.")
    register = IdFilter(field_name="register", label="Id of the register.")
    uuid = UuidFilter(field_name="uuid", label="The till's own name for it; its QR code holds it.")
    product = TextFilter(label="SKU of a product sold or given back.", method="with_product")
    customer = CustomerFilter(field_name="sale__customer", label="Customer code, in any case.")
    cashier = CashierFilter(label="User name of the cashier.")
    store = StoresFilter(field_name="sale__store", label="Store codes.")
    amount = AmountFilter(label="Total incl. tax, exactly.")
    amount_from = AmountFilter(lookup_expr="gte", label="Total incl. tax, at least.")
    amount_to = AmountFilter(lookup_expr="lte", label="Total incl. tax, at most.")
    named = {
        "from": DateFilter(
            label="First business day; left out: 90 days before the last.", method="as_it_is"
        ),
        "to": DateFilter(label="Last business day; left out: today.", method="as_it_is"),
    }

    def as_it_is(self, rows: QuerySet, _name: str, _value: Any) -> QuerySet:
        """Days are looked at together."""
        return rows

    def with_product(self, rows: QuerySet, _name: str, sku: str) -> QuerySet:
        """By the lines' own index of products and days."""
        start, end = self.window()
        first, last = key_window(start, end)
        lines = SaleLine.objects.filter(
            product__sku=sku, business_date__range=(start, end), id__gte=first, id__lt=last
        )
        return rows.filter(pk__in=lines.values("sale_id"))

    def window(self) -> tuple[date, date]:
        """The business days to look at. Raise InvalidParameter for more than a year."""
        said = self.form.cleaned_data
        end = said["to"] or max(said["from"] or date.min, usual_days()[1])
        start = said["from"] or usual_days(end=end)[0]
        if end - start > LONGEST:
            told = _("At most %(days)d days at once.") % {"days": LONGEST.days}
            raise InvalidParameter.of("from", "too-long", told)
        return start, end

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        rows: QuerySet = super().filter_queryset(queryset)
        said = self.form.cleaned_data
        if any(said[name] for name in BY_KEY) and not (said["from"] or said["to"]):
            return rows
        return within(rows, *self.window())


class FoundTicketOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="Of the sale.")
    uuid = serializers.UUIDField()
    reference = serializers.CharField(help_text="Register and number, as receipts show it.")
    store = serializers.CharField(help_text="Store code.")
    register = serializers.IntegerField()
    number = serializers.IntegerField()
    session = serializers.IntegerField()
    sold_at = serializers.DateTimeField()
    business_date = serializers.DateField()
    currency = serializers.CharField()
    total_ttc = serializers.DecimalField(16, 3)
    is_pure_return = serializers.BooleanField()
    is_offline = serializers.BooleanField()
    cashier = serializers.CharField(allow_null=True, required=False)
    sent_by = serializers.CharField(
        required=False, help_text="A user name, or “key” and the key's: who served, if no cashier."
    )
    customer = serializers.CharField(allow_null=True, required=False)


COLUMNS: Final = same_names(FoundTicketOut) | {
    "id": "sale_id", "store": "sale__store__code", "register": "register_id",
    "session": "session_id", "reference": "named", "sold_at": "sale__sold_at",
    "business_date": "sale__business_date", "currency": "sale__currency",
    "total_ttc": "sale__total_ttc", "is_pure_return": "sale__is_pure_return",
    "cashier": "sale__cashier__username", "customer": "sale__customer__code",
}  # fmt: skip


class FoundTickets(Listing):
    """Tickets of your stores, latest first: of the last 90 business days unless told otherwise.

    A ticket that is named by its number or uuid is found whenever it was.
    """

    right = rights.SALES
    serializer_class = FoundTicketOut
    filterset_class = TicketFilters
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[Ticket]:
        named = Concat(F("register__code"), Value("-"), padded("number"), output_field=CharField())
        return tickets_visible_to(self.request.user).annotate(named=named)

    def narrowed(self, rows: QuerySet) -> QuerySet:
        found = super().narrowed(rows)
        if self.request.query_params.keys() <= self.own_words:
            found = within(found, *usual_days())
        return found

    def get_columns(self) -> Mapping[str, str]:
        """Who sold and who bought is not for everybody."""
        principal = self.request.user
        hidden = set() if rights.sees_people(principal) else {"cashier", "sent_by", "customer"}
        return {name: path for name, path in COLUMNS.items() if name not in hidden}


def within(rows: QuerySet, start: date, end: date) -> QuerySet:
    """Of these business days, by key too, which the table is sorted by."""
    first, last = key_window(start, end)
    return rows.filter(pk__gte=first, pk__lt=last, sale__business_date__range=(start, end))

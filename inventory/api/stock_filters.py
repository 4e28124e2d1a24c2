from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema_field

from epm.access.filters import StoresFilter
from epm.platform.filters import (
    CodesFilter,
    DateFilter,
    IdFilter,
    StrictFilterSet,
    TextFilter,
    YesNoFilter,
)
from epm.platform.problems import InvalidParameter
from inventory.api.filters import CategoryFilter, FoldedFilter
from inventory.models import MovementKind


class OutFilter(YesNoFilter):
    """Nothing can be promised, or something can."""

    def filter(self, qs: QuerySet, value: bool | None) -> QuerySet:  # noqa: FBT001 - it is the value
        if value is None:
            return qs
        return qs.filter(available__lte=0) if value else qs.filter(available__gt=0)


class ShortFilter(YesNoFilter):
    """More was promised or handed over than was there."""

    def filter(self, qs: QuerySet, value: bool | None) -> QuerySet:  # noqa: FBT001 - it is the value
        if value is None:
            return qs
        return qs.filter(shortfall__gt=0) if value else qs.filter(shortfall=0)


@extend_schema_field({"type": "string", "example": "order:1001"})
class DocumentFilter(TextFilter):
    """The movements of one document, by its kind and number."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        kind, colon, ref = value.partition(":")
        if not (kind and colon and ref):
            raise InvalidParameter.of("document", "invalid", _("Its kind and number: order:1001."))
        return qs.filter(document_kind=kind, document_ref=ref)


class LevelFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    product = IdFilter(field_name="product", label="Id of the product.")
    sku = FoldedFilter(field_name="product__sku", label="The SKU, in any case.")
    barcode = TextFilter(field_name="product__barcodes__code", label="One of its barcodes.")
    category = CategoryFilter(
        field_name="product__category", label="Category code; with all below it."
    )
    out = OutFilter(label="Nothing of it can be promised.")
    short = ShortFilter(label="More was promised or handed over than was there.")


class MovementFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    product = IdFilter(field_name="product", label="Id of the product.")
    sku = FoldedFilter(field_name="product__sku", label="The SKU, in any case.")
    kind = ChoiceFilter(choices=MovementKind.choices)
    document = DocumentFilter(label="Kind and number of its document: order:1001.")
    named = {
        "from": DateFilter(
            field_name="business_date", lookup_expr="gte", label="First business day."
        ),
        "to": DateFilter(field_name="business_date", lookup_expr="lte", label="Last business day."),
    }


class AvailabilityFilters(StrictFilterSet):
    product = CodesFilter(label="Ids of products.")
    sku = CodesFilter(label="SKUs, in any case.")
    store = CodesFilter(label="Store codes; all of yours unless told.")


class FeedFilters(StrictFilterSet):
    store = TextFilter(required=True, label="Code of the store.")
    since = TextFilter(label="The cursor of the feed before; left out: everything.")

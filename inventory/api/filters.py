from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from drf_spectacular.utils import extend_schema_field

from epm.access.filters import RegionsFilter, StoresFilter
from epm.access.selectors.scope import Principal, stores_visible_to
from epm.organization.models import Store
from epm.platform.filters import StrictFilterSet, TextFilter, YesNoFilter
from epm.platform.problems import InvalidParameter
from inventory.models import Category, UnitOfMeasure
from inventory.selectors import categories
from inventory.selectors.barcodes import products_coded
from inventory.states import StocktakeState, TransferState


class CategoryFilter(TextFilter):
    """Rows of a category or of any below it."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        found = category_coded(self.parent.request.user, value)
        return qs.filter(**{f"{self.field_name}__in": categories.ids_below(found)})


class ParentFilter(TextFilter):
    """The children of a category."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(parent=category_coded(self.parent.request.user, value)) if value else qs


class BarcodeFilter(TextFilter):
    """Products with this barcode; a UPC-A is also found as its EAN-13."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        return qs.filter(pk__in=products_coded(value)) if value else qs


@extend_schema_field({"type": "string"})
class FoldedFilter(TextFilter):
    """Equal but for capitals, by an index on the folded column."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        rows: QuerySet = qs.annotate(folded=Lower(self.field_name))
        return rows.filter(folded=Lower(Value(value)))


def store_coded(principal: Principal, code: str) -> Store:
    """The visible store with this code, in any case. Raise InvalidParameter when there is none."""
    folded = stores_visible_to(principal).annotate(folded=Lower("code"))
    found: Store | None = folded.filter(folded=Lower(Value(code))).first()
    if found is None:
        raise InvalidParameter.of("store", "not-found", _("Nothing has this code."))
    return found


def category_coded(principal: Principal, code: str) -> Category:
    """The category with this code, in any case. Raise InvalidParameter when there is none."""
    visible = categories.categories_visible_to(principal)
    folded = visible.annotate(folded=Lower("code"))
    found: Category | None = folded.filter(folded=Lower(Value(code))).first()
    if found is None:
        raise InvalidParameter.of("category", "not-found", _("Nothing has this code."))
    return found


class CategoryFilters(StrictFilterSet):
    parent = ParentFilter(label="Code of the parent.")
    is_root = YesNoFilter(field_name="parent", lookup_expr="isnull", label="At the top.")


class ProductFilters(StrictFilterSet):
    sku = FoldedFilter(field_name="sku", label="The SKU, in any case.")
    barcode = BarcodeFilter(label="One of its barcodes, in any way to write it.")
    category = CategoryFilter(field_name="category", label="Category code; with all below it.")
    brand = TextFilter(field_name="brand", label="The brand, exactly.")
    unit = ChoiceFilter(choices=UnitOfMeasure.choices)
    is_active = YesNoFilter()
    is_placeholder = YesNoFilter()


class StoreFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")


class StocktakeFilters(StoreFilters):
    state = ChoiceFilter(choices=StocktakeState.choices)


class ScanQuestions(StrictFilterSet):
    store = TextFilter(label="Code of the store that scans: prices are in its currency.")


class TransferFilters(StrictFilterSet):
    state = ChoiceFilter(choices=TransferState.choices)
    source = StoresFilter(field_name="source", label="Codes of stores of yours that send.")
    destination = StoresFilter(field_name="destination", label="Codes of yours that receive.")

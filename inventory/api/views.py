from collections.abc import Mapping
from dataclasses import asdict

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.platform.endpoints import Endpoint, Listing, one_row, same_names
from inventory.api.filters import CategoryFilters, ProductFilters, ScanQuestions, store_coded
from inventory.api.serializers import (
    CategoryOut,
    OneCategoryOut,
    OneProductOut,
    ProductOut,
    ScanOut,
)
from inventory.models import Category, Product
from inventory.selectors import barcodes, categories, products

CATEGORY_COLUMNS = {"id": "id", "code": "code", "name": "name", "parent": "parent__code"}
PRODUCT_COLUMNS = same_names(ProductOut) | {
    "category": "category__code",
    "tax_class": "tax_class_code",
}
PRODUCT_COLUMNS_WITHOUT_COST = {
    name: field for name, field in PRODUCT_COLUMNS.items() if name != "purchase_price"
}
ONE_PRODUCT = tuple(same_names(OneProductOut))
ONE_PRODUCT_WITHOUT_COST = tuple(name for name in ONE_PRODUCT if name != "purchase_price")


def product_columns(principal: Principal) -> Mapping[str, str]:
    """Costs are not for everybody."""
    return PRODUCT_COLUMNS if rights.sees_costs(principal) else PRODUCT_COLUMNS_WITHOUT_COST


def one_product_names(principal: Principal) -> tuple[str, ...]:
    """The same for a single product."""
    return ONE_PRODUCT if rights.sees_costs(principal) else ONE_PRODUCT_WITHOUT_COST


class Categories(Listing):
    """The category tree, flat; `parent` and `is_root` walk it."""

    right = rights.CATALOGUE
    conditional = True
    serializer_class = CategoryOut
    filterset_class = CategoryFilters
    columns = CATEGORY_COLUMNS
    orderings = {"id": "pk", "code": "code", "name": "name"}
    default_ordering = "code"

    def get_queryset(self) -> QuerySet[Category]:
        return categories.categories_visible_to(self.request.user)


class OneCategory(Endpoint):
    right = rights.CATALOGUE
    conditional = True
    serializer_class = OneCategoryOut

    def get(self, request: Request, *, pk: int) -> Response:
        visible = categories.categories_visible_to(request.user)
        row = one_row(visible, pk=pk, columns=CATEGORY_COLUMNS)
        return Response(row | {"path": [asdict(step) for step in categories.path_to(pk)]})


class Products(Listing):
    """Products of the chain."""

    right = rights.CATALOGUE
    serializer_class = ProductOut
    filterset_class = ProductFilters
    orderings = {"id": "pk", "sku": "folded_sku"}
    default_ordering = "id"

    def get_queryset(self) -> QuerySet[Product]:
        visible = products.products_visible_to(self.request.user)
        by_sku = "sku" in self.request.query_params.get("ordering", "")
        return products.by_folded_sku(visible) if by_sku else visible

    def get_columns(self) -> Mapping[str, str]:
        return product_columns(self.request.user)


class OneProduct(Endpoint):
    """One product, with its barcodes and attributes."""

    right = rights.CATALOGUE
    serializer_class = OneProductOut

    def get(self, request: Request, *, pk: int) -> Response:
        card = products.one_visible_to(request.user, product_id=pk)
        if card is None:
            raise Http404
        return Response({name: getattr(card, name) for name in one_product_names(request.user)})


class OneBarcode(Endpoint):
    """What a scan of this code means; weights and prices that a scale put into it are read."""

    right = rights.CATALOGUE
    serializer_class = ScanOut
    filterset_class = ScanQuestions

    def get(self, request: Request, *, code: str) -> Response:
        asked = self.parameters()["store"]
        store = store_coded(request.user, asked) if asked else None
        now = timezone.now()
        scan = barcodes.scanned(request.user, code=code, store=store, at=now)
        return Response(asdict(scan))

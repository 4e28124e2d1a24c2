from django.db.models import QuerySet
from django_filters import ChoiceFilter
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.api.serializers import RegionOut, StoreOut
from epm.access.filters import RegionsFilter, StoresFilter
from epm.access.selectors import rights
from epm.access.selectors.scope import regions_visible_to, stores_visible_to
from epm.organization.models import Region, Store, StoreKind
from epm.platform.endpoints import Endpoint, Listing, one_row, same_names
from epm.platform.filters import StrictFilterSet, YesNoFilter

REGION_COLUMNS = {"id": "id", "code": "code", "name": "name"}
STORE_COLUMNS = same_names(StoreOut) | {"region": "region__code"}


class StoreFilters(StrictFilterSet):
    store = StoresFilter(field_name="pk", label="Store codes.")
    region = RegionsFilter(field_name="pk", label="Region codes.")
    kind = ChoiceFilter(choices=StoreKind.choices)
    is_placeholder = YesNoFilter()


class Regions(Listing):
    """Regions that hold a store in your scope."""

    right = rights.ORGANIZATION
    conditional = True
    serializer_class = RegionOut
    columns = REGION_COLUMNS
    orderings = {"id": "pk", "code": "code", "name": "name"}
    default_ordering = "code"

    def get_queryset(self) -> QuerySet[Region]:
        return regions_visible_to(self.request.user)


class OneRegion(Endpoint):
    right = rights.ORGANIZATION
    conditional = True
    serializer_class = RegionOut

    def get(self, request: Request, *, pk: int) -> Response:
        return Response(one_row(regions_visible_to(request.user), pk=pk, columns=REGION_COLUMNS))


class Stores(Listing):
    """Stores in your scope."""

    right = rights.ORGANIZATION
    conditional = True
    serializer_class = StoreOut
    filterset_class = StoreFilters
    columns = STORE_COLUMNS
    orderings = {"id": "pk", "code": "code", "name": "name"}
    default_ordering = "code"

    def get_queryset(self) -> QuerySet[Store]:
        return stores_visible_to(self.request.user)


class OneStore(Endpoint):
    right = rights.ORGANIZATION
    conditional = True
    serializer_class = StoreOut

    def get(self, request: Request, *, pk: int) -> Response:
        return Response(one_row(stores_visible_to(request.user), pk=pk, columns=STORE_COLUMNS))

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.platform.endpoints import Endpoint, Listing, one_row, same_names
from sales.api.filters import SaleFilters, StaffingFilters, TargetFilters
from sales.api.serializers import (
    FootfallOut,
    LabourOut,
    LineOut,
    OneSaleOut,
    OneTargetOut,
    SaleOut,
    TargetOut,
    TenderOut,
)
from sales.models import Sale, StoreFootfall, StoreLabour, StoreTarget
from sales.selectors import sales, staffing, targets
from sales.selectors.references import with_reference

SALE_COLUMNS = same_names(SaleOut) | {
    "store": "store__code",
    "register": "register__code",
    "ticket": "ticket_ref",
    "corrects": "corrects_id",
    "customer": "customer__code",
    "import_run": "import_run_id",
}
LINE_COLUMNS = same_names(LineOut) | {
    "product": "product__sku",
    "product_name": "product__name",
    "category": "category__code",
    "origin_line": "origin_line_id",
}
TENDER_COLUMNS = same_names(TenderOut)
TARGET_COLUMNS = {
    "id": "id",
    "store": "store__code",
    "month": "month",
    "amount": "amount",
    "currency": "store__currency",
    "phasing": "phasing",
    "profile": "profile",
}
STAFFING_COLUMNS = {"id": "id", "store": "store__code", "date": "business_date", "hour": "hour"}


def sale_columns(principal: Principal) -> Mapping[str, str]:
    """Who bought is not for everybody."""
    return SALE_COLUMNS if rights.sees_customers(principal) else _without("customer", SALE_COLUMNS)


def line_columns(principal: Principal) -> Mapping[str, str]:
    """Nor is what it cost us."""
    return LINE_COLUMNS if rights.sees_costs(principal) else _without("unit_cost", LINE_COLUMNS)


def tender_columns(principal: Principal) -> Mapping[str, str]:
    """Nor whose card or cheque it was."""
    return (
        TENDER_COLUMNS if rights.sees_people(principal) else _without("reference", TENDER_COLUMNS)
    )


def _without(name: str, columns: Mapping[str, str]) -> Mapping[str, str]:
    return {kept: field for kept, field in columns.items() if kept != name}


def _rows(found: QuerySet[Any], columns: Mapping[str, str]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in found.values_list(*columns.values())]


class Sales(Listing):
    """Sales of your stores, latest first. Lines and tenders are in the single sale."""

    right = rights.SALES
    serializer_class = SaleOut
    filterset_class = SaleFilters
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[Sale]:
        return with_reference(sales.sales_visible_to(self.request.user))

    def get_columns(self) -> Mapping[str, str]:
        return sale_columns(self.request.user)


class OneSale(Endpoint):
    right = rights.SALES
    serializer_class = OneSaleOut

    def get(self, request: Request, *, pk: UUID) -> Response:
        row = one_row(
            with_reference(sales.sales_visible_to(request.user)),
            pk=pk,
            columns=sale_columns(request.user),
        )
        lines = sales.with_returned(sales.lines_of(pk, sold_at=row["sold_at"]))
        columns = {**line_columns(request.user), "returned": "returned"}
        return Response(
            {
                **row,
                "lines": _rows(lines, columns),
                "tenders": _rows(sales.tenders_of(pk), tender_columns(request.user)),
            }
        )


class Targets(Listing):
    """Monthly targets of your stores, excluding tax."""

    right = rights.TARGETS
    serializer_class = TargetOut
    filterset_class = TargetFilters
    columns = TARGET_COLUMNS
    orderings = {"id": "pk", "month": "month"}
    default_ordering = "-month"

    def get_queryset(self) -> QuerySet[StoreTarget]:
        return targets.targets_visible_to(self.request.user)


class OneTarget(Endpoint):
    right = rights.TARGETS
    serializer_class = OneTargetOut

    def get(self, request: Request, *, pk: int) -> Response:
        row = one_row(targets.targets_visible_to(request.user), pk=pk, columns=TARGET_COLUMNS)
        days = _rows(targets.days_of(pk), {"day": "day", "amount": "amount"})
        return Response({**row, "days": days})


class _Staffing(Listing):
    right = rights.TARGETS
    filterset_class = StaffingFilters
    orderings = {"id": "pk", "date": "business_date"}
    default_ordering = "-date"


class Footfall(_Staffing):
    """Visitors of your stores, by day or by hour."""

    serializer_class = FootfallOut
    columns = STAFFING_COLUMNS | {"visitors": "visitors"}

    def get_queryset(self) -> QuerySet[StoreFootfall]:
        return staffing.footfall_visible_to(self.request.user)


class Labour(_Staffing):
    """Hours worked in your stores, by day or by hour."""

    serializer_class = LabourOut
    columns = STAFFING_COLUMNS | {"hours": "hours"}

    def get_queryset(self) -> QuerySet[StoreLabour]:
        return staffing.labour_visible_to(self.request.user)

"""Single acts on the stock over the API."""

from typing import Any, Final
from uuid import uuid4

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, stores_visible_to
from epm.platform.endpoints import Endpoint, Listing, one_row
from epm.platform.writes import Answer
from inventory.api.filters import StoreFilters
from inventory.api.naming import NamedWrite, products_of
from inventory.api.role_asked import RoleAsked
from inventory.api.stocktake_answers import name_of
from inventory.api.stocktake_bodies import (
    AdjustmentIn,
    AdjustmentOut,
    OneAdjustmentOut,
    ReversalIn,
)
from inventory.models import MovementKind, StockAdjustment, UnavailableReason
from inventory.selectors.shrink import adjustments_visible_to
from inventory.services import adjustments
from inventory.services.adjustments import Act, Amount

COLUMNS: Final = {
    "id": "id", "store": "store__code", "kind": "kind", "note": "note", "reverses": "reverses_id",
    "happened_at": "happened_at",
}  # fmt: skip
LINE: Final = ("product_id", "product__sku", "quantity", "blocked", "reason", "unit_cost", "value")


class Adjustments(RoleAsked, NamedWrite, Listing):
    """Adjustments of your stores; make one, which is posted at once."""

    http_method_names = ["get", "head", "post"]
    model = "stockadjustment"
    verb = "add"
    right = rights.STOCK
    write_right = rights.STOCK_WRITE
    body = AdjustmentIn
    serializer_class = AdjustmentOut
    filterset_class = StoreFilters
    columns = COLUMNS
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[StockAdjustment]:
        return adjustments_visible_to(self.request.user)

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        store = stores_visible_to(self.request.user).filter(code=said["store"]).first()
        if store is None:
            raise ValidationError({"store": [_("There is no such store.")]})
        act = Act(
            store.pk, uuid4(), name_of(self.request.user), timezone.now(), said.get("note", "")
        )
        named = products_of(self.request.user, said["lines"])
        lines = [
            Amount(product, each["quantity"])
            for product, each in zip(named, said["lines"], strict=True)
        ]
        made = _book(said, act=act, lines=lines)
        address_of = {"Location": f"/api/v1/stock/adjustments/{made.pk}"}
        return Answer(201, told_of(self.request.user, made.pk), address_of)


class OneAdjustment(RoleAsked, Endpoint):
    """One adjustment with its lines."""

    model = "stockadjustment"
    right = rights.STOCK
    serializer_class = OneAdjustmentOut

    def get(self, request: Request, *, pk: int) -> Response:
        return Response(told_of(request.user, pk))


class Reversal(RoleAsked, NamedWrite):
    """Put an adjustment right by one that does the opposite."""

    model = "stockadjustment"
    verb = "add"
    write_right = rights.STOCK_WRITE
    body = ReversalIn
    serializer_class = OneAdjustmentOut

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        one_row(adjustments_visible_to(self.request.user), pk=address["pk"], columns=COLUMNS)
        made = adjustments.reverse(
            adjustment_id=address["pk"], posting=uuid4(), by=name_of(self.request.user),
            at=timezone.now(), note=said["note"],
        )  # fmt: skip
        address_of = {"Location": f"/api/v1/stock/adjustments/{made.pk}"}
        return Answer(201, told_of(self.request.user, made.pk), address_of)


def told_of(principal: Principal, pk: int) -> dict[str, Any]:
    """An adjustment with its lines; costs only for who may see them."""
    told = one_row(adjustments_visible_to(principal), pk=pk, columns=COLUMNS)
    document = adjustments_visible_to(principal).filter(pk=pk).first()
    if document is None:
        raise Http404
    shown = LINE if rights.sees_costs(principal) else LINE[:5]
    lines = document.lines.order_by("pk").values(*shown)
    return {
        **told,
        "lines": [
            {"product": line.pop("product_id"), "sku": line.pop("product__sku"), **_costed(line)}
            for line in lines
        ],
    }


def _costed(line: dict[str, Any]) -> dict[str, Any]:
    """A value that nobody knows is null."""
    if line.get("unit_cost", 0) is None and line["quantity"]:
        line["value"] = None
    return line


def _book(said: dict[str, Any], *, act: Act, lines: list[Amount]) -> StockAdjustment:
    if said["act"] == "adjust":
        return adjustments.adjust(act=act, lines=lines)
    reason = UnavailableReason(said["reason"]) if "reason" in said else None
    if said["act"] in ("block", "unblock") and reason is not None:
        marks = {"block": adjustments.mark_unavailable, "unblock": adjustments.make_available}
        return marks[said["act"]](act=act, reason=reason, lines=lines)
    cause = MovementKind(said["act"])
    return adjustments.scrap(act=act, cause=cause, lines=lines, unavailable_for=reason)

"""The ledger of stock: what moved, and movements by partners without a document of ours."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.platform.endpoints import Endpoint, Listing, one_row, same_names
from epm.platform.writes import Answer
from inventory.api.naming import StockWrite, look_up
from inventory.api.role_asked import RoleAsked
from inventory.api.stock_bodies import MovementsIn
from inventory.api.stock_filters import MovementFilters
from inventory.api.stock_serializers import MovementOut, PostingOut
from inventory.models import MovementKind, StockMovement
from inventory.selectors import stock
from inventory.services import movements
from inventory.services.movements import Document, Move, Posted
from inventory.services.whole import refuse_fractions

COSTS: Final = frozenset({"unit_cost", "value", "average_cost"})
CLOCKS_DIFFER: Final = timedelta(minutes=5)
MOVEMENT_COLUMNS: Final = same_names(MovementOut) | {
    "store": "store__code",
    "product": "product_id",
    "sku": "product__sku",
    "number": "position",
}


def movement_columns(principal: Principal) -> Mapping[str, str]:
    """What goods are worth, and who moved them, is not for everybody."""
    left_out = frozenset() if rights.sees_costs(principal) else COSTS
    if not rights.sees_people(principal):
        left_out |= {"actor"}
    return {name: field for name, field in MOVEMENT_COLUMNS.items() if name not in left_out}


class Movements(RoleAsked, StockWrite, Listing):
    """Movements of stock in your stores, as they were recorded, latest first.

    POST books receipts, customer returns or sales of one store, all or none. For a sale, what is
    not there is refused, unless the store's policy books it.
    """

    http_method_names = ["get", "head", "post"]
    model = "stockmovement"
    verb = "add"
    right = rights.STOCK
    write_right = rights.STOCK_WRITE
    serializer_class = MovementOut
    filterset_class = MovementFilters
    orderings = {"id": "pk"}
    default_ordering = "-id"
    body = MovementsIn

    @extend_schema(responses={201: PostingOut})
    def post(self, request: Request, **address: Any) -> HttpResponse:
        return super().post(request, **address)

    def get_queryset(self) -> QuerySet[StockMovement]:
        return stock.movements_visible_to(self.request.user)

    def get_columns(self) -> Mapping[str, str]:
        return movement_columns(self.request.user)

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        principal = self.request.user
        found = look_up(principal, [(said["store"], said["lines"])])
        store_id, products = found.ids_of(said["store"], said["lines"])
        sign = -1 if said["kind"] == MovementKind.SALE else 1
        refuse_fractions(
            quantities=(
                (product, line["quantity"])
                for product, line in zip(products, said["lines"], strict=True)
            )
        )
        posting = self.posting(said)
        posted = movements.post(
            posting=posting,
            kind=MovementKind(said["kind"]),
            moves=[
                Move(
                    store_id,
                    product,
                    sign * line["quantity"],
                    unit_cost=line.get("unit_cost"),
                    note=line.get("note", ""),
                )
                for product, line in zip(products, said["lines"], strict=True)
            ],
            document=Document(**said.get("document", {})),
            at=happened(said),
        )
        warnings = stock.worth_a_warning(store_id=store_id, product_ids=products)
        return Answer(
            201,
            {
                "posting": posting,
                "kind": said["kind"],
                "lines": _lines(posted, found.skus, with_costs=rights.sees_costs(principal)),
                "warnings": [
                    {"code": "stock-short", "product": w.product, "sku": w.sku, "short": w.short}
                    for w in warnings
                ],
            },
        )


class OneMovement(RoleAsked, Endpoint):
    model = "stockmovement"
    right = rights.STOCK
    serializer_class = MovementOut

    def get(self, request: Request, *, pk: UUID) -> Response:
        visible = stock.movements_visible_to(request.user)
        return Response(one_row(visible, pk=pk, columns=movement_columns(request.user)))


def happened(said: Mapping[str, Any]) -> Any:
    """When it happened: as told, but for the future; now where nothing is told."""
    now = timezone.now()
    at = said.get("at", now)
    if at > now + CLOCKS_DIFFER:
        told = ErrorDetail(_("It cannot have happened later than now."), code="out-of-range")
        raise ValidationError({"at": [told]})
    return at


def _lines(
    posted: list[Posted], skus: Mapping[int, str], *, with_costs: bool
) -> list[dict[str, Any]]:
    names = ("quantity", "balance") + ("unit_cost", "value") * with_costs
    return [
        {
            "line": one.line_no,
            "id": one.id,
            "product": one.product_id,
            "sku": skus[one.product_id],
            **{name: getattr(one, name) for name in names},
        }
        for one in posted
    ]

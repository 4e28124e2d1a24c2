"""What the stores have, and what of it can be promised."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.platform.bodies import not_found
from epm.platform.endpoints import LARGEST_ID, Endpoint, Listing, same_names
from epm.platform.problems import InvalidParameter
from inventory.api.naming import absent_lines
from inventory.api.stock_bodies import AvailabilityIn, word_of
from inventory.api.stock_filters import AvailabilityFilters, LevelFilters
from inventory.api.stock_serializers import AvailabilityOut, LevelOut, OneLevelOut
from inventory.models import StockLevel
from inventory.selectors import holds, names, stock
from inventory.selectors.names import Word

COSTS: Final = frozenset({"value", "average_cost"})
LEVEL_COLUMNS: Final = same_names(LevelOut) | {
    "store": "store__code",
    "product": "product_id",
    "sku": "product__sku",
}
NOTHING: Final = (
    "on_hand", "reserved", "unavailable", "shortfall", "available", "value",
)  # fmt: skip


def level_columns(principal: Principal) -> Mapping[str, str]:
    """What it is worth is not for everybody."""
    left_out = frozenset() if rights.sees_costs(principal) else COSTS
    return {name: field for name, field in LEVEL_COLUMNS.items() if name not in left_out}


class Stock(Listing):
    """Stock levels of your stores: one row for each product that a store has or had."""

    right = rights.STOCK
    serializer_class = LevelOut
    filterset_class = LevelFilters
    orderings = {"id": "pk", "product": "product_id"}
    default_ordering = "id"

    def get(self, request: Request, **kwargs: Any) -> Response:
        answer = super().get(request, **kwargs)
        for level in answer.data["results"]:
            level["reserved"] = _reserved(level)
        return answer

    def get_queryset(self) -> QuerySet[StockLevel]:
        return stock.with_available(stock.levels_visible_to(self.request.user))

    def get_columns(self) -> Mapping[str, str]:
        return level_columns(self.request.user)


class OneLevel(Endpoint):
    """One product, by its SKU or id, in one store. What a store never had, it has 0 of."""

    right = rights.STOCK
    serializer_class = OneLevelOut

    def get(self, request: Request, *, store: str, product: str) -> Response:
        words: list[Word] = [product]
        if product.isascii() and product.isdigit() and len(product) < 19:
            words.append(int(product))
        found = names.named(request.user, stores=[store], products=words)
        product_id = next((found.product_ids[w] for w in words if w in found.product_ids), None)
        if store not in found.store_ids or product_id is None:
            raise Http404
        store_id = found.store_ids[store]
        names_of = {"store": found.codes[store_id], "sku": found.skus[product_id]}
        return Response(
            _one_level(request.user, store_id=store_id, product_id=product_id) | names_of
        )


def _one_level(principal: Principal, *, store_id: int, product_id: int) -> dict[str, Any]:
    columns = level_columns(principal)
    visible = stock.with_available(stock.levels_visible_to(principal))
    row = visible.filter(store=store_id, product=product_id).values_list(*columns.values()).first()
    level = dict(zip(columns, row or (None,) * len(columns), strict=True))
    if row is None:
        level |= {name: stock.NONE for name in NOTHING if name in columns}
    level["reserved"] = _reserved(level)
    kept = holds.promised(store_id=store_id, product_id=product_id)
    return {
        **level,
        "product": product_id,
        "reasons": stock.unavailable_by_reason(store_id=store_id, product_id=product_id),
        "held": kept.held,
        "committed": kept.committed,
    }


def _reserved(level: Mapping[str, Any]) -> Decimal:
    """What is promised at the moment of `available`: without holds that are over by the clock."""
    reserved: Decimal = level["on_hand"] - level["unavailable"] - level["available"]
    return reserved


class Availability(Endpoint):
    """What can be promised of many products, in the stores that are named. Reads, in either way."""

    http_method_names = ["get", "head", "post"]
    right = rights.STOCK
    serializer_class = AvailabilityOut
    filterset_class = AvailabilityFilters
    own_words = frozenset({"product", "sku", "store"})

    def get(self, request: Request) -> Response:
        asked = self.parameters()
        products: list[Word] = [_id(text) for text in asked["product"]] + asked["sku"]
        if not products:
            raise InvalidParameter.of("product", "required", _("Name a product or an SKU."))
        found = names.named(request.user, stores=asked["store"], products=products)
        for name, words, known in (
            ("product", products[: len(asked["product"])], found.product_ids),
            ("sku", asked["sku"], found.product_ids),
            ("store", asked["store"], found.store_ids),
        ):
            if any(word not in known for word in words):
                raise InvalidParameter.of(name, "not-found", _("Nothing has this name."))
        return _answer(request.user, found.skus, found.codes if asked["store"] else None)

    @extend_schema(request=AvailabilityIn)
    def post(self, request: Request) -> Response:
        body = AvailabilityIn(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        asked = [word_of(line) for line in said["lines"]]
        found = names.named(request.user, stores=said["stores"], products=asked)
        wrong = absent_lines(asked, found.product_ids)
        if any(word not in found.store_ids for word in said["stores"]):
            wrong["stores"] = not_found()
        if wrong:
            raise ValidationError(wrong)
        return _answer(request.user, found.skus, found.codes)


def _answer(
    principal: Principal, products: Collection[int], stores: Collection[int] | None
) -> Response:
    rows = stock.availability(product_ids=products, store_ids=stores, principal=principal)
    return Response(
        {
            "results": [
                {
                    "store": row.store,
                    "product": row.product_id,
                    "sku": row.sku,
                    "on_hand": row.on_hand,
                    "available": row.available,
                }
                for row in rows
            ]
        }
    )


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= LARGEST_ID):
        raise InvalidParameter.of("product", "invalid", _("A whole number."))
    return int(text)

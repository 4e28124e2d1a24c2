"""Which prices hold in a store."""

from datetime import date
from typing import Any, Final

from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.filters import ids_of
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, stores_visible_to
from epm.organization.models import Store
from epm.platform.endpoints import LARGEST_ID, Endpoint
from epm.platform.filters import (
    MOST_CODES,
    CodesFilter,
    DateFilter,
    IdFilter,
    StrictFilterSet,
    TextFilter,
)
from epm.platform.problems import InvalidParameter
from inventory.models import ListKind
from inventory.selectors.lowest_prices import lowest_before
from inventory.selectors.prices import Price, business_day, prices_of, reasons_of
from inventory.selectors.products import by_folded_sku, products_visible_to

LONGEST: Final = len(str(LARGEST_ID)) - 1


class PriceOut(serializers.Serializer):
    product = serializers.IntegerField(help_text="Its id.")
    sku = serializers.CharField()
    price = serializers.DecimalField(
        18, 6, allow_null=True, help_text="Including tax; null when unknown."
    )
    list = serializers.CharField(
        allow_null=True, help_text="Code of the list it is by; null: the product's own price."
    )
    list_name = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(ListKind.choices, allow_null=True)
    starts_on = serializers.DateField(allow_null=True, help_text="First day of the list.")
    ends_on = serializers.DateField(allow_null=True, help_text="Last day of the list.")
    lowest_30_days = serializers.DecimalField(
        18,
        6,
        allow_null=True,
        help_text="Beside a promotion: the lowest price in force in the 30 days before it began"
        " (Directive 98/6/EC, article 6a); null when unknown, and beside no reduction.",
    )


class PricesOut(serializers.Serializer):
    store = serializers.CharField()
    currency = serializers.CharField()
    on = serializers.DateField(help_text="The business day of the prices.")
    rows = PriceOut(many=True, help_text="By SKU; what there is not is left out.")


class ReasonOut(serializers.Serializer):
    list = serializers.CharField(help_text="Code of the list.")
    list_name = serializers.CharField()
    kind = serializers.ChoiceField(ListKind.choices)
    is_of_store = serializers.BooleanField(help_text="A list of this store; else the chain's.")
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    price = serializers.DecimalField(18, 6, help_text="Including tax.")


class ReasonsOut(serializers.Serializer):
    store = serializers.CharField()
    on = serializers.DateField()
    product = serializers.IntegerField()
    sale_price = serializers.DecimalField(
        18, 6, allow_null=True, help_text="The product's own, which holds without any list."
    )
    lists = ReasonOut(many=True, help_text="In the order of the rule: the first one holds.")


class PriceFilters(StrictFilterSet):
    store = TextFilter(label="Code of the store.", required=True)
    product = CodesFilter(label="Ids of products; repeat it.")
    sku = CodesFilter(label="SKUs, in any case; repeat it.")
    on = DateFilter(label="The business day; the store's present one unless given.")


class ReasonFilters(StrictFilterSet):
    store = TextFilter(label="Code of the store.", required=True)
    product = IdFilter(label="Id of the product.", required=True)
    on = DateFilter(label="The business day; the store's present one unless given.")


class Prices(Endpoint):
    """The prices that hold in a store on a day, of at most 200 products."""

    right = rights.CATALOGUE
    serializer_class = PricesOut
    filterset_class = PriceFilters

    def get(self, request: Request) -> Response:
        asked = self.parameters()
        store, on = _place_and_day(request.user, asked)
        products = _products(request.user, asked)
        rows = _rows(products, store_id=store.pk, on=on)
        return Response({"store": store.code, "currency": store.currency, "on": on, "rows": rows})


class PriceReasons(Endpoint):
    """Why a price holds: every list that says one for the product there and then."""

    right = rights.CATALOGUE
    serializer_class = ReasonsOut
    filterset_class = ReasonFilters

    def get(self, request: Request) -> Response:
        asked = self.parameters()
        store, on = _place_and_day(request.user, asked)
        product = products_visible_to(request.user).filter(pk=asked["product"]).first()
        if product is None:
            raise InvalidParameter.of("product", "not-found", _("Nothing has this id."))
        lists = [
            {
                "list": by.code,
                "list_name": by.name,
                "kind": by.kind,
                "is_of_store": by.is_of_store,
                "starts_on": by.starts_on,
                "ends_on": by.ends_on,
                "price": by.price,
            }
            for by in reasons_of(product.pk, store.pk, on)
        ]
        told = {"product": product.pk, "sale_price": product.sale_price, "lists": lists}
        return Response({"store": store.code, "on": on, **told})


def _place_and_day(principal: Principal, asked: dict[str, Any]) -> tuple[Store, date]:
    visible = stores_visible_to(principal)
    [store_id] = ids_of(visible, [asked["store"]], parameter="store")
    store = visible.get(pk=store_id)
    return store, asked["on"] or business_day(store, at=timezone.now())


def _products(principal: Principal, asked: dict[str, Any]) -> list[int]:
    ids, skus = asked["product"] or [], asked["sku"] or []
    if not ids and not skus:
        raise InvalidParameter.of("product", "required", _("Name products or SKUs."))
    if len(ids) + len(skus) > MOST_CODES:
        raise InvalidParameter.of("product", "too-many", _("Too many values."))
    if any(not (one.isascii() and one.isdigit() and len(one) <= LONGEST) for one in ids):
        raise InvalidParameter.of("product", "invalid", _("This is no id."))
    visible = products_visible_to(principal)
    found = set(visible.filter(pk__in=[int(one) for one in ids]).values_list("pk", flat=True))
    if skus:
        folded: Any = by_folded_sku(visible)
        named = folded.filter(folded_sku__in=[Lower(Value(sku)) for sku in skus])
        found.update(named.values_list("pk", flat=True))
    return sorted(found)


def _rows(products: list[int], *, store_id: int, on: date) -> list[dict[str, Any]]:
    prices = prices_of(products, store_id, on)
    reduced = [
        (one.product_id, one.by.list_id)
        for one in prices
        if one.by and one.by.kind == ListKind.PROMOTION
    ]
    lowest = lowest_before(reduced, store_id=store_id)
    return [_row(one, lowest=lowest) for one in prices]


def _row(one: Price, *, lowest: Any) -> dict[str, Any]:
    by = one.by
    return {
        "product": one.product_id,
        "sku": one.sku,
        "price": one.price,
        "list": by and by.code,
        "list_name": by and by.name,
        "kind": by and by.kind,
        "starts_on": by and by.starts_on,
        "ends_on": by and by.ends_on,
        "lowest_30_days": by and lowest.get((one.product_id, by.list_id)),
    }

"""Stocktakes over the API: plan, count by scanner, judge, post."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, stores_visible_to
from epm.platform import versions
from epm.platform.bodies import Nothing, StrictSerializer
from epm.platform.endpoints import Endpoint, Listing
from epm.platform.writes import Answer, WriteEndpoint
from inventory.api.filters import StocktakeFilters
from inventory.api.naming import NamedWrite, products_of, skus_of
from inventory.api.stocktake_answers import (
    COLUMNS,
    name_of,
    tag_of,
    told_of,
    visible,
)
from inventory.api.stocktake_bodies import (
    CancelIn,
    CountedOut,
    CountIn,
    OneStocktakeOut,
    RecountIn,
    StocktakeIn,
    StocktakeLineOut,
    StocktakeOut,
)
from inventory.models import CountKind, Stocktake, StocktakeLine
from inventory.selectors import stocktakes as asked
from inventory.selectors.barcodes import FINEST
from inventory.selectors.categories import categories_visible_to
from inventory.services import stocktake_counts, stocktakes
from inventory.services.stocktake_counts import Counted
from inventory.services.stocktakes import Tolerance

LINE_COLUMNS: Final = {
    "id": "id", "product": "product_id", "sku": "product__sku", "round": "round",
    "counted": "counted", "counted_at": "counted_at", "counted_by": "counted_by",
    "found": "found", "moved": "moved", "expected": "book", "variance": "variance",
    "variance_value": "variance_value",
}  # fmt: skip
EXPECTED: Final = frozenset({"expected", "variance", "variance_value", "found"})


class Stocktakes(NamedWrite, Listing):
    """Stocktakes of your stores; plan one."""

    http_method_names = ["get", "head", "post"]
    right = rights.STOCK
    write_right = rights.STOCK_WRITE
    body = StocktakeIn
    serializer_class = StocktakeOut
    filterset_class = StocktakeFilters
    columns = COLUMNS
    orderings = {"id": "pk", "scheduled_on": "scheduled_on"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[Stocktake]:
        return asked.stocktakes_visible_to(self.request.user)

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        store = stores_visible_to(self.request.user).filter(code=said["store"]).first()
        if store is None:
            raise ValidationError({"store": [_("There is no such store.")]})
        made = stocktakes.schedule(
            store_id=store.pk,
            on=said["scheduled_on"],
            category_ids=_categories(self.request.user, said.get("categories")),
            product_ids=_products(self.request.user, said.get("products")),
            blind=said.get("blind", True),
            tolerance=_tolerance(self.request.user, said.get("tolerance")),
            note=said.get("note", ""),
        )
        told = told_of(self.request.user, made.pk)
        return Answer(
            201, told, {**tag_of(told), "Location": f"/api/v1/stock/stocktakes/{made.pk}"}
        )


class OneStocktake(Endpoint):
    """One stocktake, with how far it is."""

    right = rights.STOCK
    serializer_class = OneStocktakeOut

    def get(self, request: Request, *, pk: int) -> Response:
        told = told_of(request.user, pk)
        return Response(told, headers=tag_of(told))


class StocktakeLines(Listing):
    """Its products. What the books expect only where you may see it, and blind only in review."""

    right = rights.STOCK
    serializer_class = StocktakeLineOut
    columns = LINE_COLUMNS
    orderings = {"id": "pk"}
    default_ordering = "id"

    def get_queryset(self) -> QuerySet[StocktakeLine]:
        lines = asked.lines_visible_to(self.request.user)
        return lines.filter(stocktake=visible(self.request.user, self.kwargs["pk"]))

    def get_columns(self) -> Mapping[str, str]:
        user = self.request.user
        hidden = set[str]()
        if not asked.sees_expected(user, visible(user, self.kwargs["pk"])):
            hidden |= EXPECTED
        if not rights.sees_costs(user):
            hidden.add("variance_value")
        if not rights.sees_people(user):
            hidden.add("counted_by")
        return {name: field for name, field in self.columns.items() if name not in hidden}


class Step(NamedWrite):
    """A step of a stocktake; If-Match names the version you saw."""

    write_right = rights.STOCK_WRITE
    serializer_class = OneStocktakeOut
    success = 200
    edits = True
    body: ClassVar[type[StrictSerializer]] = Nothing
    permission: ClassVar[str] = "inventory.change_stocktake"

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        stocktake = visible(self.request.user, address["pk"])
        if isinstance(self.request.user, User) and not self.request.user.has_perm(self.permission):
            raise PermissionDenied
        locked = Stocktake.objects.select_for_update(no_key=True).get(pk=stocktake.pk)
        versions.refuse_stale(seen=self.seen, now=locked.version)
        self.take(stocktake.pk, said)
        told = told_of(self.request.user, stocktake.pk)
        return Answer(200, told, tag_of(told))

    def take(self, pk: int, said: dict[str, Any]) -> object:
        """The one call of the service."""
        raise NotImplementedError


class Start(Step):
    """Note what the books say; counting begins."""

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return stocktakes.start(stocktake_id=pk, now=timezone.now())


class Review(Step):
    """End the counting."""

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return stocktakes.review(stocktake_id=pk)


class Recount(Step):
    """Count these lines again."""

    body = RecountIn

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return stocktakes.recount(stocktake_id=pk, line_ids=said["lines"])


class ZeroUncounted(Step):
    """Say that there is nothing of what was not counted; a person's decision, never a key's."""

    permission = "inventory.add_uncountedaszero"

    def take(self, pk: int, said: dict[str, Any]) -> object:
        if not isinstance(self.request.user, User):
            raise PermissionDenied
        return stocktakes.zero_uncounted(
            stocktake_id=pk, act=uuid4(), by=name_of(self.request.user), now=timezone.now()
        )


class Approve(Step):
    """Accept what was found; beyond the tolerance only by a person above who counted."""

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return stocktakes.approve(
            stocktake_id=pk, by=name_of(self.request.user), above=_above(self.request.user)
        )


class Post(Step):
    """Book what every counted line was off by."""

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return stocktakes.post(stocktake_id=pk, now=timezone.now())


class Cancel(Step):
    """Give it up; nothing is booked."""

    body = CancelIn

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return stocktakes.cancel(stocktake_id=pk, reason=said["reason"])


class Count(NamedWrite):
    """Count products by code or id: add to what was counted, or set it. Several may at once."""

    write_right = rights.STOCK_COUNT
    body = CountIn
    serializer_class = CountedOut
    success = 200

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        stocktake = visible(self.request.user, address["pk"])
        counted = stocktake_counts.count(
            stocktake_id=stocktake.pk,
            lines=self._seen(stocktake, said["lines"]),
            kind=CountKind(said["mode"]),
            act=uuid4(),
            by=name_of(self.request.user),
            now=timezone.now(),
        )
        skus = skus_of(self.request.user, counted)
        told = [
            {"product": each, "sku": skus[each], "counted": counted[each]}
            for each in sorted(counted)
        ]
        return Answer(200, {"lines": told})

    def _seen(self, stocktake: Stocktake, lines: Sequence[Mapping[str, Any]]) -> list[Counted]:
        """Each line as so much of a product: a pack's barcode counts its pack."""
        codes = {line["code"] for line in lines if "code" in line}
        now = timezone.now()
        scans = {
            each: asked.seen(self.request.user, stocktake, code=each, at=now) for each in codes
        }
        seen = [scans.get(line.get("code")) for line in lines]
        named = [
            line if scan is None else {"product": scan[0]}
            for line, scan in zip(lines, seen, strict=True)
        ]
        times = [Decimal(1) if scan is None else scan[1] for scan in seen]
        return [
            Counted(product, (line["quantity"] * each).quantize(FINEST))
            for line, product, each in zip(
                lines, products_of(self.request.user, named), times, strict=True
            )
        ]


def _above(principal: Principal) -> bool:
    return isinstance(principal, User) and principal.has_perm("inventory.change_stocktakevariance")


def _tolerance(principal: Principal, said: Mapping[str, Any] | None) -> Tolerance:
    if said is None:
        return stocktakes.USUAL
    if not _above(principal):
        raise PermissionDenied
    return Tolerance(said.get("units"), said.get("percent"), said.get("value"))


def _categories(principal: Principal, codes: list[str] | None) -> list[int] | None:
    if codes is None:
        return None
    found = dict(categories_visible_to(principal).filter(code__in=codes).values_list("code", "pk"))
    if unknown := [code for code in codes if code not in found]:
        raise ValidationError(
            {"categories": [_("There is no category %(code)s.") % {"code": unknown[0]}]}
        )
    return sorted(found.values())


def _products(principal: Principal, codes: list[str] | None) -> list[int] | None:
    if codes is None:
        return None
    return sorted(set(products_of(principal, [{"code": code} for code in codes])))


STEPS: Final[Mapping[str, type[WriteEndpoint]]] = {
    "start": Start, "count": Count, "review": Review, "recount": Recount,
    "zero-uncounted": ZeroUncounted, "approve": Approve, "post": Post, "cancel": Cancel,
}  # fmt: skip

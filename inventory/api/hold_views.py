"""Keep goods back for a basket: held, extended, committed to an order, handed over, let go.

A basket is the credential's that held it. To anybody else it is not there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from epm.access.selectors import rights
from epm.platform.bodies import Nothing
from epm.platform.endpoints import Endpoint
from epm.platform.idempotency import Asked, Reply
from epm.platform.ids import uuid7
from epm.platform.renderers import as_json
from epm.platform.writes import Answer, credential
from inventory.api.hold_once import ENDS, Wish, hold_once
from inventory.api.movement_views import happened
from inventory.api.naming import StockWrite, resolved
from inventory.api.stock_bodies import CommitIn, ConsumeIn, ExtendIn, HoldIn, seconds_of
from inventory.api.stock_serializers import BasketOut, ConsumedOut, HoldOut
from inventory.selectors import holds
from inventory.selectors.holds import Basket
from inventory.services import reservations
from inventory.services.movements import Document
from inventory.services.reservations import NoSuchHold, Wanted
from inventory.services.retelling import STORED

HOLDS: Final = "/api/v1/stock/holds"


def quota() -> int | None:
    """How many lines one credential may hold at once; 0 in the settings: any number."""
    return settings.EPM_HOLDS_PER_CONSUMER or None


def wanted(products: Iterable[int], lines: Iterable[Mapping[str, Any]]) -> list[Wanted]:
    """What is asked of each product, in their order; several lines of one are added up."""
    sums: dict[int, Decimal] = {}
    for product, line in zip(products, lines, strict=True):
        sums[product] = sums.get(product, Decimal(0)) + line["quantity"]
    return [Wanted(product, sums[product]) for product in sorted(sums)]


def told(basket: UUID, ends: datetime | str, lines: Iterable[Wanted]) -> dict[str, Any]:
    """A basket that was held just now."""
    return {
        "basket": basket,
        "expires_at": ends,
        "lines": [
            {"product": line.product_id, "quantity": line.quantity.quantize(STORED)}
            for line in lines
        ],
    }


class BasketWrite(StockWrite):
    """One step of a basket. What is answered is how it stands afterwards."""

    right = rights.STOCK
    write_right = rights.STOCK_WRITE
    serializer_class: type[Serializer] = BasketOut
    success = 200

    def standing(self, basket: UUID) -> Basket:
        """Raise NoSuchHold: whatever was done to a basket that is not there is undone then."""
        found = holds.basket_visible_to(self.request.user, basket=basket, holder=self.holder)
        if found is None:
            raise NoSuchHold(_("No basket of yours has this key."))
        return found

    def held(
        self, basket: UUID, said: Mapping[str, Any], *, store_id: int, products: Iterable[int]
    ) -> dict[str, Any] | None:
        """The basket as it is held now; None: it was held before. Raise what `hold` raises."""
        lines = wanted(products, said["lines"])
        ends = reservations.hold(
            basket=basket,
            store_id=store_id,
            lines=lines,
            holder=self.holder,
            seconds=seconds_of(said),
            quota=quota(),
        )
        return None if ends is None else told(basket, ends, lines)

    def answered(self, basket: UUID, **more: Any) -> Answer:
        return Answer(200, shown(basket, self.standing(basket)) | more)


class Holds(BasketWrite):
    """Keep all lines of a basket back, or none; for a quarter of an hour unless told.

    200 instead of 201: the very basket was held before, and this is how it stands.
    """

    body = HoldIn
    serializer_class = HoldOut
    success = 201

    def done(
        self, asked: Asked, said: dict[str, Any], address: dict[str, Any]
    ) -> tuple[Reply, bool]:
        """In one statement what is plain: the level is locked for no round trip."""
        try:
            store_id, products = self._resolved(said)
        except ValidationError:  # it may have been answered when they were there
            return super().done(asked, said, address)
        basket = said.get("basket") or uuid7(at=timezone.now())
        lines = wanted(products, said["lines"])
        place = {"Content-Type": "application/json", "Location": f"{HOLDS}/{basket}"}
        found = hold_once(
            asked,
            Wish(basket, store_id, lines, seconds_of(said), quota()),
            answer=as_json(told(basket, ENDS, lines)).decode(),
            headers=place,
        )
        return found or super().done(asked, said, address)

    def _resolved(self, said: Mapping[str, Any]) -> tuple[int, list[int]]:
        principal = self.request.user
        return resolved(principal, store=said["store"], lines=said["lines"], trusting=True)

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        store_id, products = self._resolved(said)
        basket = said.get("basket") or uuid7(at=timezone.now())
        hold = self.held(basket, said, store_id=store_id, products=products)
        if hold is None:
            return self.answered(basket)
        return Answer(201, hold, {"Location": f"{HOLDS}/{basket}"})


class OneHold(Endpoint):
    """How a basket of yours stands."""

    right = rights.STOCK
    serializer_class = BasketOut

    def get(self, request: Request, *, basket: UUID) -> Response:
        holder, _name = credential(request.user)
        found = holds.basket_visible_to(request.user, basket=basket, holder=holder)
        if found is None:
            raise NoSuchHold(_("No basket of yours has this key."))
        return Response(shown(basket, found))


class ExtendHold(BasketWrite):
    """Let a basket run on: three times at most, and no longer than an hour in all."""

    body = ExtendIn

    def write(self, said: dict[str, Any], *, basket: UUID) -> Answer:
        reservations.extend(basket=basket, holder=self.holder, seconds=seconds_of(said))
        return self.answered(basket)


class CommitHold(BasketWrite):
    """Give a basket to an order: it has no end any more. Again is harmless."""

    body = CommitIn

    def write(self, said: dict[str, Any], *, basket: UUID) -> Answer:
        document = Document(**said["document"])
        reservations.commit(basket=basket, holder=self.holder, document=document)
        return self.answered(basket)


class ReleaseHold(BasketWrite):
    """Let go of what a basket still keeps back. Again is harmless."""

    body = Nothing

    def write(self, said: dict[str, Any], *, basket: UUID) -> Answer:
        reservations.release(basket=basket, holder=self.holder)
        return self.answered(basket)


class ConsumeHold(BasketWrite):
    """Hand over what a basket keeps back, or a part of it: it leaves the stock as sold."""

    body = ConsumeIn
    serializer_class = ConsumedOut

    def write(self, said: dict[str, Any], *, basket: UUID) -> Answer:
        before = self.standing(basket)
        posting = self.posting(said)
        reservations.consume(
            basket=basket,
            holder=self.holder,
            posting=posting,
            document=_document(said, before),
            at=happened(said),
            quantities=self._quantities(said, before),
        )
        return self.answered(basket, posting=posting)

    def _quantities(self, said: Mapping[str, Any], basket: Basket) -> dict[int, Decimal] | None:
        if "lines" not in said:
            return None
        known: dict[str | int, int] = {line.product: line.product for line in basket.lines}
        known |= {line.sku.lower(): line.product for line in basket.lines}
        products = []
        for number, line in enumerate(said["lines"]):
            word = line["product"] if "product" in line else line["sku"].lower()
            if word not in known:
                name = "product" if "product" in line else "sku"
                error = ErrorDetail(_("The basket has none of it."), code="not-found")
                wrong: Any = {number: {name: [error]}}
                raise ValidationError({"lines": wrong})
            products.append(known[word])
        return {one.product_id: one.quantity for one in wanted(products, said["lines"])}


def _document(said: Mapping[str, Any], basket: Basket) -> Document:
    if "document" in said:
        return Document(**said["document"])
    return Document(basket.document_kind, basket.document_ref)


def shown(basket: UUID, found: Basket) -> dict[str, Any]:
    """A basket as it stands."""
    shown = {"basket": basket} | asdict(found)
    del shown["store_id"]
    return shown

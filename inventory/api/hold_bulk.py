"""Many baskets in one request, each with its own outcome."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from epm.platform import problems
from epm.platform.bodies import TooManyLines
from epm.platform.ids import uuid7
from epm.platform.refusals import Refusal
from epm.platform.writes import Answer
from inventory.api.hold_views import BasketWrite, shown
from inventory.api.naming import Found, in_words, look_up
from inventory.api.stock_bodies import MOST_ASKED, ManyHoldsIn
from inventory.api.stock_serializers import OutcomesOut
from inventory.services import reservations
from inventory.services.stock_refusals import InsufficientStock


class ManyHolds(BasketWrite):
    """Hold up to 100 baskets (1,000 lines): each all or none, whatever becomes of the others.

    They are held one after the other, in their order. All their levels are locked first, in the one
    order that everybody takes: two requests never wait for each other in a circle.
    """

    body = ManyHoldsIn
    serializer_class = OutcomesOut

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        baskets = said["baskets"]
        if sum(len(one["lines"]) for one in baskets) > MOST_ASKED:
            raise TooManyLines(
                _("At most %(most)d lines are taken at once.") % {"most": MOST_ASKED}
            )
        found = look_up(
            self.request.user, [(one["store"], one["lines"]) for one in baskets], trusting=True
        )
        reservations.lock(levels=_levels(baskets, found))
        results = []
        for one in baskets:
            basket = one.get("basket") or uuid7(at=timezone.now())
            results.append({"basket": basket} | self._outcome(basket, one, found))
        return Answer(200, {"results": results})

    def _outcome(self, basket: UUID, said: Mapping[str, Any], found: Found) -> dict[str, Any]:
        try:
            with transaction.atomic():
                return self._held(basket, said, found)
        except InsufficientStock as short:
            lines = said["lines"]
            return self._refusal(in_words(short, self.request.user, lines=lines))
        except (Refusal, ValidationError) as refusal:
            return self._refusal(refusal)

    def _held(self, basket: UUID, said: Mapping[str, Any], found: Found) -> dict[str, Any]:
        store_id, products = found.ids_of(said["store"], said["lines"])
        hold = self.held(basket, said, store_id=store_id, products=products)
        if hold is None:
            return {"status": 200, "hold": shown(basket, self.standing(basket))}
        return {"status": 201, "hold": hold}

    def _refusal(self, refusal: Refusal | ValidationError) -> dict[str, Any]:
        answer = problems.handle(refusal, {"view": self})
        if answer is None:
            raise refusal
        return {"status": answer.status_code, "problem": orjson.loads(answer.content)}


def _levels(baskets: list[dict[str, Any]], found: Found) -> set[tuple[int, int]]:
    """Of those baskets whose names are all known."""
    levels: set[tuple[int, int]] = set()
    for one in baskets:
        try:
            store_id, products = found.ids_of(one["store"], one["lines"])
        except ValidationError:
            continue
        levels.update((store_id, product) for product in products)
    return levels

"""Tickets come in: one at once, or many that were sold offline."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.platform import idempotency, problems
from epm.platform.actor import acting_as
from epm.platform.endpoints import Endpoint
from epm.platform.idempotency import Asked, Reply
from epm.platform.refusals import Refusal
from epm.platform.renderers import as_json
from epm.platform.writes import Answer, WriteEndpoint, refuse_unreadable
from inventory.services.retelling import in_names
from inventory.services.stock_refusals import InsufficientStock
from sales.api import refused_tickets
from sales.api.card_guesses import counted_on
from sales.api.selling import SALES, sold_once
from sales.api.till_bodies import BatchIn, BatchOut, QuoteOut, TicketIn
from sales.api.till_reading import basket_of
from sales.api.till_shortages import short_of
from sales.api.views import Sales
from sales.selectors import tickets
from sales.selectors.refused_tickets import known_among
from sales.services.till import recording, refused, returning
from sales.services.till.basket import Basket
from sales.services.till.recording import Reckoned, Recorded
from sales.services.till.refusals import TicketDismissed


class Tickets(WriteEndpoint, Sales):
    """Sales of your stores, latest first; a POST is a ticket of a till.

    The server knows prices, taxes and rules: it compares what the till says, moves the stock, and
    numbers the ticket without a gap. 200 instead of 201: the ticket was known already.
    """

    http_method_names = ["get", "head", "post"]
    write_right = rights.TILLS_WRITE
    body = TicketIn

    def done(
        self, asked: Asked, said: dict[str, Any], address: dict[str, Any]
    ) -> tuple[Reply, bool]:
        """In one statement what is plain. What is not may have been answered before."""
        with counted_on(self.request, said):
            reckoned = self._reckoned(said)
            sold = sold_once(asked, reckoned) if reckoned else None
            return sold or super().done(asked, said, address)

    def _reckoned(self, said: Mapping[str, Any]) -> Reckoned | None:
        """None where a lock comes first, as goods come back, and where it is refused."""
        try:
            basket = self._basket(said)
            if returning.gives_back(basket):
                return None
            return recording.reckon(basket=basket, now=timezone.now())
        except (Refusal, ValidationError):
            return None

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        recorded = recording.record(basket=self._basket(said), now=timezone.now())
        return answered(recorded)

    def retold(self, refusal: Refusal) -> Refusal | ValidationError:
        if isinstance(refusal, InsufficientStock):
            refusal = short_of(self.basket, principal=self.request.user) or refusal
        return in_names(refusal=refusal, principal=self.request.user)

    def _basket(self, said: Mapping[str, Any]) -> Basket:
        request = self.request
        self.basket = basket_of(request.user, said, told=request.data, now=timezone.now())
        return self.basket


def answered(recorded: Recorded) -> Answer:
    """A ticket: 201 when it is new, 200 when it was known."""
    place = {"Location": f"{SALES}/{recorded.sale_id}"}
    return Answer(200 if recorded.again else 201, tickets.ticket_told(recorded.sale_id), place)


class Batch(WriteEndpoint):
    """Catch up with what was sold offline, up to 200 tickets: each has its own outcome.

    Goods that were handed over are not refused: what the books do not have, what a rule forbids or
    what was reckoned otherwise is taken and told in `discrepancies`. A ticket whose session is
    closed goes into a late session of its business day.
    """

    write_right = rights.TILLS_WRITE
    body = BatchIn
    serializer_class = BatchOut
    success = 200

    def done(
        self, asked: Asked, said: dict[str, Any], address: dict[str, Any]
    ) -> tuple[Reply, bool]:
        """Each ticket is a transaction by itself; one that was taken stays taken."""
        with transaction.atomic():
            known = idempotency.claim(asked)
        if known is not None:
            return known, True
        came: Any = self.request.data
        self.came_at = timezone.now()  # by which the till's clock is put right
        names = [name for told in came["tickets"] if (name := refused_tickets.name_of(told))]
        self.refused_before = known_among([uuid for _register, uuid in names])
        results = [self._outcome(asked, told, said) for told in came["tickets"]]
        content = as_json({"results": results})
        reply = Reply(200, {"Content-Type": "application/json"}, content)
        idempotency.keep(asked, reply)
        return reply, False

    def _outcome(self, asked: Asked, told: Any, said: Mapping[str, Any]) -> dict[str, Any]:
        uuid = told.get("uuid")
        head = {"uuid": uuid if isinstance(uuid, str) else None}
        is_read = False
        try:
            body = TicketIn(data=told, context=self.get_serializer_context())
            is_read = body.is_valid(raise_exception=True)
            with (
                counted_on(self.request, body.validated_data),
                acting_as(asked.actor, door=asked.door),
            ):
                answer = self._taken(body.validated_data, told, said)
        except (Refusal, ValidationError, problems.Problem) as refusal:
            outcome = self._problem(refusal)
            return head | outcome | self._kept(outcome, told, said, is_read=is_read)
        return head | {"status": answer.status, "ticket": answer.body}

    def _kept(
        self, outcome: Mapping[str, Any], told: Any, said: Mapping[str, Any], *, is_read: bool
    ) -> dict[str, bool]:
        """What is refused for good waits here for a person, too: its goods are gone."""
        name, problem = refused_tickets.name_of(told), outcome["problem"]
        if name is None or outcome["status"] == 429 or problem["code"] == TicketDismissed.code:
            return {}
        return {
            "kept": refused_tickets.keep(
                self.request.user, told, name=name, problem=problem, is_read=is_read,
                clock=said.get("clock"), came_at=self.came_at,
            )
        }  # fmt: skip

    def _taken(self, ticket: Mapping[str, Any], told: Any, said: Mapping[str, Any]) -> Answer:
        basket = basket_of(
            self.request.user,
            ticket,
            told=told,
            now=self.came_at,
            clock=said.get("clock"),
            offline=True,
        )
        name = (basket.register_id, basket.uuid)
        waiting = None
        if name in self.refused_before:
            waiting = refused.lock(register_id=basket.register_id, uuid=basket.uuid)
        if waiting is not None and refused.is_another(waiting=waiting, digest=basket.digest):
            basket.noted.append({"kind": "content-changed"})
        recorded = recording.record(basket=basket, now=timezone.now())
        if waiting is not None:
            refused.settle(refused=waiting, sale_id=recorded.sale_id)
        return answered(recorded)

    def _problem(self, refusal: Exception) -> dict[str, Any]:
        if isinstance(refusal, Refusal):
            refusal = in_names(refusal=refusal, principal=self.request.user)
        answer = problems.handle(refusal, {"view": self})
        if answer is None:
            raise refusal
        return {"status": answer.status_code, "problem": orjson.loads(answer.content)}


class Quote(Endpoint):
    """What a ticket would come to: as a POST to `sales`, but nothing is written or kept.

    Tenders may be left empty. Goods that come back have the price they were sold at.
    """

    http_method_names = ["post"]
    right = rights.SALES
    write_right = rights.TILLS_WRITE
    serializer_class = QuoteOut

    def post(self, request: Request) -> Response:
        refuse_unreadable(request)
        body = TicketIn(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        said = body.validated_data
        basket = basket_of(request.user, said, told=request.data, now=timezone.now())
        with counted_on(request, said):
            reckoned = recording.reckon(basket=basket, now=timezone.now(), unpaid=True)
        lines = reckoned.bill.lines
        return Response({
            "currency": reckoned.bill.till.currency,
            **tickets.sums_of(lines),
            "change": reckoned.change.quantize(tickets.AMOUNT),
            "taxes": reckoned.document["taxes"],
            "lines": [tickets.line_told(line) for line in lines],
        })  # fmt: skip

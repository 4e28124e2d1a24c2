"""What a batch cannot take is kept, as far as it can be read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from rest_framework.exceptions import ValidationError

from epm.access.models import User
from epm.access.selectors.scope import Principal, scope_of
from epm.platform.bodies import IdField, holds_a_card
from epm.platform.problems import flat
from epm.platform.renderers import as_json
from epm.platform.writes import credential
from sales.api.till_bodies import TicketIn
from sales.api.till_reading import basket_of, digest_of
from sales.models import RefusedTicket
from sales.selectors.registers import place_of
from sales.services.till import refused
from sales.services.till.basket import Basket
from sales.services.till.refusals import TicketUnreadable
from sales.services.till.refused import Came

TOLD: Final = ("code", "detail", "errors")
MOST_NAMED: Final = 5


def name_of(told: Mapping[str, Any]) -> tuple[int, UUID] | None:
    """Register and uuid that a ticket says, if it says them."""
    try:
        return IdField().to_internal_value(told.get("register")), UUID(str(told.get("uuid")))
    except (ValidationError, ValueError):
        return None


def keep(
    principal: Principal,
    told: Any,
    *,
    name: tuple[int, UUID],
    problem: Mapping[str, Any],
    is_read: bool,
    clock: datetime | None,
    came_at: datetime,
) -> bool:
    """Whether the ticket is kept: only for a register that whoever sends may see.

    `is_read`: its fields are those of a ticket, and so its notes hold no number of a payment card.
    """
    register_id, uuid = name
    place = place_of(register_id)
    if place is None or not scope_of(principal).allows(place.store_id):
        return False
    kept = {word: problem[word] for word in TOLD if word in problem}
    body = _body(told)
    if not is_read and (body is None or holds_a_card(as_json([body, kept]).decode())):
        body, kept = None, {"code": problem["code"]}
    refused.keep(
        came=Came(
            store_id=place.store_id,
            register_id=register_id,
            uuid=uuid,
            digest=digest_of(told),
            body=body,
            problem=kept,
            sent_by=credential(principal)[1],
            cashier_id=principal.pk if isinstance(principal, User) else None,
            clock=clock,
            came_at=came_at,
        )
    )
    return True


def read(*, refused: RefusedTicket, principal: User) -> Basket:
    """What a kept ticket means now; `principal` sees its store. Raise TicketUnreadable, NotWhole.

    The EPM_TICKET_READER of sales.services.till.refused.
    """
    body = TicketIn(data=refused.body)
    try:
        body.is_valid(raise_exception=True)
        said = body.validated_data
        if refused.cashier is not None:
            said.setdefault("cashier", refused.cashier.get_username())
        return basket_of(
            principal,
            said,
            told=refused.body,
            now=refused.came_at,
            clock=refused.clock,
            offline=True,
            by_another=True,
        )
    except ValidationError as error:
        told = [f"{one['pointer']}: {one['detail']}" for one in flat(error.detail)]
        raise TicketUnreadable(" ".join(told[:MOST_NAMED])) from error


def _body(told: Any) -> Any:
    """As it is kept: decimals are text. None: a whole number of more than 64 bits."""
    try:
        return orjson.loads(as_json(told))
    except TypeError:
        return None

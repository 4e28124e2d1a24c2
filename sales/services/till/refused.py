"""Offline tickets that could not be taken: kept, and settled by the till, or by a person.

The goods are gone and the money is in the drawer, so none is lost sight of: it is booked once what
it names is there, booked as it was by somebody who answers for it, or dismissed with a reason.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.platform.transitions import move
from sales.models import RefusedTicket, TenderKind
from sales.services.till import recording
from sales.services.till.basket import Basket, Paid
from sales.services.till.cards import KINDS, shown_code
from sales.services.till.recording import Recorded
from sales.services.till.refusals import TicketDismissed, TicketUnreadable
from sales.states import REFUSED_TICKET, RefusedTicketState

KEPT: Final = ("digest", "body", "problem", "sent_by", "cashier_id", "clock", "came_at")


@dataclass(frozen=True, slots=True)
class Came:
    """A ticket as it came, and why it was refused; see models/refused.py."""

    store_id: int
    register_id: int
    uuid: UUID
    digest: bytes
    body: Any
    problem: dict[str, Any]
    sent_by: str
    cashier_id: int | None
    clock: datetime | None
    came_at: datetime


def keep(*, came: Came) -> None:
    """Keep a refused ticket, or what became of it the next time; what is settled stays settled.

    What a till said first under a name stays: another content is counted, and not kept.
    """
    told = {name: getattr(came, name) for name in KEPT}
    with transaction.atomic():
        known = _locked(came.register_id, came.uuid)
        if known is None:
            try:
                with transaction.atomic():
                    RefusedTicket.objects.create(
                        store_id=came.store_id, register_id=came.register_id, uuid=came.uuid, **told
                    )
            except IntegrityError:  # the same till sent it twice at once: it is there
                return
        elif known.state == RefusedTicketState.WAITING:
            if is_another(waiting=known, digest=came.digest):
                told = {"came_at": came.came_at}
            for name, said in told.items():
                setattr(known, name, said)
            known.tries += 1
            known.save(update_fields=[*(name.removesuffix("_id") for name in told), "tries"])


def lock(*, register_id: int, uuid: UUID) -> RefusedTicket | None:
    """The one that waits under this name, locked: whoever books it does so alone. None: none does.

    Raise TicketDismissed.
    """
    known = _locked(register_id, uuid)
    if known is not None and known.state == RefusedTicketState.DISMISSED:
        raise TicketDismissed(_("Somebody has settled it otherwise: drop it from the till."))
    return known if known is not None and known.state == RefusedTicketState.WAITING else None


def is_another(*, waiting: RefusedTicket, digest: bytes) -> bool:
    """Whether this content is another than what waits; what could not be read is nothing yet."""
    return waiting.body is not None and bytes(waiting.digest) != digest


def settle(*, refused: RefusedTicket, sale_id: UUID) -> None:
    """It is in the ledger: say as which sale. `refused` is locked. Raise InvalidTransition."""
    refused.sale_id = sale_id
    refused.save(update_fields=["sale"])
    move(REFUSED_TICKET, refused, event="book")


def book(
    *, refused: RefusedTicket, by: User, without_cards: bool, now: datetime
) -> Recorded:  # fmt: skip
    """Book a locked one as it was, however old, at what was paid; what is odd is noted on it.

    `without_cards`: what its gift cards and store credit should have paid counts as another means
    of payment, and no card is touched. Raise InvalidTransition, TicketUnreadable, and what
    `recording.record` raises.
    """
    REFUSED_TICKET.check(refused.state, "book")
    if refused.body is None:
        raise TicketUnreadable(_("Its content was not kept: sell it again at a till."))
    basket: Basket = import_string(settings.EPM_TICKET_READER)(refused=refused, principal=by)
    basket = replace(basket, digest=bytes(refused.digest), looked_at=True)
    if without_cards:
        basket = _without_cards(basket)
    recorded = recording.record(basket=basket, now=now)
    settle(refused=refused, sale_id=recorded.sale_id)
    return recorded


def dismiss(*, refused: RefusedTicket, reason: str) -> None:
    """Never take a locked one: it is settled otherwise. Raise InvalidTransition, ReasonMissing."""
    move(REFUSED_TICKET, refused, event="dismiss", reason=reason)


def _locked(register_id: int, uuid: UUID) -> RefusedTicket | None:
    rows = RefusedTicket.objects.select_for_update(no_key=True)
    return rows.filter(register_id=register_id, uuid=uuid).first()


def _without_cards(basket: Basket) -> Basket:
    """The money that did not come counts as another means of payment, and is noted."""
    tenders, noted = [], list(basket.noted)
    for paid in basket.tenders:
        if paid.kind not in KINDS:
            tenders.append(paid)
            continue
        shown = shown_code(paid)
        tenders.append(Paid(TenderKind.OTHER, paid.amount, shown))
        noted.append({"kind": "card-not-paid", "of": shown, "difference": str(paid.amount)})
    return replace(basket, tenders=tenders, noted=noted)

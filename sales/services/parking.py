"""Put a basket aside, take it up again at one till, or let it go."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors.scope import Principal
from epm.platform.actor import acting_as
from epm.platform.refusals import Kind, Refusal
from epm.platform.transitions import move
from sales.models import CashRegister, ParkedTicket
from sales.selectors.parked import parked_visible_to
from sales.states import PARKED_TICKET, ParkedTicketState

KEPT: Final = timedelta(days=30)
AT_ONCE: Final = 200
FORGOTTEN: Final = "30 days"
SYSTEM: Final = "system"


class NoSuchParkedTicket(Refusal):
    code = "sales/no-such-parked-ticket"
    title = gettext_lazy("There is no such parked ticket")
    kind = Kind.MISSING


def park(
    *, register: CashRegister, basket: Mapping[str, Any], label: str = "", by_id: int | None = None
) -> ParkedTicket:
    """Put a basket aside in the register's store. It is no sale; no stock is held for it."""
    return ParkedTicket.objects.create(
        store_id=register.store_id,
        register=register,
        basket=basket,
        label=label,
        parked_by_id=by_id,
    )


@transaction.atomic
def resume(*, principal: Principal, parked_id: int) -> ParkedTicket:
    """Give the basket out, to one till only. Raise NoSuchParkedTicket, InvalidTransition."""
    parked = _locked(principal, parked_id)
    move(PARKED_TICKET, parked, event="resume")
    return parked


@transaction.atomic
def discard(*, principal: Principal, parked_id: int, reason: str) -> ParkedTicket:
    """Let the basket go. Raise NoSuchParkedTicket, InvalidTransition, ReasonMissing."""
    parked = _locked(principal, parked_id)
    move(PARKED_TICKET, parked, event="discard", reason=reason)
    return parked


def discard_old(*, now: datetime) -> int:
    """Discard what nobody has taken up for 30 days; how many there were."""
    discarded, some = 0, AT_ONCE
    while some == AT_ONCE:
        with acting_as(SYSTEM):
            old = ParkedTicket.objects.filter(
                state=ParkedTicketState.PARKED, parked_at__lt=now - KEPT
            ).order_by("pk")
            found = list(old.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE])
            for parked in found:
                move(PARKED_TICKET, parked, event="discard", reason=FORGOTTEN)
        some = len(found)
        discarded += some
    return discarded


def _locked(principal: Principal, parked_id: int) -> ParkedTicket:
    rows = parked_visible_to(principal).select_for_update(of=("self",), no_key=True)
    found = rows.filter(pk=parked_id).first()
    if found is None:
        raise NoSuchParkedTicket(_("There is no parked ticket of this number in your stores."))
    return found

"""Which copies of a ticket's receipt there are."""

from uuid import UUID

from django.db.models import QuerySet

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of
from sales.models import Ticket, TicketMail, TicketPrint
from sales.selectors.slip import Slip, slip_of
from sales.selectors.tickets import tickets_visible_to


def ticket_visible_to(principal: Principal, *, sale_id: UUID) -> Ticket | None:
    """The ticket of a sale with all its receipt names; None: not there, or not to be seen.

    Who served is named to those who may know.
    """
    named = tickets_visible_to(principal).select_related("sale__store", "sale__cashier", "register")
    ticket = named.filter(pk=sale_id).first()
    if ticket is not None and not rights.sees_people(principal):
        ticket.sale.cashier = None  # of this object, which nobody saves
    return ticket


def slip_visible_to(principal: Principal, *, sale_id: UUID, copy: int | None = None) -> Slip | None:
    """A copy that was counted, the latest unless told; None where there is none to be seen."""
    ticket = ticket_visible_to(principal, sale_id=sale_id)
    if ticket is None:
        return None
    prints = TicketPrint.objects.filter(sale=sale_id).order_by("-copy")
    found = (prints if copy is None else prints.filter(copy=copy)).first()
    return None if found is None else slip_of(ticket, found)


def mails_visible_to(principal: Principal) -> QuerySet[TicketMail]:
    """Receipts that were sent, or are to be, of the stores in scope."""
    return TicketMail.objects.filter(scope_of(principal).covers("printed__sale__store"))

"""How large and how old a ticket may be: what no till means, and what no report could hold."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.platform import shown
from sales.services.till.basket import Basket
from sales.services.till.bill import Bill
from sales.services.till.refusals import AmountTooLarge, TicketTooOld

MOST: Final = Decimal(10) ** 11
"""Of a line, a tender and a ticket, in the store's currency. A register's grand total holds a
million such tickets."""


def refuse_too_large(bill: Bill) -> None:
    """Raise AmountTooLarge: a quantity or a price has some digits too many."""
    amounts = [line["gross_ttc"] for line in bill.lines]
    amounts += [tender.amount for tender in bill.basket.tenders]
    amounts.append(bill.total)
    if max(map(abs, amounts)) >= MOST:
        raise AmountTooLarge(
            _("No line, tender or ticket comes to %(most)s or more: look at its quantities.")
            % {"most": shown.amount(MOST, currency=bill.till.currency)},
            most=str(MOST),
        )


def refuse_too_old(basket: Basket, *, now: datetime) -> None:
    """What was sold offline comes in within EPM_OFFLINE_DAYS, unless a person has looked at it.

    Raise TicketTooOld.
    """
    days = settings.EPM_OFFLINE_DAYS
    if basket.offline and not basket.looked_at and basket.sold_at < now - timedelta(days=days):
        raise TicketTooOld(
            ngettext(
                "It was sold more than %(days)d day ago: set the clock right, or let a manager"
                " book it.",
                "It was sold more than %(days)d days ago: set the clock right, or let a manager"
                " book it.",
                days,
            )
            % {"days": days},
            days=days,
        )

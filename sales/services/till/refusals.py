"""Why a till's ticket is not taken."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.laws import refused_by
from epm.platform.refusals import Kind, Refusal
from inventory.services.stock_refusals import refused_by_law
from sales.services import stored_value_refusals
from sales.services.session_refusals import NoOpenSession


class TicketReused(Refusal):
    code = "sales/ticket-reused"
    title = gettext_lazy("The ticket's key was used for another ticket")
    kind = Kind.INVALID


class TotalDiffers(Refusal):
    code = "sales/total-differs"
    title = gettext_lazy("The total is not what the till says")
    kind = Kind.INVALID


class TendersDiffer(Refusal):
    code = "sales/tenders-differ"
    title = gettext_lazy("What is paid is not the total")
    kind = Kind.INVALID


class PriceUnknown(Refusal):
    code = "sales/price-unknown"
    title = gettext_lazy("A product has no price")
    kind = Kind.INVALID


class TaxUnknown(Refusal):
    code = "sales/tax-unknown"
    title = gettext_lazy("A product has no tax rate here")
    kind = Kind.INVALID


class ReasonUnknown(Refusal):
    code = "sales/reason-unknown"
    title = gettext_lazy("There is no such reason for a discount")
    kind = Kind.INVALID


class DiscountTooLarge(Refusal):
    code = "sales/discount-too-large"
    title = gettext_lazy("A discount is more than the goods cost")
    kind = Kind.INVALID


class BeyondLimit(Refusal):
    code = "sales/beyond-limit"
    title = gettext_lazy("A second person must approve this")
    kind = Kind.FORBIDDEN


class ApprovalUnusable(Refusal):
    code = "sales/approval-unusable"
    title = gettext_lazy("The approval cannot be used")


class LineUnknown(Refusal):
    code = "sales/line-unknown"
    title = gettext_lazy("There is no such line to return")
    kind = Kind.INVALID


class MoreThanSold(Refusal):
    code = "sales/more-than-sold"
    title = gettext_lazy("More comes back than was sold")


class RefundWay(Refusal):
    code = "sales/refund-way"
    title = gettext_lazy("It cannot be paid back this way")


class CardNotNamed(Refusal):
    code = "sales/card-not-named"
    title = gettext_lazy("A card was not named")
    kind = Kind.INVALID


class PrepaidForGoods(Refusal):
    code = "sales/prepaid-for-goods-only"
    title = gettext_lazy("Gift cards and store credit pay for goods only")
    kind = Kind.INVALID


class AmountTooLarge(Refusal):
    code = "sales/amount-too-large"
    title = gettext_lazy("An amount is larger than any ticket's")
    kind = Kind.INVALID


class TicketTooOld(Refusal):
    code = "sales/ticket-too-old"
    title = gettext_lazy("The ticket is too old to be taken unseen")
    kind = Kind.INVALID


class TicketUnreadable(Refusal):
    code = "sales/ticket-unreadable"
    title = gettext_lazy("The ticket does not say what can be booked")
    kind = Kind.INVALID


class TicketDismissed(Refusal):
    code = "sales/ticket-dismissed"
    title = gettext_lazy("The ticket was settled otherwise")


class TipNotTaken(Refusal):
    code = "sales/tip-not-taken"
    title = gettext_lazy("This store takes no tips")
    kind = Kind.INVALID


class ClockAhead(Refusal):
    code = "sales/clock-ahead"
    title = gettext_lazy("The ticket is of a time to come")
    kind = Kind.INVALID


def _more_than_sold(detail: str) -> Refusal:
    told = json.loads(detail, parse_float=str, parse_int=str)
    return MoreThanSold(
        _("Of line %(line)s, %(sold)s were sold and %(returned)s have come back already.") % told,
        **told,
    )


LAWS: Final[dict[str, Callable[[str], Refusal]]] = {
    "sale_line_never_more_than_sold": _more_than_sold,
    "ticket_in_an_open_session": lambda _detail: NoOpenSession(
        _("Open a session on the register first; what was sold offline goes into a batch.")
    ),
    "approval_used_once": lambda _detail: ApprovalUnusable(
        _("It was used for another ticket, or its time is over: ask for a new one.")
    ),
}


@contextmanager
def refused_at_the_till() -> Iterator[None]:
    """Turn what a law of the ledgers refuses into ours; the transaction is broken then."""
    with refused_by(LAWS), refused_by_law(), stored_value_refusals.refused_by_law():
        yield

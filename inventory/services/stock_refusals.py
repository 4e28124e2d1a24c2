"""Why the stock ledger says no, read from the constraint that refused."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform import shown
from epm.platform.laws import refused_by
from epm.platform.refusals import Kind, Refusal


class InsufficientStock(Refusal):
    code = "inventory/insufficient-stock"
    title = gettext_lazy("There is not enough stock")


class MoreThanUnavailable(Refusal):
    code = "inventory/more-than-unavailable"
    title = gettext_lazy("Less is unavailable than that")


class PostingReused(Refusal):
    code = "inventory/posting-reused"
    title = gettext_lazy("The posting was something else")
    kind = Kind.INVALID


class BeyondCounting(Refusal):
    code = "inventory/beyond-counting"
    title = gettext_lazy("That is more than can be counted")
    kind = Kind.INVALID


class HoldKeyReused(Refusal):
    code = "inventory/hold-key-reused"
    title = gettext_lazy("The basket's key was used for something else")
    kind = Kind.INVALID


class HoldQuotaExceeded(Refusal):
    code = "inventory/hold-quota-exceeded"
    title = gettext_lazy("Too much is held at once")
    kind = Kind.TOO_MANY


class HoldEnded(Refusal):
    code = "inventory/hold-ended"
    title = gettext_lazy("The reservation has ended")


class HoldExtendedEnough(Refusal):
    code = "inventory/hold-extended-enough"
    title = gettext_lazy("The reservation cannot be extended any more")


class StoresCannotExchange(Refusal):
    code = "inventory/stores-cannot-exchange"
    title = gettext_lazy("These stores cannot exchange goods")
    kind = Kind.INVALID


def insufficient(*, lines: list[dict[str, Any]]) -> InsufficientStock:
    """The refusal of these: each a store, a product, what was asked and what is available."""
    return InsufficientStock(
        _("Not enough stock of %(count)s products.") % {"count": len(lines)}
        if len(lines) != 1
        else _("Asked for %(asked)s, available are %(available)s.")
        % {name: shown.exact(Decimal(lines[0][name])) for name in ("asked", "available")},
        lines=lines,
    )


def _insufficient(detail: str) -> Refusal:
    return insufficient(lines=json.loads(detail, parse_float=str, parse_int=str))


REFUSALS: Final[dict[str, Callable[[str], Refusal]]] = {
    "stock_level_never_oversold": _insufficient,
    "unavailable_stock_not_negative": lambda _detail: MoreThanUnavailable(
        _("So much was not taken out of sale for this reason.")
    ),
    "reservation_key_reused": lambda _detail: HoldKeyReused(
        _("This key is of another basket; make a new one for each.")
    ),
    "reservation_quota": lambda _detail: HoldQuotaExceeded(
        _("Release what is not wanted any more, or wait until it ends.")
    ),
    "reservation_still_running": lambda _detail: HoldEnded(_("Its time is up.")),
    "reservation_step_allowed": lambda _detail: HoldEnded(_("It is over already.")),
    "reservation_not_extended_for_ever": lambda _detail: HoldExtendedEnough(
        _("An hour after it was held it ends.")
    ),
    "reservation_extensions_capped": lambda _detail: HoldExtendedEnough(
        _("It was extended three times.")
    ),
    "transfer_between_two_stores": lambda _detail: StoresCannotExchange(
        _("Goods go from one store to another one.")
    ),
    "transfer_of_one_currency": lambda _detail: StoresCannotExchange(
        _("The stores have different currencies: buy and sell between them instead.")
    ),
}


def refused_by_law() -> AbstractContextManager[None]:
    """Turn the refusal of a constraint of the stock ledger into ours (epm.platform.laws). A sum
    that no column holds is BeyondCounting."""
    return refused_by(
        REFUSALS,
        beyond=lambda: BeyondCounting(
            _("A quantity or value would be larger than the books can hold.")
        ),
    )

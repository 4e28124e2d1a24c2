"""Why the ledger of stored value says no, read from the constraint that refused."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform import shown
from epm.platform.laws import refused_by
from epm.platform.refusals import Kind, Refusal


class InsufficientValue(Refusal):
    code = "sales/insufficient-value"
    title = gettext_lazy("The card holds less than that")


class ValueBlocked(Refusal):
    code = "sales/value-blocked"
    title = gettext_lazy("The card is blocked")


class ValueExpired(Refusal):
    code = "sales/value-expired"
    title = gettext_lazy("The card has expired")


class CardFull(Refusal):
    code = "sales/card-full"
    title = gettext_lazy("The card would hold more than the store allows")
    kind = Kind.INVALID


class UnknownValue(Refusal):
    code = "sales/unknown-value"
    title = gettext_lazy("There is no such card")
    kind = Kind.MISSING


class CurrencyMismatch(Refusal):
    code = "sales/currency-mismatch"
    title = gettext_lazy("The currencies differ")
    kind = Kind.INVALID


class AmountNotPayable(Refusal):
    code = "sales/amount-not-payable"
    title = gettext_lazy("Nobody can pay this amount")
    kind = Kind.INVALID


class ValuePostingReused(Refusal):
    code = "sales/posting-reused"
    title = gettext_lazy("The posting was something else")
    kind = Kind.INVALID


def _insufficient(detail: str) -> Refusal:
    told = json.loads(detail, parse_float=Decimal, parse_int=Decimal)
    return InsufficientValue(
        _("Asked for %(asked)s, the card holds %(available)s.")
        % {
            name: shown.amount(told[name], currency=told["currency"])
            for name in ("asked", "available")
        },
        **{name: str(word) for name, word in told.items()},
    )


def _full(detail: str) -> Refusal:
    told = json.loads(detail, parse_float=Decimal, parse_int=Decimal)
    return CardFull(
        _("A gift card of this store holds %(most)s at most.")
        % {"most": shown.amount(told["most"], currency=told["currency"])},
        **{name: str(word) for name, word in told.items()},
    )


def _currencies(detail: str) -> Refusal:
    told = json.loads(detail)
    return CurrencyMismatch(
        _("The card is in %(account)s, the store sells in %(store)s.") % told, **told
    )


def _unpayable(_detail: str) -> Refusal:
    return AmountNotPayable(
        _("An amount is more than 0, with no more decimals than its currency has.")
    )


REFUSALS: Final[dict[str, Callable[[str], Refusal]]] = {
    "stored_value_not_overdrawn": _insufficient,
    "stored_value_most_on_a_card": _full,
    "stored_value_of_one_currency": _currencies,
    "stored_value_payable": _unpayable,
    "stored_value_entry_sign_of_its_kind": _unpayable,
    "stored_value_blocked": lambda _detail: ValueBlocked(
        _("It is blocked: nothing can be paid with it or loaded onto it.")
    ),
    "stored_value_expired": lambda detail: ValueExpired(
        _("It could be used until %(day)s.") % {"day": shown.day(date.fromisoformat(detail))},
        expires_on=detail,
    ),
    "stored_value_known": lambda _detail: UnknownValue(_("No card has this code.")),
}


def refused_by_law() -> AbstractContextManager[None]:
    """Turn the refusal of a constraint of this ledger into ours (epm.platform.laws). An amount or
    a balance that no column holds is AmountNotPayable."""
    return refused_by(
        REFUSALS,
        beyond=lambda: AmountNotPayable(_("A balance would be larger than the books can hold.")),
    )

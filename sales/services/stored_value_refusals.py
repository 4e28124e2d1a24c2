"""Why the ledger of stored value says no, read from the constraint that refused."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform import shown
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


OUT_OF_RANGE: Final = "22003"


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


@contextmanager
def refused_by_law() -> Iterator[None]:
    """Turn the refusal of a constraint of this ledger into ours; others go through. An amount or a
    balance that no column holds is AmountNotPayable.

    The transaction, if there is one, is broken then: the caller must let it roll back.
    """
    try:
        yield
    except IntegrityError as broken:
        diagnosis = getattr(broken.__cause__, "diag", None)
        make = REFUSALS.get(getattr(diagnosis, "constraint_name", None) or "")
        if make is None:
            raise
        raise make(getattr(diagnosis, "message_detail", None) or "") from broken
    except DataError as broken:
        if getattr(broken.__cause__, "sqlstate", None) != OUT_OF_RANGE:
            raise
        raise AmountNotPayable(_("A balance would be larger than the books can hold.")) from broken

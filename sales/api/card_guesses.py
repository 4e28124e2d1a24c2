"""Codes of cards are found by trying at no door of ours: not by balances, not by tickets."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

from rest_framework.request import Request

from epm.access.guesses import counted
from sales import value_codes
from sales.services.stored_value_refusals import UnknownValue

GUESSES: Final = "stored-value"


def counted_on(request: Request, ticket: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Run what takes a ticket; a code of nothing on it counts as at the door of balances.

    Without a code, or with mistyped ones only, nothing is asked and nothing counted. The first
    code of nothing ends a ticket, so that each is one guess. Raise GuessedEnough.
    """
    cards = [line["gift_card"] for line in ticket["lines"] if "gift_card" in line]
    codes = [one["code"] for one in (*cards, *ticket["tenders"]) if "code" in one]
    if any(value_codes.is_right(value_codes.read(code)) for code in codes):
        return counted(request, of=GUESSES, misses=(UnknownValue,))
    return nullcontext()

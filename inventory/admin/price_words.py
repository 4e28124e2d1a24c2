"""How prices, their edits and formulas are said."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.platform import shown
from inventory.models import PriceList
from inventory.selectors.price_formulas import Ending, How

DECIMALS = 6


class NotAPrice(ValueError):
    pass


def number_in(text: str) -> Decimal:
    """A number somebody typed, with a point or a comma. Raise NotAPrice."""
    written = "".join(text.split()).replace("\N{MINUS SIGN}", "-")
    if written.count(",") == 1 and "." not in written:
        written = written.replace(",", ".")
    try:
        number = Decimal(written)
    except InvalidOperation:
        raise NotAPrice(text) from None
    if not number.is_finite() or int(number.as_tuple().exponent) < -DECIMALS:
        raise NotAPrice(text)
    return number


def target(price_list: PriceList | None) -> str:
    """What an edit changes."""
    return str(price_list) if price_list else _("Sale prices of the chain")


def formula(told: Mapping[str, Any]) -> str:
    """The formula as an edit keeps it, in a few words."""
    if told.get("how") == "undo":
        return _("prices as before")
    words = [str(word) for word in (_change(told), _ending(told)) if word]
    typed = int(told.get("typed", 0))
    if typed:
        words.append(
            ngettext("%(count)s typed by hand", "%(count)s typed by hand", typed) % {"count": typed}
        )
    return ", ".join(words)


def _change(told: Mapping[str, Any]) -> str | Promise:
    value = Decimal(told.get("value", "0"))
    number = shown.exact(value)
    sign = "+" if value >= 0 else ""
    match told.get("how"):
        case How.PERCENT:
            return f"{sign}{number} %"
        case How.AMOUNT:
            return f"{sign}{shown.exact(value, at_least=2)}"
        case How.MARGIN:
            return _("margin of %(rate)s %%") % {"rate": number}
        case How.COEFFICIENT:
            return _("cost × %(number)s") % {"number": number}
        case _other:
            return ""


def _ending(told: Mapping[str, Any]) -> str | Promise:
    ending = told.get("ending", Ending.NONE)
    if ending == Ending.NONE or told.get("how") == How.NONE:
        return ""
    if ending == Ending.FIVE_CENTS:
        return _("in steps of 0.05")
    return _("ending in .%(cents)s") % {"cents": str(ending)[2:]}

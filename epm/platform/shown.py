"""Numbers as a person reads them, in the language of the page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Final

from django.utils.formats import date_format, get_format
from django.utils.translation import get_language

from epm.platform import money

SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
UNKNOWN: Final = "–"


def day(value: date, *, weekday: bool = False) -> str:
    """21 November 2026; the first of a month is “1er” in French."""
    return _first(date_format(value, "l j F Y" if weekday else "j F Y"), value)


def short_day(value: date) -> str:
    """21 Nov., as an axis has room for it."""
    return _first(date_format(value, "j N"), value)


def moment(value: datetime) -> str:
    """Day and time in the zone that `value` is in, with its name."""
    return _first(date_format(value, "DATETIME_FORMAT"), value)


def short_moment(value: datetime) -> str:
    """The same as a table has room for it."""
    return f"{date_format(value, 'SHORT_DATETIME_FORMAT')} {value:%Z}"


def _first(told: str, value: date) -> str:
    return told.replace("1 ", "1er ", 1) if value.day == 1 and _style().french else told


@dataclass(frozen=True, slots=True)
class _Style:
    """How a language writes numbers. A page shows hundreds: it is looked up once for each."""

    separators: dict[int, str]
    french: bool

    def number(self, value: Decimal, *, places: int) -> str:
        rounded = value.quantize(_quantum(places), rounding=ROUND_HALF_UP)
        shown = f"{rounded + 0:,.{places}f}".translate(self.separators)
        return shown.replace("-", "\N{MINUS SIGN}", 1)


def _style() -> _Style:
    return _style_of(get_language())


@cache
def _style_of(language: str | None) -> _Style:
    """Python's own separators into the language's."""
    separators = {
        ",": str(get_format("THOUSAND_SEPARATOR", language)),
        ".": str(get_format("DECIMAL_SEPARATOR", language)),
    }
    return _Style(str.maketrans(separators), french=(language or "").startswith("fr"))


@cache
def _quantum(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def number(value: Decimal | None, *, places: int) -> str:
    """`value` rounded half up to `places` decimals, thousands grouped."""
    return UNKNOWN if value is None else _style().number(value, places=places)


def exact(value: Decimal | None, *, at_least: int = 0) -> str:
    """All the decimals that say something, and `at_least` so many: 2.490000 is 2.49."""
    if value is None:
        return UNKNOWN
    return number(value, places=_needed(value, at_least))


def plain(value: Decimal, *, at_least: int) -> Decimal:
    """The same number without the zeros that say nothing after `at_least` decimals."""
    return value.quantize(_quantum(_needed(value, at_least)))


def _needed(value: Decimal, at_least: int) -> int:
    return max(at_least, -int(value.normalize().as_tuple().exponent))


def amount(value: Decimal | None, *, currency: str, whole: bool = False) -> str:
    """Money in `currency`, to its own exponent or to the `whole` unit: 1 234,56 € or €1,234.56."""
    if value is None:
        return UNKNOWN
    style = _style()
    places = 0 if whole else money.exponent(currency)
    return _with_currency(style.number(value, places=places), currency=currency, style=style)


def with_currency(shown: str, *, currency: str) -> str:
    return _with_currency(shown, currency=currency, style=_style())


def _with_currency(shown: str, *, currency: str, style: _Style) -> str:
    symbol = SYMBOLS.get(currency, currency)
    if style.french or symbol == currency:
        return f"{shown}{NO_BREAK}{symbol}" if symbol else shown
    sign = "\N{MINUS SIGN}" if shown.startswith("\N{MINUS SIGN}") else ""
    return f"{sign}{symbol}{shown.removeprefix(sign)}"


def percent(value: Decimal | None, *, places: int = 1) -> str:
    """A ratio as a percentage: 0.1234 is 12.3 % in French, 12.3% in English."""
    if value is None:
        return UNKNOWN
    style = _style()
    gap = NO_BREAK if style.french else ""
    return f"{style.number(value * 100, places=places)}{gap}%"

"""Questions about taxes."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models.functions import Lower

from epm.platform import prepared
from sales.models import NO_VAT_REGIME, TaxClass, TaxRegime
from sales.reckoning import Tax


def in_force(*, regime: str, on: str) -> str:
    """SQL: class in small letters, tax and the rate that began last, as text, of a regime."""
    return f"""
        SELECT DISTINCT ON (lower(c.code), lower(r.tax)) lower(c.code), r.tax, r.rate::text
        FROM sales_taxrate r JOIN sales_taxclass c ON c.id = r.tax_class_id
        WHERE r.regime = {regime} AND r.valid_from <= {on}
        ORDER BY lower(c.code), lower(r.tax), r.valid_from DESC
    """  # noqa: S608 - no word of anybody's


IN_FORCE: Final = in_force(regime="%(regime)s::text", on="%(on)s::date")


def regime_of(code: str) -> TaxRegime | None:
    """The regime a store names, where one may sell by it. “none” is one: without any tax."""
    if code == NO_VAT_REGIME:
        return TaxRegime(code=NO_VAT_REGIME)
    return TaxRegime.objects.filter(code=code, is_active=True).first()


def taxes_in(*, regime: str, on: date) -> dict[str, tuple[Tax, ...]]:
    """The taxes of each class in a regime on a day, by the class's code in small letters.

    They are in the order of their codes; one at a rate of 0 has ended. No entry: not known. In the
    regime without VAT, `[…]` answers for any class.
    """
    if regime == NO_VAT_REGIME:
        codes = TaxClass.objects.values_list(Lower("code"), flat=True)
        return defaultdict(tuple, dict.fromkeys(codes, ()))
    return by_class(_in_force(regime, on))


def by_class(rows: Iterable[tuple[str, str, Decimal]]) -> dict[str, tuple[Tax, ...]]:
    """The taxes of each class; rows of class, tax and rate, in the order of the taxes."""
    found: dict[str, list[Tax]] = {}
    for code, tax, rate in rows:
        taxes = found.setdefault(code, [])
        if rate:
            taxes.append(Tax(tax, rate))
    return {code: tuple(taxes) for code, taxes in found.items()}


def rates_of(*, classes: Collection[str], regime: str, on: date) -> dict[str, Decimal]:
    """The rate of each tax class in a regime on a day, all its taxes together, 0.2 for 20 %; no
    entry: not known."""
    if regime == NO_VAT_REGIME:
        return dict.fromkeys(classes, Decimal(0))
    known: dict[str, Decimal] = {}
    for code, _tax, rate in _in_force(regime, on):
        known[code] = known.get(code, Decimal(0)) + rate
    return {code: known[code.lower()] for code in classes if code.lower() in known}


def rates_within(*, classes: Collection[str], regime: str, on: date) -> dict[str, Decimal]:
    """By how much a list price of each tax class is more than the price excl. tax: its rate, or 0
    where the regime's prices exclude tax, whatever the rate is; no entry: not known."""
    if TaxRegime.objects.filter(code=regime, prices_include_tax=False).exists():
        return dict.fromkeys(classes, Decimal(0))
    return rates_of(classes=classes, regime=regime, on=on)


def _in_force(regime: str, on: date) -> list[tuple[str, str, Decimal]]:
    """Class, tax and the rate that began last, of each tax of each class."""
    words = {"regime": regime, "on": on}
    return [(code, tax, Decimal(rate)) for code, tax, rate in prepared.rows(IN_FORCE, words)]

"""Questions about taxes."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models.functions import Lower

from epm.platform import prepared
from sales.models import NO_VAT_REGIME, TaxClass, TaxRegime
from sales.reckoning import Tax

IN_FORCE: Final = """
    SELECT DISTINCT ON (lower(c.code), lower(r.tax)) lower(c.code), r.tax, r.rate
    FROM sales_taxrate r JOIN sales_taxclass c ON c.id = r.tax_class_id
    WHERE r.regime = %(regime)s::text AND r.valid_from <= %(on)s::date
    ORDER BY lower(c.code), lower(r.tax), r.valid_from DESC
"""


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
    found: dict[str, list[Tax]] = {}
    for code, tax, rate in _in_force(regime, on):
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


def _in_force(regime: str, on: date) -> list[tuple[str, str, Decimal]]:
    """Class, tax and the rate that began last, of each tax of each class."""
    found: list[Any] = prepared.rows(IN_FORCE, {"regime": regime, "on": on})
    return found

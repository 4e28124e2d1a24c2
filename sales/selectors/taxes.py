"""Questions about VAT rates."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sales.models import NO_VAT_REGIME, TaxRate
from sales.reckoning import Tax


def rates_of(*, classes: Collection[str], regime: str, on: date) -> dict[str, Decimal]:
    """The rate of each tax class in a regime on a day, 0.2 for 20 %; no entry: not known."""
    if regime == NO_VAT_REGIME:
        return dict.fromkeys(classes, Decimal(0))
    rates = TaxRate.objects.filter(regime=regime, valid_from__lte=on).order_by("valid_from")
    known = {
        code.lower(): rate for code, rate in rates.values_list("tax_class__code", "rate")
    }  # the latest of a class comes last
    return {code: known[code.lower()] for code in classes if code.lower() in known}


def taxes_in(*, regime: str, on: date) -> dict[str, tuple[Tax, ...]]:
    """The taxes of each tax class, by its code in small letters."""
    if regime == NO_VAT_REGIME:
        return {}
    rates = TaxRate.objects.filter(regime=regime, valid_from__lte=on).order_by("valid_from")
    return {
        code.lower(): (Tax("TVA", rate),)
        for code, rate in rates.values_list("tax_class__code", "rate")
    }

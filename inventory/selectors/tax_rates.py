"""What of a list price is tax, for figures excl. tax: 0 where prices exclude it.

Who knows lies above us and is named in the settings.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from epm.access.selectors.scope import Principal, stores_visible_to
from inventory.models import Product


def rates_of_regime(regime: str, *, on: date) -> Mapping[str, Decimal]:
    """The rate within the prices of each tax class that products have, by its code in small
    letters; 0.2 for 20 %.

    No entry: not known.
    """
    classes = set(Product.objects.order_by().values_list("tax_class_code", flat=True).distinct())
    rates: Mapping[str, Decimal] = import_string(settings.EPM_TAX_RATES)(
        classes=classes, regime=regime, on=on
    )
    return {code.lower(): rate for code, rate in rates.items()}


def rates_in_sight(principal: Principal, *, on: date) -> dict[str, Any]:
    """The rates within prices of all regimes in scope, as the three arrays a statement joins them
    by."""
    regimes = stores_visible_to(principal).order_by().values_list("vat_regime", flat=True)
    rates = [
        (regime, code, rate)
        for regime in sorted(set(regimes))
        for code, rate in rates_of_regime(regime, on=on).items()
    ]
    return {
        "regimes": [regime for regime, _code, _rate in rates],
        "classes": [code for _regime, code, _rate in rates],
        "rates": [rate for _regime, _code, rate in rates],
    }

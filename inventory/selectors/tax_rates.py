"""VAT rates for figures excl. tax. Who knows them lies above us and is named in the settings."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.utils.module_loading import import_string

from inventory.models import Product


def rates_of_regime(regime: str, *, on: date) -> Mapping[str, Decimal]:
    """The rate of each tax class that products have, by its code in small letters; 0.2 for 20 %.

    No entry: not known.
    """
    classes = set(Product.objects.order_by().values_list("tax_class_code", flat=True).distinct())
    rates: Mapping[str, Decimal] = import_string(settings.EPM_TAX_RATES)(
        classes=classes, regime=regime, on=on
    )
    return {code.lower(): rate for code, rate in rates.items()}

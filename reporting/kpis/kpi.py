"""What a key figure is."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.platform import money
from reporting.kpis.figures import Figures

RATIO_PLACES: Final = Decimal("1E-10")
QUANTITY_PLACES: Final = Decimal("0.001")
HOUR_PLACES: Final = Decimal("0.01")


class Unit(enum.StrEnum):
    MONEY = "money"
    MONEY_PER = "money per one"
    COUNT = "count"
    QUANTITY = "pieces"
    HOURS = "hours"
    FRACTION = "fraction"
    PER = "pieces per one"


class TaxBasis(enum.StrEnum):
    HT = "HT"
    TTC = "TTC"
    NONE = "none"


class Dimension(enum.StrEnum):
    STORE = "store"
    REGION = "region"
    CATEGORY = "category"
    PRODUCT = "product"
    DAY = "day"
    WEEK = "week"
    RETAIL_MONTH = "retail_month"
    MONTH = "month"
    QUARTER = "quarter"


EVERYWHERE: Final = frozenset(Dimension)
IN_TIME: Final = frozenset({
    Dimension.DAY, Dimension.WEEK, Dimension.RETAIL_MONTH, Dimension.MONTH, Dimension.QUARTER,
})  # fmt: skip
STORES_AND_TIME: Final = IN_TIME | {Dimension.STORE, Dimension.REGION}


@dataclass(frozen=True, slots=True)
class Kpi:
    """One definition for screen, API, command and file.

    `version` changes with the formula. Where `dimensions` lacks one it would not be exact: n/a.
    `on_request`: dearer than the others together, so computed only when asked for by code.
    """

    code: str
    name: Promise
    formula: Promise
    unit: Unit
    tax_basis: TaxBasis
    sources: tuple[str, ...]
    of: Callable[[Figures], Decimal | int | None]
    dimensions: frozenset[Dimension] = EVERYWHERE
    version: int = 1
    on_request: bool = False

    @property
    def rounding(self) -> Promise:
        return {
            Unit.MONEY: _("half up to the currency's smallest unit"),
            Unit.COUNT: _("whole number"),
            Unit.QUANTITY: _("exact, 3 places"),
            Unit.HOURS: _("exact, 2 places"),
        }.get(self.unit, _("10 places, half to even"))

    @property
    def in_money(self) -> bool:
        """Whether its number means nothing without a currency."""
        return self.unit in (Unit.MONEY, Unit.MONEY_PER)

    @property
    def made_of_money(self) -> bool:
        """Whether sums of money enter it, which must share one currency."""
        return self.in_money or self.tax_basis is not TaxBasis.NONE

    def told(self, value: Decimal | int | None, *, currency: str | None) -> str | None:
        """`value` as a plain decimal string, rounded as the definition says; None for n/a."""
        if value is None:
            return None
        if isinstance(value, int):
            return str(value)
        if self.unit is Unit.MONEY:
            return f"{money.rounded(value, currency=currency or ''):f}"
        if self.unit is Unit.QUANTITY:
            return f"{value.quantize(QUANTITY_PLACES):f}"
        if self.unit is Unit.HOURS:
            return f"{value.quantize(HOUR_PLACES):f}"
        return f"{value.quantize(RATIO_PLACES, rounding=ROUND_HALF_EVEN):f}"


def numbers(told: Mapping[str, str | None]) -> dict[str, Decimal | None]:
    """The figures of a report, by code, that `Kpi.told` wrote as text."""
    return {code: None if text is None else Decimal(text) for code, text in told.items()}

"""How new prices are made of old ones: pure sums, tax included, the same in preview and edit."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from epm.platform import money
from epm.platform.refusals import Kind, Refusal

HIGHEST: Final = Decimal(999_999_999_999)
"""What a column of prices can hold."""
HUNDRED: Final = Decimal(100)


class How(models.TextChoices):
    NONE = "none", _("None: prices by hand")
    PERCENT = "percent", _("Percent: 3 or −10")
    AMOUNT = "amount", _("Amount: 0.50 or −1")
    MARGIN = "margin", _("Margin to reach, in %")
    COEFFICIENT = "coefficient", _("Cost × coefficient")


class Ending(models.TextChoices):
    NONE = "none", _("Exact, to the cent")
    NINETY_NINE = "0.99", _("… .99")
    NINETY_FIVE = "0.95", _("… .95")
    NINETY = "0.90", _("… .90")
    FIVE_CENTS = "0.05", _("Steps of 0.05")


class Note(models.TextChoices):
    """Why a row keeps its price."""

    UNKNOWN = "unknown", _("left: price or cost not known")
    NO_RATE = "no_rate", _("left: VAT rate not known")
    BELOW_COST = "below_cost", _("left: would be below cost")
    OUT_OF_RANGE = "out_of_range", _("left: no possible price")


class BadFormula(Refusal):
    code = "inventory/bad-formula"
    title = _("This formula cannot be calculated")
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of a row: price with tax, cost without, the VAT rate (0.2 for 20 %)."""

    price: Decimal | None
    cost: Decimal | None
    rate: Decimal | None

    @property
    def floor(self) -> Decimal:
        """The lowest price, tax included, that is surely not below cost; 0 without a cost."""
        return (self.cost or Decimal(0)) * (1 + (self.rate or Decimal(0)))


@dataclass(frozen=True, slots=True)
class Formula:
    """Raise BadFormula for what has no sense, such as a margin of 100 %."""

    how: How = How.NONE
    value: Decimal = Decimal(0)
    ending: Ending = Ending.NONE
    may_sell_below_cost: bool = False

    def __post_init__(self) -> None:
        if abs(self.value) > HIGHEST:
            raise BadFormula(_("The number of the formula is too large."))
        if self.how == How.PERCENT and self.value < -HUNDRED:
            raise BadFormula(_("No price falls by more than 100 %."))
        if self.how == How.MARGIN and self.value >= HUNDRED:
            raise BadFormula(_("A margin is less than 100 % of the price."))
        if self.how == How.COEFFICIENT and self.value <= 0:
            raise BadFormula(_("A coefficient is more than 0."))

    def applied(self, basis: Basis, *, currency: str) -> tuple[Decimal | None, Note | None]:
        """The new price, or why there is none. Nothing ends up below cost unless it may."""
        raw, note = self._raw(basis)
        if raw is None:
            return None, note
        return self._ended(raw, basis, currency=currency)

    def typed(self, price: Decimal, basis: Basis) -> tuple[Decimal | None, Note | None]:
        """A price somebody typed: taken as it is, unless it is below cost and may not be."""
        if not 0 <= price <= HIGHEST:
            return None, Note.OUT_OF_RANGE
        if price < basis.floor and not self.may_sell_below_cost:
            return None, Note.BELOW_COST
        return price, None

    def as_json(self) -> dict[str, Any]:
        return {"how": self.how, "value": str(self.value), "ending": self.ending}

    def _raw(self, basis: Basis) -> tuple[Decimal | None, Note | None]:
        if self.how == How.NONE:
            return None, None
        if self.how in (How.MARGIN, How.COEFFICIENT):
            return self._of_cost(basis)
        if basis.price is None:
            return None, Note.UNKNOWN
        if self.how == How.PERCENT:
            return basis.price * (HUNDRED + self.value) / HUNDRED, None
        return basis.price + self.value, None

    def _of_cost(self, basis: Basis) -> tuple[Decimal | None, Note | None]:
        if basis.cost is None:
            return None, Note.UNKNOWN
        if self.how == How.COEFFICIENT:
            return basis.cost * self.value, None
        if basis.rate is None:
            return None, Note.NO_RATE
        return basis.cost * HUNDRED / (HUNDRED - self.value) * (1 + basis.rate), None

    def _ended(
        self, raw: Decimal, basis: Basis, *, currency: str
    ) -> tuple[Decimal | None, Note | None]:
        if not 0 <= raw <= HIGHEST:
            return None, Note.OUT_OF_RANGE
        guarded = not self.may_sell_below_cost
        # A margin of 0 % is cost itself, but for the last of the division's 28 digits.
        if guarded and raw.quantize(Decimal("1e-9")) < basis.floor.quantize(Decimal("1e-9")):
            return None, Note.BELOW_COST
        price = ended(raw, self.ending, currency=currency)
        if guarded and price < basis.floor:
            price = ended(basis.floor, self.ending, currency=currency, rounding=ROUND_CEILING)
        return price, None


def ended(
    price: Decimal, ending: Ending, *, currency: str, rounding: str = ROUND_HALF_UP
) -> Decimal:
    """The nearest price with that ending, of two as near the higher; never less than the first."""
    if ending == Ending.NONE:
        return price.quantize(money.quantum(currency), rounding=rounding)
    first = Decimal(ending)
    step = first if ending == Ending.FIVE_CENTS else Decimal(1)
    steps = (price - first) / step
    if rounding == ROUND_HALF_UP:  # upwards at the half on either side of 0
        steps = (steps + Decimal("0.5")).to_integral_value(rounding=ROUND_FLOOR)
    else:
        steps = steps.to_integral_value(rounding=rounding)
    return first + max(steps, Decimal(0)) * step if price > 0 else Decimal(0).quantize(first)


def margin_rate(price: Decimal | None, basis: Basis) -> Decimal | None:
    """The part of the price excl. tax that is not cost; None where something is not known."""
    if price is None or not price or basis.cost is None or basis.rate is None:
        return None
    net = price / (1 + basis.rate)
    return (net - basis.cost) / net

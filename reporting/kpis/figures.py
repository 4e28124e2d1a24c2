"""What the ledger says of one row of a report: sums, from which each key figure is one formula."""

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final

from inventory.selectors.stock_sums import StockSums

EXACT: Final = Context(prec=40)
SUMS: Final = (
    "net_ht",
    "returned_ht",
    "shelf_ht",
    "loyalty_ht",
    "coupon_ht",
    "manual_ht",
    "net_ttc",
    "units",
    "returned_units",
    "loose_ht",
    "covered_lines",
    "covered_ht",
    "cost",
    "transactions",
    "piece_transactions",
)
"""Additive over stores and days; `reporting_line` says what a line adds to each."""


@dataclass(frozen=True, slots=True)
class ToDate:
    """Store days with a target that are over and known, of all `days` that have one.

    `next_target`: that of each store's next trading day, a day whose target is not zero.
    """

    target: Decimal = Decimal(0)
    net_ht: Decimal = Decimal(0)
    days_over: int = 0
    days: int = 0
    next_target: Decimal | None = None


NOT_BEGUN: Final = ToDate()


@dataclass(frozen=True, slots=True)
class Beside:
    """What is counted beside the tills: all of it, and that of store days whose sales are known.

    `at_tills` is what the ledger says of those days: transactions, or net sales excl. tax.
    """

    counted: Decimal | None = None
    compared: Decimal | None = None
    at_tills: Decimal = Decimal(0)


NOT_COUNTED: Final = Beside()


@dataclass(slots=True)
class Figures:
    """Amounts are in the store's currency. None: not known, or not asked for."""

    net_ht: Decimal = Decimal(0)
    returned_ht: Decimal = Decimal(0)
    shelf_ht: Decimal = Decimal(0)
    loyalty_ht: Decimal = Decimal(0)
    coupon_ht: Decimal = Decimal(0)
    manual_ht: Decimal = Decimal(0)
    net_ttc: Decimal = Decimal(0)
    units: Decimal = Decimal(0)
    returned_units: Decimal = Decimal(0)
    loose_ht: Decimal = Decimal(0)
    covered_lines: int = 0
    covered_ht: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    transactions: int = 0
    piece_transactions: int = 0
    customers: int | None = None
    target: Decimal | None = None
    on_target_days_ht: Decimal = Decimal(0)
    previous_ht: Decimal | None = None
    last_year_ht: Decimal | None = None
    comparable_ht: Decimal | None = None
    comparable_last_year_ht: Decimal | None = None
    to_date: ToDate = NOT_BEGUN
    footfall: Beside = NOT_COUNTED
    labour: Beside = NOT_COUNTED
    area_m2: Decimal | None = None
    on_area_ht: Decimal = Decimal(0)
    stock: StockSums | None = None

    @property
    def target_gap(self) -> Decimal | None:
        return self.to_date.net_ht - self.to_date.target if self.to_date.target else None

    @property
    def projected_ht(self) -> Decimal | None:
        """As if the days to come went like those that are over, in proportion to their targets."""
        return proportion(self.to_date.net_ht, self.target, of=self.to_date.target)

    @property
    def projected_evenly_ht(self) -> Decimal | None:
        return proportion(self.to_date.net_ht, self.to_date.days, of=self.to_date.days_over)

    @property
    def required(self) -> Decimal | None:
        """What is missing, for the whole target's worth of days like those to come."""
        if self.target is None:
            return None
        missing = self.target - self.to_date.net_ht
        return proportion(missing, self.target, of=self.target - self.to_date.target)

    @property
    def required_next_day(self) -> Decimal | None:
        if self.target is None:
            return None
        missing = self.target - self.to_date.net_ht
        return proportion(missing, self.to_date.next_target, of=self.target - self.to_date.target)

    @property
    def discounts_ht(self) -> Decimal:
        return self.shelf_ht + self.loyalty_ht + self.coupon_ht + self.manual_ht

    @property
    def sold_ht(self) -> Decimal:
        """Goods sold, after discounts and before returns."""
        return self.net_ht + self.returned_ht

    @property
    def gross_ht(self) -> Decimal:
        return self.sold_ht + self.discounts_ht

    @property
    def units_sold(self) -> Decimal:
        return self.units + self.returned_units

    @property
    def piece_ht(self) -> Decimal:
        return self.net_ht - self.loose_ht

    @property
    def known_cost(self) -> Decimal | None:
        return self.cost if self.covered_lines else None

    @property
    def margin_ht(self) -> Decimal | None:
        return self.covered_ht - self.cost if self.covered_lines else None


def ratio(part: Decimal | int | None, whole: Decimal | int | None) -> Decimal | None:
    """Σ / Σ; n/a when either is not known or the whole is zero."""
    if part is None or not whole:
        return None
    return EXACT.divide(Decimal(part), Decimal(whole))


def whole(count: Decimal | None) -> int | None:
    """A count as one, which sums of the database are not."""
    return None if count is None else int(count)


def proportion(
    amount: Decimal, share: Decimal | int | None, *, of: Decimal | int
) -> Decimal | None:
    """amount × share / of; n/a when the share is not known or what it is of is zero."""
    if share is None or not of:
        return None
    return EXACT.divide(EXACT.multiply(amount, Decimal(share)), Decimal(of))


def growth(now: Decimal | None, base: Decimal | None) -> Decimal | None:
    """The change as a fraction of the base; n/a when the base is not known or not positive."""
    if now is None or base is None or base <= 0:
        return None
    return EXACT.divide(now - base, base)

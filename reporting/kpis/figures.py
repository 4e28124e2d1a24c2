"""What the ledger says of one row of a report: sums, from which each key figure is one formula."""

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Final

EXACT: Final = Context(prec=40)
SUMS: Final = (
    "net_ht",
    "returned_ht",
    "shelf_ht",
    "loyalty_ht",
    "coupon_ht",
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


@dataclass(slots=True)
class Figures:
    """Amounts are in the store's currency. None: not known, or not asked for."""

    net_ht: Decimal = Decimal(0)
    returned_ht: Decimal = Decimal(0)
    shelf_ht: Decimal = Decimal(0)
    loyalty_ht: Decimal = Decimal(0)
    coupon_ht: Decimal = Decimal(0)
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

    @property
    def discounts_ht(self) -> Decimal:
        return self.shelf_ht + self.loyalty_ht + self.coupon_ht

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


def growth(now: Decimal, base: Decimal | None) -> Decimal | None:
    """The change as a fraction of the base; n/a when the base is not known or not positive."""
    if base is None or base <= 0:
        return None
    return EXACT.divide(now - base, base)

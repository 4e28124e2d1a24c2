"""A ticket in the making."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise

from epm.platform import money
from epm.platform.refusals import Fact
from inventory.selectors.goods import Good
from sales.models import OverrideKind
from sales.reckoning import LineMoney, Tax
from sales.selectors.tills import Limit, Till
from sales.services.till.basket import Basket
from sales.services.till.refusals import BeyondLimit

ZERO: Final = Decimal(0)
Row = dict[str, Any]


@dataclass(slots=True)
class Bill:
    """What has been reckoned so far: rows of lines, movements and overrides by their columns.

    `taxes`: base (excl. tax) and amount by code and rate, of all lines. Of gift cards and store
    credit, `cards` are to be opened and `entries` to be booked.
    """

    basket: Basket
    till: Till
    on: date
    goods: Mapping[int, Good]
    inclusive: bool
    rates: Mapping[str, tuple[Tax, ...]]
    exempt: bool = False
    cards: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    moves: list[Row] = field(default_factory=list)
    overrides: list[Row] = field(default_factory=list)
    taxes: dict[tuple[str, Decimal], list[Decimal]] = field(default_factory=dict)
    uses_approval: bool = False

    @property
    def places(self) -> int:
        return money.exponent(self.till.currency)

    @property
    def total(self) -> Decimal:
        return sum([line["net_ttc"] for line in self.lines], ZERO)

    def add(self, line_no: int, reckoned: LineMoney, **row: Any) -> None:
        """A line of goods with its money, and its taxes."""
        several = len(reckoned.taxes) > 1
        self.lines.append({
            "line_no": line_no, "kind": "item", "discount_shelf": ZERO, "discount_loyalty": ZERO,
            "discount_coupon": ZERO,
            "discount_manual": reckoned.discount_line + reckoned.discount_ticket,
            "gross_ttc": reckoned.gross_ttc, "net_ttc": reckoned.net_ttc,
            "net_ht": reckoned.net_ht, "vat": reckoned.vat, "tax_rate": reckoned.tax_rate,
            "taxes": told_taxes(reckoned) if several else None, **row,
        })  # fmt: skip
        for code, rate, amount in reckoned.taxes:
            base_and_amount = self.taxes.setdefault((code, rate), [ZERO, ZERO])
            base_and_amount[0] += reckoned.net_ht
            base_and_amount[1] += amount

    def add_plain(self, kind: str, amount: Decimal) -> int:
        """A line that is no goods and bears no tax: a tip, cash rounding, a gift card."""
        line_no = max((line["line_no"] for line in self.lines), default=0) + 1
        self.lines.append({
            "line_no": line_no, "kind": kind, "quantity": Decimal(1), "gross_ttc": amount,
            "discount_shelf": ZERO, "discount_loyalty": ZERO, "discount_coupon": ZERO,
            "discount_manual": ZERO, "net_ttc": amount, "net_ht": amount, "vat": ZERO,
            "tax_rate": ZERO, "is_piece": False,
        })  # fmt: skip
        return line_no

    def override(self, kind: OverrideKind, amount: Decimal, **more: Any) -> None:
        """Note where the ticket leaves what lists and rules say."""
        rounded = money.rounded(amount, currency=self.till.currency)
        self.overrides.append({"kind": kind.value, "amount": rounded, **more})

    def allow(
        self, within: Callable[[Limit], bool], what: str, detail: str | Promise, **facts: Fact
    ) -> None:
        """What the cashier may do alone, or a second person has approved. Raise BeyondLimit, with
        `facts` of the case.

        What was done offline is done: it is noted.
        """
        till = self.till
        if within(till.limit):
            return
        if till.approved is not None and within(till.approved):
            self.uses_approval = True
        elif self.basket.offline:
            self.basket.noted.append({"kind": "beyond-limit", "of": what})
        else:
            raise BeyondLimit(detail, limit=what, **facts)


def told_taxes(reckoned: LineMoney) -> list[dict[str, str]]:
    """The taxes of a line as they are kept."""
    return [
        {"tax": code, "rate": str(rate), "amount": str(amount)}
        for code, rate, amount in reckoned.taxes
    ]

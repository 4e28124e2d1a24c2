"""What a till asks for, before anybody has reckoned."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sales.models import Disposition, TenderKind


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount given by hand: an amount in the prices' basis, or a share (0.1 is 10 %)."""

    reason: str
    amount: Decimal | None = None
    share: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """A product sold. `unit_price` is in the basis of the store's prices; None: the list's."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """Some of a line of an earlier ticket comes back, at what it was sold for."""

    sale_id: UUID
    line_no: int
    quantity: Decimal
    disposition: Disposition = Disposition.SELLABLE


@dataclass(frozen=True, slots=True)
class Unreceipted:
    """Goods that come back without a receipt. `unit_price` as in `Sold`; `note`: who, by which
    paper."""

    product_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    disposition: Disposition = Disposition.SELLABLE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A gift card sold for `amount`. `code`: that card is loaded; none: a new one is issued."""

    amount: Decimal
    code: str = ""


Line = Sold | Returned | Unreceipted | Value


@dataclass(frozen=True, slots=True)
class Paid:
    """A part of what was paid, or (negative) paid back, as the till took it."""

    kind: TenderKind
    amount: Decimal
    reference: str = ""
    code: str = ""
    """Of a gift card or store credit; paid back without one, a new credit is issued."""


@dataclass(frozen=True, slots=True)
class Basket:
    """A ticket as a till tells it. Amounts are in the store's currency.

    `uuid` is the till's name for it, `digest` (SHA-256) of all it told. `total` is what the till
    reckoned, tip and cash rounding included. `offline`: the goods and the money have changed hands
    already, so nothing is refused that can be put down as a discrepancy.
    """

    uuid: UUID
    digest: bytes
    register_id: int
    lines: Sequence[Line]
    tenders: Sequence[Paid]
    sold_at: datetime
    discount: Discount | None = None
    tip: Decimal = Decimal(0)
    total: Decimal | None = None
    customer_id: int | None = None
    cashier_id: int | None = None
    role: str = ""
    approval: UUID | None = None
    offline: bool = False
    looked_at: bool = False
    """Somebody answers for it: however long ago it was sold, and whatever it says it came to."""
    told_at: datetime | None = None
    noted: list[dict[str, str | int | None]] = field(default_factory=list)
    """Discrepancies that were met on the way."""

"""What an edit of prices would do, before anybody does it: rows, sums and what they stand for."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store, StoreKind
from epm.platform.refusals import Kind, Refusal
from inventory.models import PriceList
from inventory.selectors.price_formulas import Basis, Formula, Note, margin_rate

MOST: Final = 10_000
NO_CURRENCY: Final = ""
"""Sale prices of the chain name none; they are counted in hundredths."""
ROWS: Final = """
    SELECT p.id, p.sku, p.name, p.purchase_price, p.tax_class_code, p.sale_price, i.price, i.id
    FROM inventory_product p
    LEFT JOIN inventory_pricelistitem i ON i.product_id = p.id AND i.price_list_id = %s
    WHERE p.id = ANY(%s) ORDER BY lower(p.sku)
"""


class TooManyProducts(Refusal):
    code = "inventory/too-many-products"
    title = _("Too many products for one edit")
    kind = Kind.TOO_LARGE


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants changed: the chain's prices or a list's, by formula, some by hand."""

    product_ids: Collection[int]
    price_list: PriceList | None = None
    formula: Formula = Formula()  # noqa: RUF009 - frozen
    typed: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        return self.price_list.currency if self.price_list else NO_CURRENCY


@dataclass(frozen=True, slots=True)
class Row:
    """A product of the grid. Prices include tax, the cost does not; margins are rates excl. tax.

    `old` is what stands there: None where nothing does, as for a product not yet on the list, whose
    `price` is then the chain's. `new` is `old` where nothing changes.
    """

    product_id: int
    sku: str
    name: str
    basis: Basis
    old: Decimal | None
    new: Decimal | None
    note: Note | None
    is_typed: bool

    @property
    def price(self) -> Decimal | None:
        return self.basis.price

    @property
    def changes(self) -> bool:
        return self.new != self.old

    @property
    def ends_up_at(self) -> Decimal | None:
        return self.new if self.changes else self.price

    @property
    def margin_now(self) -> Decimal | None:
        return margin_rate(self.price, self.basis)

    @property
    def margin_new(self) -> Decimal | None:
        return margin_rate(self.ends_up_at, self.basis)

    @property
    def is_below_cost(self) -> bool:
        price = self.ends_up_at
        return price is not None and price < self.basis.floor


@dataclass(frozen=True)
class Preview:
    """All rows of a wish, by SKU."""

    wish: Wish
    rows: list[Row]

    @cached_property
    def changed(self) -> list[Row]:
        return [row for row in self.rows if row.changes]

    @cached_property
    def below_cost(self) -> int:
        return sum(row.is_below_cost for row in self.rows)

    @cached_property
    def kept(self) -> int:
        """Rows the formula could not be applied to."""
        return sum(row.note is not None for row in self.rows)

    @cached_property
    def margins(self) -> "Margins":
        known = [
            row for row in self.rows if row.margin_now is not None and row.margin_new is not None
        ]
        return Margins(
            covered=len(known),
            cost=sum((row.basis.cost for row in known if row.basis.cost), Decimal(0)),
            now=sum(_net(known, "price"), Decimal(0)),
            new=sum(_net(known, "ends_up_at"), Decimal(0)),
        )

    @cached_property
    def seal(self) -> str:
        """Equal for two previews only where they change the same prices to the same prices."""
        told = "\n".join(f"{row.product_id} {row.old} {row.new}" for row in self.changed)
        target = self.wish.price_list.pk if self.wish.price_list else "chain"
        return hashlib.sha256(f"{target}\n{told}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Margins:
    """Sums excl. tax over one unit of each product whose cost, price and VAT rate are known."""

    covered: int
    cost: Decimal
    now: Decimal
    new: Decimal

    @property
    def rate_now(self) -> Decimal | None:
        return (self.now - self.cost) / self.now if self.now else None

    @property
    def rate_new(self) -> Decimal | None:
        return (self.new - self.cost) / self.new if self.new else None

    @property
    def gain(self) -> Decimal:
        return self.new - self.now


def preview(wish: Wish, *, on: date) -> Preview:
    """What the wish comes to with the prices as they are; `on` is the day of the VAT rates.

    Three queries, however many products. Raise TooManyProducts.
    """
    if len(wish.product_ids) > MOST:
        raise TooManyProducts(
            _("One edit takes at most %(most)s products.") % {"most": MOST}, most=MOST
        )
    with connection.cursor() as cursor:
        target = wish.price_list.pk if wish.price_list else None
        cursor.execute(ROWS, [target, list(wish.product_ids)])
        found = cursor.fetchall()
    rates = _rates({row[4] for row in found}, price_list=wish.price_list, on=on)
    return Preview(wish, [_row(row, wish=wish, rates=rates) for row in found])


def _row(found: tuple, *, wish: Wish, rates: Mapping[str, Decimal]) -> Row:
    product_id, sku, name, cost, tax_class, of_chain, of_list, item = found
    old = of_chain if wish.price_list is None else of_list
    price = of_chain if item is None else of_list
    basis = Basis(price, cost, rates.get(tax_class))
    by_hand = wish.typed.get(product_id)
    new, note = (
        wish.formula.applied(basis, currency=wish.currency)
        if by_hand is None
        else wish.formula.typed(by_hand, basis)
    )
    return Row(
        product_id, sku, name, basis, old, old if new is None else new, note,
        is_typed=by_hand is not None,
    )  # fmt: skip


def _net(rows: Collection[Row], name: str) -> Iterator[Decimal]:
    for row in rows:
        yield getattr(row, name) / (1 + (row.basis.rate or Decimal(0)))


def _rates(
    classes: Collection[str], *, price_list: PriceList | None, on: date
) -> Mapping[str, Decimal]:
    """The VAT rates within prices of the list's store, or those all shops of its reach share; else
    none known.

    Who knows rates lies above us and is named in the settings.
    """
    regime = _regime(price_list)
    if regime is None:
        return {}
    rates: Mapping[str, Decimal] = import_string(settings.EPM_TAX_RATES)(
        classes=classes, regime=regime, on=on
    )
    return rates


def _regime(price_list: PriceList | None) -> str | None:
    if price_list and price_list.store:
        return price_list.store.vat_regime
    selling = Store.objects.exclude(kind=StoreKind.WAREHOUSE)
    if price_list:
        selling = selling.filter(currency=price_list.currency)
    regimes = set(selling.values_list("vat_regime", flat=True).distinct())
    return regimes.pop() if len(regimes) == 1 else None

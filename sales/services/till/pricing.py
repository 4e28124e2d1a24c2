"""Goods that are sold, or come back without a receipt: prices, discounts, taxes."""

from collections.abc import Sequence
from decimal import ROUND_UP, Decimal
from typing import Final

from django.utils.translation import gettext as _

from epm.platform import money, shown
from inventory.selectors.goods import Good
from sales.models import NO_VAT_REGIME, Disposition, OverrideKind
from sales.reckoning import LineMoney, Reckoning, Tax, Ware, reckon, untaxed_price
from sales.selectors.tills import Limit
from sales.services.till.basket import Discount, Sold, Unreceipted
from sales.services.till.bill import ZERO, Bill, Row
from sales.services.till.refusals import (
    DiscountTooLarge,
    PriceUnknown,
    TaxUnknown,
)

Numbered = Sequence[tuple[int, Sold]]
ONE: Final = Decimal(1)


def add_sold(bill: Bill, lines: Numbered, *, reasons: dict[str, int]) -> None:
    """What is sold, with the ticket's own discount. Raise PriceUnknown, TaxUnknown,
    DiscountTooLarge, BeyondLimit."""
    wares = [_ware(bill, line_no, sold, exempt=bill.exempt) for line_no, sold in lines]
    discount = bill.basket.discount
    worth = sum([_gross(ware, bill) - ware.discount for ware in wares], ZERO)
    off = _amount_of(discount, of=worth, bill=bill) if discount else ZERO
    reckoned = reckon(wares, ticket_discount=off, inclusive=bill.inclusive, places=bill.places)
    for (line_no, sold), ware, line in zip(lines, wares, reckoned.lines, strict=True):
        good = bill.goods[sold.product_id]
        _check_discount(bill, line_no, line, asked=sold.unit_price, listed=good.price)
        bill.add(
            line_no, line, quantity=sold.quantity, **_copied(good),
            unit_price=ware.unit_price if bill.inclusive else _raised(ware),
        )  # fmt: skip
        bill.moves.append({"line_no": line_no, "product_id": good.id, "quantity": -sold.quantity})
        if sold.discount:
            bill.override(
                OverrideKind.DISCOUNT, line.discount_line, line_no=line_no,
                reason_id=reasons.get(sold.discount.reason), note=sold.discount.note,
            )  # fmt: skip
    if discount:
        bill.override(
            OverrideKind.DISCOUNT, sum([line.discount_ticket for line in reckoned.lines], ZERO),
            reason_id=reasons.get(discount.reason), note=discount.note,
        )  # fmt: skip
    if bill.exempt:
        bill.override(OverrideKind.TAX_EXEMPT, _spared(bill, lines, reckoned))


def add_unreceipted(bill: Bill, lines: Sequence[tuple[int, Unreceipted]]) -> None:
    """What comes back without a receipt, at today's price unless told. Raise as `add_sold`."""
    wares = [
        _ware(bill, line_no, Sold(back.product_id, back.quantity, back.unit_price), exempt=False)
        for line_no, back in lines
    ]
    bill.allow(
        lambda limit: limit.returns_without_receipt,
        "returns_without_receipt",
        _("Returns without a receipt are for those who may take them."),
    )
    reckoned = reckon(wares, inclusive=bill.inclusive, places=bill.places)
    for (line_no, back), ware, line in zip(lines, wares, reckoned.lines, strict=True):
        good = bill.goods[back.product_id]
        bill.add(
            line_no, _negated(line), quantity=-back.quantity, **_copied(good),
            disposition=back.disposition,
            unit_price=ware.unit_price if bill.inclusive else _raised(ware),
        )  # fmt: skip
        bill.moves.append(
            moved_back(line_no, good.id, back.quantity, back.disposition, unit_cost=None)
        )
        bill.override(OverrideKind.NO_RECEIPT, line.net_ttc, line_no=line_no, note=back.note)


def moved_back(
    line_no: int,
    product_id: int,
    quantity: Decimal,
    disposition: Disposition,
    *,
    unit_cost: Decimal | None,
) -> dict[str, object]:
    """The movement of goods that come back; what cannot be sold again is blocked at once."""
    moved: dict[str, object] = {
        "line_no": line_no, "product_id": product_id, "quantity": quantity, "unit_cost": unit_cost,
    }  # fmt: skip
    if disposition != Disposition.SELLABLE:
        moved |= {"blocked": quantity, "reason": disposition.value}
    return moved


def _ware(bill: Bill, line_no: int, sold: Sold, *, exempt: bool) -> Ware:
    good = bill.goods[sold.product_id]
    price = _price(bill, line_no, good, sold)
    taxes = _taxes(bill, good)
    if exempt:
        price = untaxed_price(price, taxes=taxes) if bill.inclusive else price
        taxes = ()
    ware = Ware(sold.quantity, price, taxes=taxes)
    if sold.discount is None:
        return ware
    off = _amount_of(sold.discount, of=_gross(ware, bill), bill=bill)
    return Ware(sold.quantity, price, off, taxes)


def _price(bill: Bill, line_no: int, good: Good, sold: Sold) -> Decimal:
    """The price that was told, or that holds. Another one than the list's has its limit."""
    asked, listed = sold.unit_price, good.price
    if asked is None:
        if listed is None:
            raise PriceUnknown(
                _("Nobody knows what %(sku)s costs: say its price.") % {"sku": good.sku},
                line=line_no, sku=good.sku,
            )  # fmt: skip
        return listed
    if listed is None:
        bill.allow(
            lambda limit: limit.price_change > 0,
            "open_price",
            _("%(sku)s has no price: somebody who may change prices must say it.")
            % {"sku": good.sku},
        )
        bill.override(OverrideKind.OPEN_PRICE, ZERO, line_no=line_no)
        return asked
    if asked != listed:
        bill.allow(
            lambda limit: abs(asked - listed) <= listed * limit.price_change,
            "price_change",
            _("%(sku)s costs %(listed)s, not %(asked)s.")
            % {"sku": good.sku, "listed": shown.exact(listed), "asked": shown.exact(asked)},
            line=line_no, product=good.id, sku=good.sku, listed=money.plain(listed),
        )  # fmt: skip
        bill.override(OverrideKind.PRICE, (listed - asked) * sold.quantity, line_no=line_no)
    return asked


def _taxes(bill: Bill, good: Good) -> tuple[Tax, ...]:
    if bill.till.vat_regime == NO_VAT_REGIME:
        return ()
    if good.tax_class not in bill.rates:
        raise TaxUnknown(
            _("%(sku)s is of the tax class “%(tax_class)s”, which has no rate here.")
            % {"sku": good.sku, "tax_class": good.tax_class},
            sku=good.sku,
        )
    return bill.rates[good.tax_class]


def _copied(good: Good) -> Row:
    """What a line copies of its product."""
    return {
        "product_id": good.id,
        "sku": good.sku,
        "name": good.name,
        "is_piece": good.is_piece,
        "category_id": good.category_id,
    }


def _gross(ware: Ware, bill: Bill) -> Decimal:
    return money.rounded(ware.quantity * ware.unit_price, currency=bill.till.currency)


def _amount_of(discount: Discount, *, of: Decimal, bill: Bill) -> Decimal:
    """A discount in the prices' basis. Raise DiscountTooLarge."""
    if discount.share is not None:
        return money.rounded(of * discount.share, currency=bill.till.currency)
    amount = discount.amount or ZERO
    if amount > of and bill.basket.offline:
        bill.basket.noted.append({"kind": "discount-too-large", "difference": str(amount - of)})
        return of
    if amount > of:
        raise DiscountTooLarge(
            _("A discount of %(discount)s is more than the %(worth)s that it is given on.")
            % {"discount": shown.exact(amount), "worth": shown.exact(of)}
        )
    return amount


def _check_discount(
    bill: Bill, line_no: int, line: LineMoney, *, asked: Decimal | None, listed: Decimal | None
) -> None:
    """All that was taken off a line by hand, its share of the ticket's discount included.

    On a price that was lowered already, both together are less than the list's by no more than the
    wider of the two limits.
    """
    given = line.discount_line + line.discount_ticket
    if not given:
        return
    lowered = ZERO
    if asked and listed and asked < listed:
        lowered = line.gross_ttc * (listed - asked) / asked
    unit = money.quantum(bill.till.currency)

    def within(limit: Limit) -> bool:
        # A share of a few cents is rounded; that is nobody's fault.
        alone = (line.gross_ttc * limit.discount).quantize(unit, ROUND_UP)
        widest = max(limit.discount, limit.price_change)
        together = ((line.gross_ttc + lowered) * widest).quantize(unit, ROUND_UP)
        return given <= alone and (not lowered or given + lowered <= together)

    bill.allow(
        within,
        "discount",
        _("The discount on line %(line)s is more than you may give.") % {"line": line_no},
    )


def _raised(ware: Ware) -> Decimal:
    """A unit price as lines keep it, tax included, of one that is without."""
    rate = sum([tax.rate for tax in ware.taxes], ZERO)
    return (ware.unit_price * (ONE + rate)).quantize(Decimal("0.000001"))


def _negated(line: LineMoney) -> LineMoney:
    return LineMoney(
        -line.gross_ttc, -line.discount_line, -line.discount_ticket, -line.net_ttc, -line.net_ht,
        -line.vat, line.tax_rate, tuple((code, rate, -tax) for code, rate, tax in line.taxes),
    )  # fmt: skip


def _spared(bill: Bill, lines: Numbered, reckoned: Reckoning) -> Decimal:
    """The tax that an exempt customer does not pay."""
    spared = ZERO
    for (_line_no, sold), line in zip(lines, reckoned.lines, strict=True):
        taxes = _taxes(bill, bill.goods[sold.product_id])
        spared += line.net_ttc * sum([tax.rate for tax in taxes], ZERO)
    return spared

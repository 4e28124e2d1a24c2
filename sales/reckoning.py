"""What a ticket costs: the one place that computes its money. No database, no Django, no currency
but its decimal places.

Inside, amounts are whole numbers of the smallest unit (cents), so that every rounding is one
division and every sharing is exact. The import of sales does the same in SQL; see ADR 0026.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from sales.cents import EXACT, half_up, money, part, shared, units

NOTHING: Final = Decimal(0)
PRICE_STEP: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Tax:
    """One tax of a class of goods: its code as receipts show it, its rate (0.2 for 20 %)."""

    code: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Ware:
    """What one line sells. `unit_price` and `discount` (of the whole line, at most what it costs)
    are in the regime's basis, incl. or excl. tax. Lines taxed alike name their taxes in one order.
    """

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = NOTHING
    taxes: tuple[Tax, ...] = ()
    share: bool = True
    """Takes part in the ticket's discount."""


@dataclass(frozen=True, slots=True)
class LineMoney:
    """The amounts of a line, in the currency's decimal places: net_ttc = gross_ttc −
    discount_line − discount_ticket, net_ttc = net_ht + vat, vat = the sum of its taxes."""

    gross_ttc: Decimal
    discount_line: Decimal
    discount_ticket: Decimal
    net_ttc: Decimal
    net_ht: Decimal
    vat: Decimal
    tax_rate: Decimal
    taxes: tuple[tuple[str, Decimal, Decimal], ...]
    """Code, rate and amount of each."""


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What a ticket bears of one tax at one rate: `amount` on `base`, which excludes all tax."""

    code: str
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The money of a ticket; its lines sum to its totals, taxes are by code and rate."""

    lines: list[LineMoney]
    taxes: list[TaxSum]
    total_ttc: Decimal
    total_ht: Decimal
    total_vat: Decimal


def reckon(
    wares: Sequence[Ware],
    *,
    ticket_discount: Decimal = NOTHING,
    inclusive: bool,
    places: int,
) -> Reckoning:
    """The money of a ticket of sold goods, at prices that include tax or not.

    `ticket_discount` is in the prices' basis. It goes to the lines that share it in proportion to
    what they cost after their own discounts, and ends where these are free. ValueError: a quantity
    that is not positive, a discount below zero or above its line.
    """
    nets, discounts = _priced(wares, places)
    shares = _ticket_shares(wares, nets, units(ticket_discount, places))
    nets = [net - share for net, share in zip(nets, shares, strict=True)]
    parts = _contained(wares, nets) if inclusive else _added(wares, nets)
    lines = []
    sums: dict[Tax, list[int]] = {}
    ttc_sum = vat_sum = 0
    for ware, net, own, share, amounts in zip(wares, nets, discounts, shares, parts, strict=True):
        vat = sum(amounts)
        rate = _rate(ware.taxes)
        ttc, ht = (net, net - vat) if inclusive else (net + vat, net)
        if not inclusive and (own or share):
            over, under = rate.as_integer_ratio()
            own, share = (half_up(d * (over + under), under) for d in (own, share))  # noqa: PLW2901
        ttc_sum += ttc
        vat_sum += vat
        for tax, amount in zip(ware.taxes, amounts, strict=True):
            tax_sum = sums.setdefault(tax, [0, 0])
            tax_sum[0] += ht
            tax_sum[1] += amount
        lines.append(
            _line(
                (ttc + own + share, own, share, ttc, ht, vat),
                rate=rate,
                taxes=[(tax.code, tax.rate) for tax in ware.taxes],
                amounts=amounts,
                places=places,
            )
        )
    return Reckoning(
        lines,
        [
            TaxSum(tax.code, tax.rate, money(base, places), money(amount, places))
            for tax, (base, amount) in sorted(sums.items(), key=_code_and_rate)
        ],
        money(ttc_sum, places),
        money(ttc_sum - vat_sum, places),
        money(vat_sum, places),
    )


def mirrored(
    sold: LineMoney,
    *,
    quantity: Decimal,
    returned_before: Decimal,
    returning: Decimal,
    gone: LineMoney | None = None,
    places: int,
) -> LineMoney:
    """The money of a return of `returning` units of a line that sold `quantity`, all negative.

    What has come back so far is rounded as a whole, less `gone`, what the earlier returns of
    `returned_before` units took (their sums, positive): the last unit takes the remainder, so that
    in whatever steps, all amounts net to zero. VAT follows the money paid back, each tax the VAT.
    ValueError: more than was sold, or nothing.
    """
    back = EXACT.add(returned_before, returning)
    if returning <= 0 or returned_before < 0 or back > quantity:
        raise ValueError(f"{returning} after {returned_before} of {quantity} cannot come back")
    share = Fraction(back) / Fraction(quantity)
    own, ticket, ttc = (
        half_up(units(amount, places) * share.numerator, share.denominator)
        for amount in (sold.discount_line, sold.discount_ticket, sold.net_ttc)
    )
    vat = part(ttc, of=units(sold.vat, places), whole=units(sold.net_ttc, places))
    amounts = _returned_taxes(vat, [units(amount, places) for _, _, amount in sold.taxes])
    before = {(code, rate): amount for code, rate, amount in gone.taxes} if gone else {}
    taxes = [(code, rate) for code, rate, _ in sold.taxes]
    reached = (ttc + own + ticket, own, ticket, ttc, ttc - vat, vat)
    return _line(
        [was - now for was, now in zip(_amounts(gone, places), reached, strict=True)],
        rate=sold.tax_rate,
        taxes=taxes,
        amounts=[
            units(before.get(tax, NOTHING), places) - amount
            for tax, amount in zip(taxes, amounts, strict=True)
        ],
        places=places,
    )


def untaxed_price(unit_price: Decimal, *, taxes: Iterable[Tax]) -> Decimal:
    """A unit price that includes `taxes` less these, to 6 places: what exempt customers pay."""
    return EXACT.divide(unit_price, 1 + _rate(tuple(taxes))).quantize(PRICE_STEP, context=EXACT)


def _priced(wares: Sequence[Ware], places: int) -> tuple[list[int], list[int]]:
    """What each line costs after its own discount, and that discount."""
    nets, discounts = [], []
    for ware in wares:
        gross = units(EXACT.multiply(ware.quantity, ware.unit_price), places)
        discount = units(ware.discount, places) if ware.discount else 0
        if ware.quantity <= 0 or not 0 <= discount <= gross:
            raise ValueError(f"{ware.quantity} × {ware.unit_price} less {ware.discount}")
        nets.append(gross - discount)
        discounts.append(discount)
    return nets, discounts


def _ticket_shares(wares: Sequence[Ware], nets: Sequence[int], discount: int) -> list[int]:
    if discount < 0:
        raise ValueError("a discount is not negative")
    weights = [net if ware.share else 0 for ware, net in zip(wares, nets, strict=True)]
    worth = sum(weights)
    discount = min(discount, worth)
    if not discount:
        return [0] * len(wares)
    return shared(discount, exact=[discount * weight for weight in weights], under=worth)


def _contained(wares: Sequence[Ware], nets: Sequence[int]) -> list[Sequence[int]]:
    """Each line's amounts of its taxes, which `nets` contain: rounded once per set of taxes."""
    parts: list[Sequence[int]] = [()] * len(wares)
    alike: dict[tuple[Tax, ...], list[int]] = {}
    for row, ware in enumerate(wares):
        alike.setdefault(ware.taxes, []).append(row)
    for taxes, rows in alike.items():
        if not taxes:
            continue
        over, under = _rate(taxes).as_integer_ratio()
        total = sum([nets[row] for row in rows])
        total_ht = total - half_up(total * over, under + over)
        hts = shared(total_ht, exact=[nets[row] * under for row in rows], under=under + over)
        vats = [nets[row] - ht for row, ht in zip(rows, hts, strict=True)]
        for row, amounts in zip(rows, _split(vats, taxes), strict=True):
            parts[row] = amounts
    return parts


def _split(vats: list[int], taxes: tuple[Tax, ...]) -> Iterable[Sequence[int]]:
    """Each line's VAT as the amounts of its taxes, so that both lines and taxes sum exactly.

    The last tax is split off first, rounded once over all lines and shared out; what is left to a
    line is never less than nothing, as no share is more than its line's whole.
    """
    columns, left = [], vats
    for end in range(len(taxes) - 1, 0, -1):
        of, whole = _rate(taxes[:end]), _rate(taxes[: end + 1])
        kept = Fraction(of) / Fraction(whole) if whole else Fraction(0)
        total = half_up(sum(left) * kept.numerator, kept.denominator)
        rest = shared(total, exact=[vat * kept.numerator for vat in left], under=kept.denominator)
        columns.append([vat - keep for vat, keep in zip(left, rest, strict=True)])
        left = rest
    columns.append(left)
    return zip(*reversed(columns), strict=True)


def _added(wares: Sequence[Ware], nets: Sequence[int]) -> list[Sequence[int]]:
    """Each line's amounts of its taxes, which come on top of `nets`: rounded once per tax."""
    parts = [[0] * len(ware.taxes) for ware in wares]
    bearing: dict[Tax, list[tuple[int, int]]] = {}
    for row, ware in enumerate(wares):
        for place, tax in enumerate(ware.taxes):
            bearing.setdefault(tax, []).append((row, place))
    for tax, cells in bearing.items():
        over, under = tax.rate.as_integer_ratio()
        exact = [nets[row] * over for row, _place in cells]
        amounts = shared(half_up(sum(exact), under), exact=exact, under=under)
        for (row, place), amount in zip(cells, amounts, strict=True):
            parts[row][place] = amount
    return list(parts)


def _returned_taxes(vat: int, sold: Sequence[int]) -> list[int]:
    """`vat` returned so far as the taxes of a line, the last split off first as in `_split`."""
    amounts, left, whole = [], vat, sum(sold)
    for tax in reversed(sold):
        kept = part(left, of=whole - tax, whole=whole)
        amounts.append(left - kept)
        left, whole = kept, whole - tax
    return amounts[::-1]


def _amounts(line: LineMoney | None, places: int) -> tuple[int, ...]:
    if line is None:
        return (0,) * 6
    amounts = (
        line.gross_ttc, line.discount_line, line.discount_ticket, line.net_ttc, line.net_ht,
        line.vat,
    )  # fmt: skip
    return tuple(units(amount, places) for amount in amounts)


def _line(
    amounts_of_line: Sequence[int],
    *,
    rate: Decimal,
    taxes: Sequence[tuple[str, Decimal]],
    amounts: Sequence[int],
    places: int,
) -> LineMoney:
    gross, own, ticket, ttc, ht, vat = [money(amount, places) for amount in amounts_of_line]
    told = tuple(
        (code, of, money(amount, places)) for (code, of), amount in zip(taxes, amounts, strict=True)
    )
    return LineMoney(gross, own, ticket, ttc, ht, vat, rate, told)


def _rate(taxes: tuple[Tax, ...]) -> Decimal:
    """The rates of all of `taxes` together."""
    return taxes[0].rate if len(taxes) == 1 else sum([tax.rate for tax in taxes], NOTHING)


def _code_and_rate(tax_sum: tuple[Tax, list[int]]) -> tuple[str, Decimal]:
    return tax_sum[0].code, tax_sum[0].rate

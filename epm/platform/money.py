"""Amounts are Decimal, rounded half up to the currency's own exponent. Never float."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache

# ISO 4217 minor units that are not 2; `epm_currency_exponent` is the same table in SQL.
EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
         "XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}  # fmt: skip


def exponent(currency: str) -> int:
    """Decimal places of `currency` (ISO 4217)."""
    return EXPONENTS.get(currency, 2)


@cache
def quantum(currency: str) -> Decimal:
    """The smallest amount of `currency`: 0.01 for EUR."""
    return Decimal(1).scaleb(-exponent(currency))


def rounded(amount: Decimal, *, currency: str) -> Decimal:
    """`amount` rounded half up (away from zero at the half) to what `currency` can hold."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


def vat_of(total_ttc: Decimal, *, rate: Decimal, currency: str) -> Decimal:
    """VAT contained in a tax-inclusive total: round_half_up(T * r / (1 + r)).

    Source: domain rule 4.1, per ticket and rate, rounded once.
    """
    return rounded(total_ttc * rate / (1 + rate), currency=currency)


def allocated(total: Decimal, *, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """`total` split in proportion to `weights`, to the cent, by largest remainder.

    Ties go to the earlier weight. The parts sum to `total` exactly. Weights are not negative and
    not all zero (ValueError).
    """
    weight_sum = sum(weights, Decimal(0))
    if weight_sum <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and must not all be zero")
    unit, sign = quantum(currency), (1 if total >= 0 else -1)
    units = int((abs(total) / unit).to_integral_exact())
    exact = [units * weight / weight_sum for weight in weights]
    floors = [int(share.to_integral_value(rounding=ROUND_FLOOR)) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (floors[i] - exact[i], i))
    for i in by_remainder[: units - sum(floors)]:
        floors[i] += 1
    return [sign * part * unit for part in floors]


def plain(number: Decimal) -> str:
    """`number` as it is stored, in full and without exponent; no zeros beyond two places.

    12.340 → "12.34", 12.000 → "12.00", 3 → "3", 0.055000 → "0.055".
    """
    text = format(number, "f")
    whole, point, places = text.partition(".")
    return f"{whole}.{places[:2]}{places[2:].rstrip('0')}" if point else text

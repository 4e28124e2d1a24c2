"""Amounts as whole numbers of a currency's smallest unit: exact, and fast enough for a till."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

# Wide enough for any quantity times any unit price without rounding twice.
EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)


def units(amount: Decimal, places: int) -> int:
    """`amount` in units of the last of its currency's `places`, the half away from zero."""
    return int(EXACT.to_integral_value(EXACT.scaleb(amount, places)))


def money(amount: int, places: int) -> Decimal:
    """The amount of so many units."""
    return EXACT.scaleb(Decimal(amount), -places)


def half_up(over: int, under: int) -> int:
    """over / under to the nearest whole number, the half up; over is not negative."""
    return (2 * over + under) // (2 * under)


def part(amount: int, *, of: int, whole: int) -> int:
    """amount · of / whole, where a part of nothing is nothing."""
    return half_up(amount * of, whole) if whole else 0


def shared(total: int, *, exact: Sequence[int], under: int) -> list[int]:
    """`total` over lines whose exact shares are `exact` / `under`, none negative, by largest
    remainder, the earlier line first. `total` is the sum of the exact shares, rounded."""
    if len(exact) == 1:
        return [total]
    parts = [share // under for share in exact]
    left = total - sum(parts)
    if left:
        rows = sorted(range(len(exact)), key=lambda row: -(exact[row] % under))
        for row in rows[:left]:
            parts[row] += 1
    return parts

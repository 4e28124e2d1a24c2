"""A course that stays until it changes, drawn by the server as steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

WIDTH: Final = 800
HEIGHT: Final = 160
EDGE: Final = 6


@dataclass(frozen=True, slots=True)
class StepChart:
    """SVG paths in a box of `width` by `height`; `zero` is how far down nothing lies. `low` and
    `high` are the least and the most there was."""

    line: str
    area: str
    zero: str
    low: Decimal
    high: Decimal
    first: date
    last: date
    width: int = WIDTH
    height: int = HEIGHT


def step_chart(points: Sequence[tuple[date, Decimal]], *, until: date) -> StepChart | None:
    """The course of `points`, by day, each until the next and the last one `until` then.

    None where there is no course to see: without points, or all of one day.
    """
    if not points:
        return None
    first, last = points[0][0], max(until, points[-1][0])
    if first == last:
        return None
    low, high = (of(value for _day, value in points) for of in (min, max))
    floor = min(Decimal(0), low)
    days, reach = (last - first).days, float(max(Decimal(0), high) - floor) or 1.0

    def across(day: date) -> str:
        return f"{(day - first).days / days * WIDTH:.1f}"

    def down(value: Decimal) -> str:
        return f"{HEIGHT - EDGE - float(value - floor) / reach * (HEIGHT - 2 * EDGE):.1f}"

    steps = "".join(f"H{across(day)}V{down(value)}" for day, value in points[1:])
    line = f"M0 {down(points[0][1])}{steps}H{across(last)}"
    zero = down(Decimal(0))
    return StepChart(
        line=line,
        area=f"{line}V{zero}H0Z",
        zero=zero,
        low=low,
        high=high,
        first=first,
        last=last,
    )

"""A small line without axes, drawn by the server."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

WIDTH: Final = 120
HEIGHT: Final = 30
EDGE: Final = 2
FEWEST: Final = 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """SVG paths in a box of `width` by `height`, and the same in words."""

    line: str
    area: str
    dots: str
    told: str
    width: int = WIDTH
    height: int = HEIGHT


def sparkline(
    values: Sequence[Decimal | None], *, name: str, told: Sequence[str]
) -> Sparkline | None:
    """The course of `values`, with gaps where they are not known; None when there is no course.

    `told` are the same values as people read them.
    """
    known = [value for value in values if value is not None]
    if len(known) < FEWEST:
        return None
    low, high = min(known), max(known)
    words = _("%(name)s: from %(first)s to %(last)s, at least %(least)s, at most %(most)s") % {
        "name": name,
        "first": told[_first(values)],
        "last": told[len(values) - 1 - _first(values[::-1])],
        "least": told[values.index(low)],
        "most": told[values.index(high)],
    }
    runs = list(_runs(values, low=low, high=high))
    return Sparkline(
        line=" ".join("M" + "L".join(f"{x} {y}" for x, y in run) for run in runs if len(run) > 1),
        area=" ".join(
            f"M{run[0][0]} {HEIGHT}L"
            + "L".join(f"{x} {y}" for x, y in run)
            + f"L{run[-1][0]} {HEIGHT}Z"
            for run in runs
            if len(run) > 1
        ),
        dots=" ".join(f"M{run[0][0]} {run[0][1]}h0" for run in runs if len(run) == 1),
        told=words,
    )


def _first(values: Sequence[Decimal | None]) -> int:
    return next(place for place, value in enumerate(values) if value is not None)


def _runs(
    values: Sequence[Decimal | None], *, low: Decimal, high: Decimal
) -> Iterator[list[tuple[str, str]]]:
    """Neighbouring known values as points; one alone becomes a dot."""
    step = WIDTH / (len(values) - 1)
    reach = float(high - low) or 1.0
    run: list[tuple[str, str]] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            y = HEIGHT - EDGE - float(value - low) / reach * (HEIGHT - 2 * EDGE)
            run.append((f"{place * step:.1f}", f"{y:.1f}"))
        elif run:
            yield run
            run = []

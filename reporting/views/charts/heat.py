"""A table whose cells are coloured by size, in steps that do not rely on telling hues apart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.safestring import SafeString, mark_safe

from reporting.views.charts.markup import element, linked

STEPS: Final = 7
"""Classes q0 (nothing) to q6 (the most), the same for every heat table."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    text: str
    step: int
    title: str = ""
    href: str = ""

    def html(self) -> str:
        return element("td", linked(self.text, self.href), class_=f"q{self.step}", title=self.title)


@dataclass(frozen=True, slots=True)
class Heat:
    """`rows` are pairs of a label and its cells; `least` and `most` stand beside the scale."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[HeatCell]]]
    least: str
    most: str
    steps: Sequence[int] = tuple(range(STEPS))

    @property
    def body(self) -> SafeString:
        rows = [
            element("th", linked(label, ""), scope="row") + "".join(cell.html() for cell in cells)
            for label, cells in self.rows
        ]
        return mark_safe("".join(element("tr", row) for row in rows))  # noqa: S308 - escaped


def heat(
    caption: str,
    *,
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Decimal | None]]],
    told: Callable[[Decimal | None], str],
    title: Callable[[int, int], str] = lambda _row, _column: "",
    href: Callable[[int, int], str] = lambda _row, _column: "",
) -> Heat:
    """Cells by their share of the largest; what is not known or not positive has no colour.

    `title` and `href` are asked with the place of the cell: its row and column.
    """
    most = max((value for _, values in rows for value in values if value is not None), default=None)
    return Heat(
        caption=caption,
        columns=columns,
        rows=[
            (
                label,
                [
                    HeatCell(
                        text=told(value),
                        step=step_of(value, most=most),
                        title=title(row, column),
                        href=href(row, column),
                    )
                    for column, value in enumerate(values)
                ],
            )
            for row, (label, values) in enumerate(rows)
        ],
        least=told(Decimal(0)),
        most=told(most),
    )


def step_of(value: Decimal | None, *, most: Decimal | None) -> int:
    """0 for nothing, 1 to STEPS − 1 for equal parts of the largest."""
    if value is None or most is None or value <= 0 or most <= 0:
        return 0
    return min(STEPS - 1, 1 + int(value / most * (STEPS - 1)))

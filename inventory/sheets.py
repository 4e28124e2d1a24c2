"""Sheets and rolls of labels that shops buy. Everything in millimetres."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

A4: Final = (210.0, 297.0)
LETTER: Final = (215.9, 279.4)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of equal labels, the first at `left`, `top`; a roll is a page of one."""

    code: str
    paper: str
    page: tuple[float, float]
    columns: int
    rows: int
    width: float
    height: float
    left: float = 0
    top: float = 0
    gap: float = 0
    """Between columns; rows touch."""

    @property
    def count(self) -> int:
        """Labels on a page."""
        return self.columns * self.rows

    def __str__(self) -> str:
        size = f"{self.width:g} × {self.height:g} mm"
        if self.count == 1:
            return _("Roll, %(size)s") % {"size": size}
        grid = f"{self.columns} × {self.rows}"
        return _("%(paper)s, %(grid)s labels of %(size)s") % {
            "paper": self.paper, "grid": grid, "size": size,
        }  # fmt: skip

    def corner(self, place: int) -> tuple[float, float]:
        """The upper left corner of a label, from the upper left of the page; `place` from 0."""
        row, column = divmod(place, self.columns)
        return self.left + column * (self.width + self.gap), self.top + row * self.height


def _roll(width: float, height: float) -> Sheet:
    return Sheet(f"roll-{width:g}x{height:g}", "", (width, height), 1, 1, width, height)


SHEETS: Final = {
    sheet.code: sheet
    for sheet in (
        Sheet("a4-3x8", "A4", A4, 3, 8, 70, 37, top=0.5),
        Sheet("a4-3x7", "A4", A4, 3, 7, 63.5, 38.1, left=7.25, top=15.15, gap=2.5),
        Sheet("a4-2x7", "A4", A4, 2, 7, 99.1, 38.1, left=4.65, top=15.15, gap=2.5),
        Sheet("a4-4x10", "A4", A4, 4, 10, 52.5, 29.7),
        Sheet("a4-4x12", "A4", A4, 4, 12, 48.5, 24.5, left=8, top=1.5),
        Sheet("a4-5x13", "A4", A4, 5, 13, 38.1, 21.2, left=4.75, top=10.7, gap=2.5),
        Sheet(
            "letter-3x10", "Letter", LETTER, 3, 10, 66.675, 25.4, left=4.7625, top=12.7, gap=3.175
        ),
        _roll(80, 50),
        _roll(80, 40),
        _roll(57, 32),
    )
}

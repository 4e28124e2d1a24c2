"""Areas by size: squarified by the server, drawn as SVG with links and titles."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import squarify
from django.utils.safestring import SafeString, mark_safe

from reporting.views.charts.markup import element, linked

GAP: Final = 2.0
LINE: Final = 17.0
SMALL: Final = 7.4
CAPITAL: Final = 9.4
"""Widths of letters at the font size of the drawing, a little more than the mean."""
PAD: Final = 10.0
FINE: Final = 0.85
"""How much smaller a word is written that does not fit otherwise."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing with a size. `tone` is a CSS class; `told` the whole of it in words."""

    name: str
    size: Decimal
    value: str
    told: str
    href: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    x: str
    y: str
    look: str

    def svg(self) -> str:
        return element("text", linked(self.text, ""), x=self.x, y=self.y, class_=self.look)


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    value: str
    x: str
    y: str
    width: str
    height: str
    href: str
    told: str
    tone: str
    lines: tuple[Line, ...]

    def svg(self) -> str:
        area = element("rect", "", x=self.x, y=self.y, width=self.width, height=self.height, rx="4")
        inner = element("title", linked(self.told, "")) + area
        inner += "".join(line.svg() for line in self.lines)
        return element("a" if self.href else "g", inner, href=self.href, class_=self.tone)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The same for a wide screen and for a phone; CSS shows one of them."""

    name: str
    width: int
    height: int
    boxes: tuple[Box, ...]

    @property
    def body(self) -> SafeString:
        return mark_safe("".join(box.svg() for box in self.boxes))  # noqa: S308 - escaped

    @property
    def nameless(self) -> SafeString:
        """What the boxes are that have no room for a word."""
        told = (
            f"{linked(box.name, box.href)} {element('small', linked(box.value, ''))}"
            for box in self.boxes
            if not box.lines
        )
        return mark_safe(", ".join(told))  # noqa: S308 - escaped


@dataclass(frozen=True, slots=True)
class Treemap:
    title: str
    drawings: tuple[Drawing, ...]


def treemap(title: str, parts: Sequence[Part]) -> Treemap | None:
    """Boxes for the `parts` with a size, the largest first; None without any."""
    sized = sorted((part for part in parts if part.size > 0), key=lambda part: -part.size)
    if not sized:
        return None
    return Treemap(
        title=title,
        drawings=(
            _drawing("wide", 500, 380, sized),
            _drawing("narrow", 330, 460, sized),
        ),
    )


def _drawing(name: str, width: int, height: int, parts: Sequence[Part]) -> Drawing:
    sizes = squarify.normalize_sizes([float(part.size) for part in parts], width, height)
    places = squarify.squarify(sizes, 0, 0, width, height)
    boxes = [_box(part, place) for part, place in zip(parts, places, strict=True)]
    return Drawing(name, width, height, tuple(boxes))


def _box(part: Part, place: dict[str, float]) -> Box:
    width, height = max(place["dx"] - GAP, 0.5), max(place["dy"] - GAP, 0.5)
    x, y = place["x"] + GAP / 2, place["y"] + GAP / 2
    texts = [(part.name, True), (part.value, False)]
    room = max(0, int((height - PAD) // LINE))
    wide = width - PAD
    lines = [
        Line(
            _cut(text, wide if _fits(text, wide) else wide / FINE),
            _told(x + PAD / 2),
            _told(y + PAD / 2 + LINE * (at + 0.75)),
            " ".join(["strong"] * strong + ["fine"] * (not _fits(text, wide))),
        )
        for at, (text, strong) in enumerate(texts[:room])
        if _fits("MMMM", wide) and (strong or _fits(text, wide / FINE))
    ]
    return Box(
        name=part.name,
        value=part.value,
        x=_told(x),
        y=_told(y),
        width=_told(width),
        height=_told(height),
        href=part.href,
        told=part.told,
        tone=part.tone,
        lines=tuple(lines),
    )


def _cut(text: str, width: float) -> str:
    """As much of the text as fits."""
    if _fits(text, width):
        return text
    letters = len(text)
    while letters and not _fits(text[:letters] + "…", width):
        letters -= 1
    return text[:letters].rstrip() + "…"


def _fits(text: str, width: float) -> bool:
    return sum(CAPITAL if letter.isupper() else SMALL for letter in text) <= width


def _told(number: float) -> str:
    """For SVG, whatever the language of the page."""
    return f"{number:.1f}"

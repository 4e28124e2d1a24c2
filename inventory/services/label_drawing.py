"""One label on a canvas: name above, price and barcode below. In points, from the lower left."""

import unicodedata
from functools import cache
from typing import Final

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.eanbc import UPCA, Ean8BarcodeWidget, Ean13BarcodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from inventory.models import BarcodeKind
from inventory.selectors.labels import Label

PLAIN: Final = "Vera"
BOLD: Final = "VeraBd"
PADDING: Final = 1.8 * mm
ELLIPSIS: Final = "…"
NOMINAL: Final = 0.33 * mm
"""Width of the thinnest bar of an EAN at its full size; readers want no less than 80 % of it."""
THINNEST: Final = 0.19 * mm
"""What a reader can still tell apart in a Code 128."""
WIDGETS: Final = {8: Ean8BarcodeWidget, 12: UPCA, 13: Ean13BarcodeWidget}
TALLEST: Final = 16 * mm


def draw(*, canvas: Canvas, label: Label, width: float, height: float) -> None:
    """Draw `label` into a box of this size at the origin."""
    _fonts()
    inner = width - 2 * PADDING
    below = _name(canvas, label, width=inner, height=height)
    if width >= 60 * mm:
        _barcode(canvas, label, width=0.54 * inner, height=below - PADDING)
        _price_beside(canvas, label, left=PADDING + 0.56 * inner, right=width - PADDING, top=below)
    else:
        below = _price_above(canvas, label, right=width - PADDING, top=below)
        _barcode(canvas, label, width=inner, height=below - PADDING)


def printable(*, text: str) -> str:
    """`text` in letters the font has: ą without its tail, what has no likeness as “?”."""
    known = _fonts()
    return "".join(letter if ord(letter) in known else _likeness(letter, known) for letter in text)


def cut(*, text: str, font: str, size: float, width: float) -> str:
    """`text` if it is no wider than `width`, else its beginning and “…”."""
    if stringWidth(text, font, size) <= width:
        return text
    while text and stringWidth(text + ELLIPSIS, font, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


def wrapped(*, text: str, font: str, size: float, width: float, lines: int) -> list[str]:
    """`text` broken between words into at most so many lines; the last one says when it is cut."""
    found = simpleSplit(text, font, size, width)
    kept = found[:lines]
    if len(found) > lines:
        kept[-1] = " ".join(found[lines - 1 :])
    return [cut(text=line, font=font, size=size, width=width) for line in kept]


def _name(canvas: Canvas, label: Label, *, width: float, height: float) -> float:
    """Write the name; where what is free below it begins."""
    roomy = height >= 28 * mm
    size = 9.0 if roomy else 7.0
    lines = wrapped(
        text=printable(text=label.name), font=BOLD, size=size, width=width, lines=2 if roomy else 1
    )
    canvas.setFont(BOLD, size)
    baseline = height - PADDING - 0.8 * size
    for line in lines:
        canvas.drawString(PADDING, baseline, line)
        baseline -= 1.2 * size
    return baseline + 0.6 * size


def _price_beside(canvas: Canvas, label: Label, *, left: float, right: float, top: float) -> None:
    """Right of the barcode: the price large, below it the unit price, and the SKU at the bottom."""
    small, width = 6.5, right - left
    _small_print(canvas, label, right=right, baseline=PADDING, size=small, width=width)
    low = PADDING + 1.4 * small
    if label.unit_price:
        canvas.setFont(PLAIN, 7.5)
        canvas.drawRightString(right, low, printable(text=label.unit_price))
        low += 9
    size = min(_fitting(label.price, width=width, largest=22), max(6.0, (top - low) / 1.1))
    canvas.setFont(BOLD, size)
    canvas.drawRightString(right, low + (top - low - 0.7 * size) / 2, printable(text=label.price))


def _price_above(canvas: Canvas, label: Label, *, right: float, top: float) -> float:
    """In one line: small print left, the price right. Where what is free below begins."""
    width = right - PADDING
    size = _fitting(label.price, width=0.62 * width, largest=min(16.0, 0.3 * top))
    baseline = top - 0.75 * size
    canvas.setFont(BOLD, size)
    price = printable(text=label.price)
    canvas.drawRightString(right, baseline, price)
    left_over = width - stringWidth(price, BOLD, size) - 1.5 * mm
    told = label.unit_price or _sku(label)
    canvas.setFont(PLAIN, 5.5)
    canvas.drawString(
        PADDING, baseline, cut(text=printable(text=told), font=PLAIN, size=5.5, width=left_over)
    )
    return baseline - 1 * mm


def _small_print(
    canvas: Canvas, label: Label, *, right: float, baseline: float, size: float, width: float
) -> None:
    canvas.setFont(PLAIN, size)
    told = cut(text=printable(text=_sku(label)), font=PLAIN, size=size, width=width)
    canvas.drawRightString(right, baseline, told)


def _sku(label: Label) -> str:
    return f"{label.sku} {label.pack}".strip()


def _barcode(canvas: Canvas, label: Label, *, width: float, height: float) -> None:
    """In the lower left; a code no reader could read at this size stands there in letters."""
    height = min(height, TALLEST)
    if label.kind == BarcodeKind.GTIN and len(label.code) in WIDGETS:
        _ean(canvas, label.code, width=width, height=height)
    elif label.code:
        _code_128(canvas, label.code, width=width, height=height)


def _ean(canvas: Canvas, code: str, *, width: float, height: float) -> None:
    widget = WIDGETS[len(code)](code)
    # Not its own word: a UPC-A says less than it takes.
    drawn = widget.draw().getBounds()[2]  # type: ignore[no-untyped-call]
    bar = min(NOMINAL, width / (drawn / widget.barWidth))
    widget.barWidth, widget.barHeight = bar, height
    widget.fontName, widget.fontSize = PLAIN, 8 * bar / NOMINAL
    drawing = Drawing(widget.width, height)
    drawing.add(widget)
    renderPDF.draw(drawing, canvas, PADDING, PADDING)


def _code_128(canvas: Canvas, code: str, *, width: float, height: float) -> None:
    digits = 6.0
    if code.isascii() and code.isprintable():
        modules = Code128(code, barWidth=1, lquiet=10, rquiet=10).width
        bar = min(NOMINAL, width / modules)
        if bar >= THINNEST:
            drawn = Code128(
                code, barWidth=bar, barHeight=height - 1.4 * digits, lquiet=10 * bar,
                rquiet=10 * bar, humanReadable=True, fontName=PLAIN, fontSize=digits,
            )  # fmt: skip
            drawn.drawOn(canvas, PADDING, PADDING + 1.4 * digits)
            return
    canvas.setFont(PLAIN, digits)
    told = cut(text=printable(text=code), font=PLAIN, size=digits, width=width)
    canvas.drawString(PADDING, PADDING, told)


def _fitting(text: str, *, width: float, largest: float) -> float:
    """The largest size in which `text` is no wider than `width`."""
    return float(min(largest, width / stringWidth(printable(text=text), BOLD, 1)))


@cache
def _fonts() -> frozenset[int]:
    """Bitstream Vera comes with reportlab and is embedded; the letters both its weights have."""
    fonts = [TTFont(PLAIN, "Vera.ttf"), TTFont(BOLD, "VeraBd.ttf")]
    for font in fonts:
        pdfmetrics.registerFont(font)
    plain, bold = (frozenset(font.face.charToGlyph) for font in fonts)
    return plain & bold


def _likeness(letter: str, known: frozenset[int]) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", letter) if ord(c) in known)
    return bare or ("" if unicodedata.combining(letter) else "?")

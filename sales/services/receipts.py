"""Receipts: counted, and drawn on 80 mm of paper, as PDF or as text. Reports are drawn alike."""

import textwrap
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from typing import Final
from uuid import UUID

import qrcode
from django.db import transaction
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from inventory.services.label_drawing import BOLD, PLAIN, printable
from sales.models import Ticket, TicketPrint
from sales.selectors.slip import RULE, Row, Slip, Style

WIDTH: Final = 80 * mm
MARGIN: Final = 4 * mm
INNER: Final = WIDTH - 2 * MARGIN
QR_SIDE: Final = 30 * mm
LEADING: Final = 1.25
SIZES: Final = {Style.TITLE: 11.0, Style.BOLD: 9.5, Style.SMALL: 7.0}
SIZE: Final = 8.5
COLUMNS: Final = 42
"""Letters in a row of a receipt printer."""


@transaction.atomic
def count(*, sale_id: UUID, way: str, printed_by_id: int | None) -> TicketPrint:
    """Count one more copy of a ticket's receipt: 0 is the first, and none is left out.

    Who prints the same ticket at the same time waits here for his number.
    """
    Ticket.objects.select_for_update(no_key=True).get(pk=sale_id)
    return TicketPrint.objects.create(
        sale_id=sale_id,
        copy=TicketPrint.objects.filter(sale=sale_id).count(),
        way=way,
        printed_by_id=printed_by_id,
    )


def as_text(*, slip: Slip) -> list[str]:
    """The rows as a receipt printer writes them, 42 letters wide."""
    return [line for row in slip.rows for line in _text_of(row)]


def as_pdf(*, slip: Slip) -> bytes:
    """The receipt as PDF."""
    return drawn(title=slip.reference, rows=slip.rows, qr=str(slip.uuid))


def drawn(*, title: str, rows: Sequence[Row], qr: str = "") -> bytes:
    """Rows as PDF, 80 mm wide and as long as it has to be, with a QR code below where there is
    something for it to hold."""
    placed = [(row.style, list(_placed(row))) for row in rows]
    heights = [_size(style) * LEADING * max(1, len(lines)) for style, lines in placed]
    height = sum(heights) + (QR_SIDE + 3 * MARGIN if qr else 2 * MARGIN)
    file = BytesIO()
    canvas = Canvas(file, pagesize=(WIDTH, height))
    canvas.setTitle(title)
    top = height - MARGIN
    for (style, lines), tall in zip(placed, heights, strict=True):
        _draw(canvas, style, lines, top=top)
        top -= tall
    if qr:
        _draw_qr(canvas, qr, bottom=MARGIN)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


@cache
def qr_of(*, text: str) -> tuple[tuple[bool, ...], ...]:
    """The modules of a QR code, row by row, without its quiet zone."""
    code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    return tuple(tuple(bool(dark) for dark in row) for row in code.get_matrix())


def _text_of(row: Row) -> Iterator[str]:
    if row == RULE:
        yield "-" * COLUMNS
        return
    if row.style in {Style.TITLE, Style.CENTRE}:
        yield from (line.center(COLUMNS).rstrip() for line in textwrap.wrap(row.left, COLUMNS))
        return
    room = COLUMNS - len(row.right) - 1 if row.right else COLUMNS
    *before, last = textwrap.wrap(row.left, max(room, 1), drop_whitespace=False) or [""]
    yield from (line.rstrip() for line in before)
    yield f"{last.rstrip():<{room}} {row.right}" if row.right else last.rstrip()


def _size(style: Style) -> float:
    return SIZES.get(style, SIZE)


def _font(style: Style) -> str:
    return BOLD if style in {Style.TITLE, Style.BOLD} else PLAIN


def _placed(row: Row) -> Iterator[tuple[str, str]]:
    """Left and right of each line; what is too long is broken between words."""
    font, size = _font(row.style), _size(row.style)
    left, right = printable(text=row.left), printable(text=row.right)
    room = INNER - (stringWidth(right, font, size) + size if right else 0)
    *before, last = simpleSplit(left, font, size, room) or [""]
    yield from ((line, "") for line in before)
    yield last, right


def _draw(canvas: Canvas, style: Style, lines: list[tuple[str, str]], *, top: float) -> None:
    size = _size(style)
    baseline = top - size
    if style is Style.RULE:
        canvas.setLineWidth(0.4)
        canvas.setDash(1, 1)
        canvas.line(MARGIN, baseline + size / 3, WIDTH - MARGIN, baseline + size / 3)
        return
    canvas.setFont(_font(style), size)
    for left, right in lines:
        if style in {Style.TITLE, Style.CENTRE}:
            canvas.drawCentredString(WIDTH / 2, baseline, left)
        else:
            canvas.drawString(MARGIN, baseline, left)
            canvas.drawRightString(WIDTH - MARGIN, baseline, right)
        baseline -= size * LEADING


def _draw_qr(canvas: Canvas, text: str, *, bottom: float) -> None:
    modules = qr_of(text=text)
    side = QR_SIDE / len(modules)
    left, top = (WIDTH - QR_SIDE) / 2, bottom + QR_SIDE
    for down, row in enumerate(modules):
        for across, dark in enumerate(row):
            if dark:
                canvas.rect(
                    left + across * side, top - (down + 1) * side, side, side, stroke=0, fill=1
                )

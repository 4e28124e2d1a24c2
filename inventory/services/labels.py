"""Print labels with names, prices and barcodes."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from epm.platform.refusals import Kind, Refusal
from inventory.selectors.labels import Label
from inventory.services import label_drawing
from inventory.sheets import Sheet

MOST: Final = 2_000


class TooManyLabels(Refusal):
    code = "inventory/too-many-labels"
    title = gettext_lazy("Too many labels at once")
    kind = Kind.TOO_LARGE


class NoSuchLabel(Refusal):
    code = "inventory/no-such-label"
    title = gettext_lazy("The sheet has no such label")
    kind = Kind.INVALID


def check(*, products: int, sheet: Sheet, copies: int, first: int) -> None:
    """Refuse more labels than a file holds, or to begin beyond the sheet.

    Raise TooManyLabels, NoSuchLabel.
    """
    if products * copies > MOST:
        raise TooManyLabels(
            _(
                "At most %(most)d labels are printed at once: select fewer products, or print fewer"
                " copies."
            )
            % {"most": MOST},
            most=MOST,
        )
    if not 1 <= first <= sheet.count:
        raise NoSuchLabel(
            _("The sheet has %(count)d labels: begin with one of them.") % {"count": sheet.count},
            count=sheet.count,
        )


def as_pdf(*, labels: Sequence[Label], sheet: Sheet, copies: int = 1, first: int = 1) -> bytes:
    """The labels as PDF, `copies` of each, from the `first` label of the sheet (1) on.

    Raise TooManyLabels, NoSuchLabel.
    """
    check(products=len(labels), sheet=sheet, copies=copies, first=first)
    file = BytesIO()
    width, height = sheet.page
    canvas = Canvas(file, pagesize=(width * mm, height * mm))
    canvas.setTitle(_("Labels"))
    place = first - 1
    for number, label in enumerate(labels):
        # Drawn once, shown as often as there are copies.
        form = f"label{number}"
        canvas.beginForm(form, upperx=sheet.width * mm, uppery=sheet.height * mm)
        label_drawing.draw(
            canvas=canvas, label=label, width=sheet.width * mm, height=sheet.height * mm
        )
        canvas.endForm()
        for _copy in range(copies):
            if place == sheet.count:
                canvas.showPage()
                place = 0
            left, top = sheet.corner(place)
            canvas.saveState()
            canvas.translate(left * mm, (height - top - sheet.height) * mm)
            canvas.doForm(form)
            canvas.restoreState()
            place += 1
    canvas.save()
    return file.getvalue()

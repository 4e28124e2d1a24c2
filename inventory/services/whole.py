"""Pieces are whole: nobody has, orders or counts one and a half of them."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform.refusals import Kind, Refusal
from inventory.models import Product, UnitOfMeasure


class NotWhole(Refusal):
    code = "inventory/not-whole"
    title = gettext_lazy("Pieces are counted in whole numbers")
    kind = Kind.INVALID


def refuse_fractions(*, quantities: Iterable[tuple[int, Decimal]]) -> None:
    """Let (product, quantity) pass unless a part of a piece is among them; in the product's unit.

    Asks the database only where a quantity is not whole. For what people and clients say: files
    and what follows from them keep what they say. Raises NotWhole.
    """
    broken = {product: quantity for product, quantity in quantities if quantity % 1}
    if not broken:
        return
    pieces = Product.objects.filter(pk__in=broken, unit=UnitOfMeasure.PIECE).order_by("sku")
    lines: list[dict[str, int | str | None]] = [
        {"product": pk, "sku": sku, "quantity": f"{broken[pk].normalize():f}"}
        for pk, sku in pieces.values_list("pk", "sku")
    ]
    if lines:
        raise NotWhole(
            _("“%(product)s” is counted in pieces: %(quantity)s is no whole number.")
            % {"product": lines[0]["sku"], "quantity": lines[0]["quantity"]},
            lines=lines,
        )

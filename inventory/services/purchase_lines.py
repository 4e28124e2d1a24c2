"""Write the lines of a draft: whole packs, the supplier's minimum, the price of its list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from inventory.models import PurchaseOrder, PurchaseOrderLine
from inventory.selectors import suppliers
from inventory.selectors.suppliers import Offer
from inventory.services.purchase_refusals import NotWholePacks, OrderLinesRefused
from inventory.services.whole import refuse_fractions

BEYOND: Final = Decimal(10) ** 9
"""More than a quantity can say."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """So much of a product, in its unit. `unit_cost` excl. tax in the supplier's currency; None:
    what the supplier's list says."""

    product_id: int
    quantity: Decimal
    unit_cost: Decimal | None = None


def write(*, order: PurchaseOrder, lines: Sequence[Wanted], round_up: bool) -> None:
    """Make `lines` those of a locked draft; a line that stays keeps its number and its history.

    Costs excl. tax in the order's currency. Raises OrderLinesRefused, NotWholePacks.
    """
    offers = suppliers.offers(
        supplier_id=order.supplier_id, product_ids=[line.product_id for line in lines]
    )
    _check_lines(lines, offers)
    refuse_fractions(quantities=((line.product_id, line.quantity) for line in lines))
    asked = {
        line.product_id: offers[line.product_id].orderable(line.quantity) if round_up
        else line.quantity
        for line in lines
    }  # fmt: skip
    _check_packs(asked, offers)
    _check_sizes(asked)
    there = dict(order.lines.values_list("product", "pk"))
    order.lines.exclude(product__in=asked).delete()
    written = [
        PurchaseOrderLine(
            pk=there.get(line.product_id),
            order=order,
            product_id=line.product_id,
            supplier_sku=offers[line.product_id].supplier_sku,
            pack_size=offers[line.product_id].pack_size,
            ordered=asked[line.product_id],
            unit_cost=offers[line.product_id].price_of(asked[line.product_id])
            if line.unit_cost is None
            else line.unit_cost,
        )
        for line in lines
    ]
    PurchaseOrderLine.objects.bulk_create(line for line in written if line.pk is None)
    PurchaseOrderLine.objects.bulk_update(
        [line for line in written if line.pk is not None],
        ["supplier_sku", "pack_size", "ordered", "unit_cost"],
    )


def _check_lines(lines: Sequence[Wanted], offers: Mapping[int, Offer]) -> None:
    if not lines:
        raise OrderLinesRefused(_("An order has at least one line."))
    if len({line.product_id for line in lines}) < len(lines):
        raise OrderLinesRefused(_("Each product has one line of an order."))
    if unknown := [line.product_id for line in lines if line.product_id not in offers]:
        raise OrderLinesRefused(
            _("There is no such product."), lines=[{"product": each} for each in unknown]
        )
    for line in lines:
        if line.quantity <= 0 or (line.unit_cost is not None and line.unit_cost < 0):
            raise OrderLinesRefused(
                _("Quantities are more than 0, costs not less than 0."),
                lines=[{"product": line.product_id}],
            )


def _check_packs(asked: Mapping[int, Decimal], offers: Mapping[int, Offer]) -> None:
    wrong: list[dict[str, int | str | None]] = [
        {"product": product, "asked": _plain(quantity), "possible": _plain(possible)}
        for product, quantity in asked.items()
        if (possible := offers[product].orderable(quantity)) != quantity
    ]
    if wrong:
        raise NotWholePacks(
            _("Asked for %(asked)s; the supplier sells %(possible)s.") % wrong[0]
            if len(wrong) == 1
            else _("%(count)s products are not asked for by whole packs or the minimum.")
            % {"count": len(wrong)},
            lines=wrong,
        )


def _check_sizes(asked: Mapping[int, Decimal]) -> None:
    if wrong := [product for product, quantity in asked.items() if quantity >= BEYOND]:
        raise OrderLinesRefused(
            _("So many cannot be ordered."), lines=[{"product": each} for each in wrong]
        )


def _plain(quantity: Decimal) -> str:
    """Without the zeros that say nothing."""
    return f"{quantity.normalize():f}"

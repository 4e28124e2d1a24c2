"""Goods of an earlier ticket that come back, in any store: at what they were sold for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from epm.platform import shown
from inventory.services.whole import refuse_fractions
from sales.models import Sale
from sales.models.tax import VAT
from sales.reckoning import PRICE_STEP, LineMoney, mirrored
from sales.selectors import refunds
from sales.selectors.till_facts import facts_of
from sales.selectors.tills import Origin, origins_of
from sales.services.till.basket import Basket, Returned, Unreceipted
from sales.services.till.bill import Bill
from sales.services.till.pricing import add_unreceipted, moved_back
from sales.services.till.refusals import LineUnknown, MoreThanSold

ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def gives_back(basket: Basket) -> bool:
    """Whether goods come back, with a ticket or without a receipt."""
    return any(isinstance(line, Returned | Unreceipted) for line in basket.lines)


@contextmanager
def held(basket: Basket) -> Iterator[None]:
    """Reckon and write with nobody else giving back goods of the same tickets, in any store: how
    they were paid, and what of it is left to pay back, is of a whole ticket. Nor, without a
    receipt, with the same cashier giving back elsewhere: the limit is of her day.

    The tickets are locked by key before anything else, then the cashier, or the register of a till
    that names nobody.
    """
    if not gives_back(basket):
        yield
        return
    sales = {line.sale_id for line in basket.lines if isinstance(line, Returned)}
    with transaction.atomic():
        rows = Sale.objects.filter(pk__in=sales).order_by("pk").select_for_update(no_key=True)
        list(rows.values_list("pk"))
        if any(isinstance(line, Unreceipted) for line in basket.lines):
            cashier, register = basket.cashier_id, basket.register_id
            whose = f"cashier {cashier}" if cashier else f"register {register}"
            with connection.cursor() as cursor:
                cursor.execute(ALONE, [f"without a receipt: {whose}"])
        yield


def add_returned(bill: Bill, lines: Sequence[tuple[int, Returned]]) -> list[UUID]:
    """What comes back, each line mirrored; the keys of the lines sold. Raise LineUnknown,
    MoreThanSold, NotWhole."""
    origins = origins_of([(line.sale_id, line.line_no) for _no, line in lines])
    refuse_fractions(
        quantities=[
            (origins[key].product_id, line.quantity)
            for _no, line in lines
            if (key := (line.sale_id, line.line_no)) in origins
        ]
    )
    gone: dict[UUID, tuple[Decimal, LineMoney | None]] = {}
    beyond: list[Unreceipted] = []
    for line_no, told in lines:
        asked, origin = told, _origin(bill, told, origins)
        sold = _sold(origin)
        before, already = gone.get(origin.line_id) or (origin.back_quantity, _gone(origin, sold))
        if before + asked.quantity > origin.quantity:
            if not bill.basket.offline:
                raise MoreThanSold(
                    _("Of %(sold)s sold, %(returned)s have come back already.")
                    % {"sold": shown.exact(origin.quantity), "returned": shown.exact(before)},
                    line=line_no,
                )
            left = max(origin.quantity - before, Decimal(0))
            beyond.append(_beyond(bill, origin, asked, left))
            asked = replace(asked, quantity=left)
        if not asked.quantity:
            continue
        back = mirrored(
            sold, quantity=origin.quantity, returned_before=before, returning=asked.quantity,
            gone=already, places=bill.places,
        )  # fmt: skip
        gone[origin.line_id] = (before + asked.quantity, _less(already, back, sold))
        bill.add(
            line_no, back, quantity=-asked.quantity, product_id=origin.product_id,
            sku=origin.sku, name=origin.name,
            category_id=origin.category_id, is_piece=origin.is_piece, unit_price=origin.unit_price,
            unit_cost=origin.unit_cost, origin_line_id=origin.line_id,
            disposition=asked.disposition, discount_shelf=back.discount_line,
            discount_manual=back.discount_ticket,
        )  # fmt: skip
        bill.moves.append(
            moved_back(
                line_no,
                origin.product_id,
                asked.quantity,
                asked.disposition,
                unit_cost=origin.unit_cost,
            )
        )
    if beyond:
        _add_beyond(bill, beyond)
    return sorted(gone)


def _beyond(bill: Bill, origin: Origin, asked: Returned, left: Decimal) -> Unreceipted:
    """What came back offline of a line that has `left` to give: at what one of it was sold for."""
    more = asked.quantity - left
    bill.basket.noted.append({
        "kind": "more-than-sold", "of": origin.sku, "difference": f"{more.normalize():f}",
    })  # fmt: skip
    worth = origin.net_ttc if bill.inclusive else origin.net_ht
    price = (worth / origin.quantity).quantize(PRICE_STEP)
    return Unreceipted(origin.product_id, more, price, asked.disposition)


def _add_beyond(bill: Bill, beyond: Sequence[Unreceipted]) -> None:
    """As goods without a receipt, numbered after all other lines."""
    products = {back.product_id for back in beyond}
    basket = bill.basket
    known = facts_of(basket.register_id, at=basket.sold_at, role=basket.role, products=products)
    bill.goods = {**bill.goods, **(known.goods if known else {})}
    add_unreceipted(bill, list(enumerate(beyond, len(bill.basket.lines) + 1)))


def check_refund(bill: Bill) -> None:
    """What goods that come back are worth has a limit, however many tickets it is split over: with
    all that came back of the tickets they were sold on, or, without a receipt, that day. Raise
    BeyondLimit.
    """
    worth = -sum([line["net_ttc"] for line in bill.lines if line["quantity"] < 0], Decimal(0))
    if worth <= 0:
        return
    if bill.till.limit.refund is not None:
        worth += _back_before(bill)
    bill.allow(
        lambda limit: limit.refund is None or worth <= limit.refund,
        "refund",
        _("Goods for %(worth)s come back: that is more than you may take back.")
        % {"worth": shown.amount(worth, currency=bill.till.currency)},
    )


def _back_before(bill: Bill) -> Decimal:
    """What counts besides, incl. tax."""
    lines, till = bill.basket.lines, bill.till
    before = Decimal(0)
    if sales := {line.sale_id for line in lines if isinstance(line, Returned)}:
        before += refunds.back_of(sales)
    if any(isinstance(line, Unreceipted) for line in lines):
        before += refunds.back_without_receipt(
            store_id=till.store_id,
            register_id=till.register_id,
            cashier_id=bill.basket.cashier_id,
            on=bill.on,
        )
    return before


def _origin(bill: Bill, asked: Returned, origins: Mapping[tuple[UUID, int], Origin]) -> Origin:
    origin = origins.get((asked.sale_id, asked.line_no))
    if origin is None or origin.currency != bill.till.currency:
        raise LineUnknown(
            _("There is no line %(line)s of that ticket to give back here.")
            % {"line": asked.line_no},
            line=asked.line_no,
        )
    return origin


def _sold(origin: Origin) -> LineMoney:
    """`discount_line` is what lists and coupons took off, `discount_ticket` what a till gave."""
    return LineMoney(
        origin.gross_ttc, origin.discount_listed, origin.discount_manual, origin.net_ttc,
        origin.net_ht, origin.vat, origin.tax_rate, _taxes_sold(origin),
    )  # fmt: skip


def _taxes_sold(origin: Origin) -> tuple[tuple[str, Decimal, Decimal], ...]:
    if origin.taxes:
        return tuple(
            (tax["tax"], Decimal(tax["rate"]), Decimal(tax["amount"])) for tax in origin.taxes
        )
    if not origin.tax_rate and not origin.vat:
        return ()
    named = [
        tax["tax"] for tax in origin.ticket_taxes or () if Decimal(tax["rate"]) == origin.tax_rate
    ]
    return ((named[0] if named else VAT, origin.tax_rate, origin.vat),)


def _gone(origin: Origin, sold: LineMoney) -> LineMoney | None:
    """The sums of what has come back so far, positive."""
    if not origin.back_quantity:
        return None
    taxes = {(code, rate): Decimal(0) for code, rate, _amount in sold.taxes}
    if len(taxes) == 1:
        taxes = dict.fromkeys(taxes, origin.back_vat)
    for line in origin.back_taxes:
        for tax in line:
            taxes[tax["tax"], Decimal(tax["rate"])] -= Decimal(tax["amount"])
    return LineMoney(
        origin.back_gross_ttc, origin.back_listed, origin.back_manual, origin.back_net_ttc,
        origin.back_net_ht, origin.back_vat, origin.tax_rate,
        tuple((code, rate, amount) for (code, rate), amount in taxes.items()),
    )  # fmt: skip


def _less(gone: LineMoney | None, back: LineMoney, sold: LineMoney) -> LineMoney:
    """What has come back, with one more return of the same line on this very ticket."""
    nothing = Decimal(0)
    before = gone or LineMoney(
        nothing, nothing, nothing, nothing, nothing, nothing, sold.tax_rate, ()
    )
    taxes = {(code, rate): amount for code, rate, amount in before.taxes}
    return LineMoney(
        before.gross_ttc - back.gross_ttc, before.discount_line - back.discount_line,
        before.discount_ticket - back.discount_ticket, before.net_ttc - back.net_ttc,
        before.net_ht - back.net_ht, before.vat - back.vat, sold.tax_rate,
        tuple((code, rate, taxes.get((code, rate), Decimal(0)) - amount)
              for code, rate, amount in back.taxes),
    )  # fmt: skip

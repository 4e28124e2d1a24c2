"""A ticket as its receipt says it, row by row, in the language of whoever asks."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from epm.organization.models import Store
from epm.platform import shown
from sales.models import LineKind, Sale, SaleLine, TenderKind, Ticket, TicketPrint, TillPolicy
from sales.selectors.sales import lines_of, tenders_of
from sales.selectors.till_rules import policy_of

APART = (LineKind.TIP, LineKind.ROUNDING)
"""Lines that stand below the goods."""
HASH_SHOWN = 16


class Style(Enum):
    TITLE = "title"
    CENTRE = "centre"
    BOLD = "bold"
    PLAIN = "plain"
    SMALL = "small"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: text on the left, and maybe an amount on the right."""

    left: str = ""
    right: str = ""
    style: Style = Style.PLAIN


RULE = Row(style=Style.RULE)


@dataclass(frozen=True, slots=True)
class Slip:
    """A counted copy of a receipt. `uuid` is what its QR code holds: the till's name of the ticket.

    `duplicate`: the how-many-th copy it is; 0 is the original, and every gift receipt.
    """

    reference: str
    uuid: UUID
    copy: int
    duplicate: int
    rows: tuple[Row, ...]


def slip_of(ticket: Ticket, printed: TicketPrint) -> Slip:
    """What stands on this copy of a ticket's receipt."""
    gift = printed.way == "gift"
    duplicate = 0 if gift else earlier(ticket.sale_id, copy=printed.copy)
    return Slip(
        reference=str(ticket),
        uuid=ticket.uuid,
        copy=printed.copy,
        duplicate=duplicate,
        rows=tuple(_rows(ticket, gift=gift, duplicate=duplicate)),
    )


def earlier(sale_id: UUID, *, copy: int) -> int:
    """How many copies came before this one that are receipts: a gift receipt is none."""
    prints = TicketPrint.objects.filter(sale=sale_id, copy__lt=copy)
    return prints.exclude(way="gift").count()


def _rows(ticket: Ticket, *, gift: bool, duplicate: int) -> Iterator[Row]:
    sale = ticket.sale
    store = sale.store
    policy = policy_of(store)
    lines = list(lines_of(sale.pk, sold_at=sale.sold_at).select_related("product"))
    yield from head_of(store, policy)
    if gift:
        yield Row(_("GIFT RECEIPT"), style=Style.TITLE)
    if duplicate:
        yield Row(_("COPY %(number)d") % {"number": duplicate}, style=Style.TITLE)
    yield RULE
    yield Row(_("Ticket %(reference)s") % {"reference": ticket}, style=Style.BOLD)
    yield Row(shown.moment(sale.sold_at.astimezone(ZoneInfo(store.timezone))))
    if sale.cashier is not None:
        name = sale.cashier.first_name or sale.cashier.get_username()
        yield Row(_("Served by %(name)s") % {"name": name})
    yield RULE
    if gift:
        for line in lines:
            if line.kind not in APART and line.quantity > 0:
                yield Row(_name(line), shown.exact(line.quantity))
    else:
        yield from _money(ticket, lines)
    yield RULE
    if policy.receipt_footer:
        yield from _texts(policy.receipt_footer, style=Style.CENTRE)
    code = bytes(ticket.hash).hex()[:HASH_SHOWN]
    yield Row(_("Fingerprint %(hash)s") % {"hash": code}, style=Style.SMALL)


def head_of(store: Store, policy: TillPolicy) -> Iterator[Row]:
    """What stands on top of whatever a till prints: whose it is."""
    yield Row(store.name, style=Style.TITLE)
    yield from _texts(store.address, style=Style.CENTRE)
    yield from _texts(f"{store.postal_code} {store.city}".strip(), style=Style.CENTRE)
    yield from _texts(policy.receipt_header, style=Style.CENTRE)


def _texts(text: str, *, style: Style) -> Iterator[Row]:
    return (Row(line.strip(), style=style) for line in text.splitlines() if line.strip())


def _money(ticket: Ticket, lines: list[SaleLine]) -> Iterator[Row]:
    sale = ticket.sale
    for line in lines:
        if line.kind not in APART:
            yield from _line(line, currency=sale.currency)
    apart = [line for line in lines if line.kind in APART]
    if apart:
        yield RULE
    for line in apart:
        amount = shown.amount(line.net_ttc, currency=sale.currency)
        yield Row(str(line.get_kind_display()), amount)
    yield RULE
    yield from _totals(ticket)
    yield RULE
    yield from _tenders(sale)


def _totals(ticket: Ticket) -> Iterator[Row]:
    sale = ticket.sale
    amount = partial(shown.amount, currency=sale.currency)
    yield Row(_("Total incl. tax"), amount(sale.total_ttc), Style.BOLD)
    yield Row(_("Total excl. tax"), amount(sale.total_ht))
    for tax in ticket.taxes:
        rate, base = shown.percent(Decimal(tax["rate"])), amount(Decimal(tax["base"]))
        told = _("%(tax)s %(rate)s on %(base)s") % {"tax": tax["tax"], "rate": rate, "base": base}
        yield Row(told, amount(Decimal(tax["amount"])), Style.SMALL)


def _tenders(sale: Sale) -> Iterator[Row]:
    """What was paid, given back as change, and paid back."""
    amount = partial(shown.amount, currency=sale.currency)
    tenders = list(tenders_of(sale.pk).order_by("line_no"))
    given = any(one.kind == TenderKind.CASH and one.amount > 0 for one in tenders)
    for tender in tenders:
        kind = str(tender.get_kind_display())
        if tender.amount >= 0:
            yield Row(kind, amount(tender.amount))
        elif given and tender.kind == TenderKind.CASH:
            yield Row(_("Change given"), amount(-tender.amount))
        else:
            yield Row(_("Paid back: %(kind)s") % {"kind": kind}, amount(-tender.amount))


def _line(line: SaleLine, *, currency: str) -> Iterator[Row]:
    back = line.quantity < 0
    name = _name(line)
    yield Row(
        _("RETURN %(name)s") % {"name": name} if back else name,
        shown.amount(line.gross_ttc, currency=currency),
    )
    if line.unit_price is not None and abs(line.quantity) != 1:
        price = shown.exact(line.unit_price, at_least=2)
        yield Row(f"  {shown.exact(line.quantity)} × {price}", style=Style.SMALL)
    if line.gross_ttc != line.net_ttc:
        off = shown.amount(line.net_ttc - line.gross_ttc, currency=currency)
        yield Row(f"  {_('Discount')}", off, Style.SMALL)


def _name(line: SaleLine) -> str:
    return line.product.name if line.product else str(line.get_kind_display())

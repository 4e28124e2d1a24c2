"""What a register took in between two of its tickets: the figures of X and Z reports.

Amounts are in the store's currency, incl. tax unless they say otherwise; in `totals` they are text
with the currency's decimals, since that is what a closing's hash covers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import Count, Q, Sum

from epm.platform import money
from sales.models import (
    Closing,
    ClosingKind,
    DrawerMovement,
    DrawerMovementKind,
    RegisterChain,
    RegisterSession,
    TenderKind,
)

DISCOUNTS: Final = ("shelf", "loyalty", "coupon", "manual")
# The key of a line carries its time: months without a ticket of these are not read.
FIGURES: Final = """
    WITH ticket AS MATERIALIZED (
        SELECT k.sale_id, k.taxes, k.session_id <> %(session)s AS late, s.sold_at, s.total_ttc,
               s.total_ht, s.total_vat
        FROM sales_ticket k JOIN sales_sale s ON s.id = k.sale_id
        WHERE k.register_id = %(register)s AND k.number BETWEEN %(first)s AND %(last)s
    )
    SELECT count(*), count(*) FILTER (WHERE late),
           coalesce(sum(total_ttc) FILTER (WHERE total_ttc >= 0), 0),
           coalesce(-sum(total_ttc) FILTER (WHERE total_ttc < 0), 0),
           coalesce(sum(total_ht), 0), coalesce(sum(total_vat), 0),
           coalesce(sum(total_ttc) FILTER (WHERE late), 0),
           (SELECT json_agg(json_build_array(tax, trim_scale(rate)::text, base::text, amount::text))
            FROM (SELECT x.tax, x.rate, sum(x.base) AS base, sum(x.amount) AS amount
                  FROM ticket, jsonb_to_recordset(taxes)
                       x (tax text, rate numeric, base numeric, amount numeric)
                  GROUP BY x.tax, x.rate ORDER BY x.tax, x.rate) by_tax),
           (SELECT json_agg(json_build_array(kind, late, amount::text))
            FROM (SELECT p.kind, t.late, sum(p.amount) AS amount
                  FROM ticket t JOIN sales_tender p ON p.sale_id = t.sale_id
                  GROUP BY p.kind, t.late ORDER BY p.kind, t.late) by_tender),
           (SELECT json_build_array(sum(l.discount_shelf)::text, sum(l.discount_loyalty)::text,
                                    sum(l.discount_coupon)::text, sum(l.discount_manual)::text)
            FROM ticket t JOIN sales_saleline l ON l.sale_id = t.sale_id
            WHERE l.id >= (SELECT epm_uuid7_floor(min(sold_at)) FROM ticket)
              AND l.id < (SELECT epm_uuid7_floor(max(sold_at) + interval '1 millisecond')
                          FROM ticket))
    FROM ticket
"""
TAKEN: Final = """
    SELECT coalesce(sum(p.amount), 0)
    FROM sales_ticket k JOIN sales_tender p ON p.sale_id = k.sale_id AND p.kind = 'cash'
    WHERE k.register_id = %(register)s AND k.number >= %(first)s AND k.session_id = %(session)s
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """`sales_ttc`: the totals of the tickets that came to 0 or more; `returns_ttc`: those of the
    others, without their sign. A ticket of both goods and returns is in one of them by its total.

    `totals`: by tax, by kind of tender (change lessens cash), late tickets apart, discounts, and
    the drawer: what is expected of each kind, what was counted, and counted − expected (None where
    nobody counted). What late tickets took is not expected: it was in an earlier drawer, whose
    variance it explains.
    """

    first_number: int
    last_number: int
    tickets: int
    late_tickets: int
    sales_ttc: Decimal
    returns_ttc: Decimal
    total_ht: Decimal
    total_vat: Decimal
    totals: dict[str, Any]

    @property
    def total_ttc(self) -> Decimal:
        return self.sales_ttc - self.returns_ttc


def figures_of(session: RegisterSession, *, last_number: int) -> Figures:
    """Those of a session up to a ticket; the first one follows the register's last Z report."""
    first = first_number(session.register_id)
    words = {
        "register": session.register_id,
        "session": session.pk,
        "first": first,
        "last": last_number,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, words)
        tickets, late, sold, returned, ht, vat, late_ttc, taxes, tenders, discounts = (
            cursor.fetchone()
        )
    own = _by_kind(tenders, late=False)
    theirs = _by_kind(tenders, late=True)
    drawer = drawer_of(session)
    expected = {"cash": sum(drawer.values(), own.get("cash", Decimal(0)))}
    expected |= {kind: amount for kind, amount in own.items() if kind != TenderKind.CASH}
    said = _Written(session.store.currency)
    totals: dict[str, Any] = {
        "taxes": [
            {"tax": tax, "rate": rate, "base": said(base), "amount": said(amount)}
            for tax, rate, base, amount in taxes or ()
        ],
        "tenders": said.each(summed((own, theirs))),
        "late": {"total_ttc": said(late_ttc), "tenders": said.each(theirs)},
        "discounts": {
            name: said(amount or 0) for name, amount in zip(DISCOUNTS, discounts, strict=True)
        },
        "drawer": said.each(drawer) | {"no_sale": openings(session)},
        "expected": said.each(expected),
    }
    if session.counted is not None:
        counted = {kind: Decimal(amount) for kind, amount in session.counted.items()}
        totals["counted"] = said.each(counted)
        totals["variance"] = {
            kind: said(counted[kind] - expected.get(kind, 0)) if kind in counted else None
            for kind in sorted(expected.keys() | counted.keys())
        }
    return Figures(first, last_number, tickets, late, sold, returned, ht, vat, totals)


def so_far(session: RegisterSession) -> Figures:
    """Those up to the last ticket there is, or the last one of the session: an X report."""
    last = session.last_number
    if last is None:
        last = RegisterChain.objects.get(pk=session.register_id).number
    return figures_of(session, last_number=last)


def first_number(register_id: int) -> int:
    """The number of the ticket after the register's last Z report."""
    last = Closing.objects.filter(register=register_id, kind=ClosingKind.SESSION)
    return (last.order_by("-number").values_list("last_number", flat=True).first() or 0) + 1


def drawer_of(session: RegisterSession) -> dict[str, Decimal]:
    """What went into a drawer besides sales: float, pay-ins, and pay-outs, which are negative."""
    moved = dict(
        DrawerMovement.objects.filter(session=session)
        .exclude(kind=DrawerMovementKind.NO_SALE)
        .values_list("kind")
        .annotate(amount=Sum("amount"))
    )
    kinds = (DrawerMovementKind.PAY_IN, DrawerMovementKind.PAY_OUT)
    return {"float": session.opening_float} | {
        kind.value: moved.get(kind, Decimal(0)) for kind in kinds
    }


def openings(session: RegisterSession) -> int:
    """How often a drawer was opened without a sale."""
    counted = DrawerMovement.objects.filter(session=session).aggregate(
        n=Count("pk", filter=Q(kind=DrawerMovementKind.NO_SALE))
    )
    return int(counted["n"])


def cash_in_drawer(session: RegisterSession) -> Decimal:
    """What should be in the drawer of an open session now."""
    with connection.cursor() as cursor:
        cursor.execute(
            TAKEN,
            {
                "register": session.register_id,
                "session": session.pk,
                "first": first_number(session.register_id),
            },
        )
        (taken,) = cursor.fetchone()
    return sum(drawer_of(session).values(), Decimal(taken))


def summed(parts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """The sum of each name, in the order of the names."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        for name, amount in part.items():
            sums[name] = sums.get(name, Decimal(0)) + amount
    return dict(sorted(sums.items()))


def _by_kind(tenders: Iterable[Any] | None, *, late: bool) -> dict[str, Decimal]:
    return {kind: Decimal(amount) for kind, is_late, amount in tenders or () if is_late is late}


class _Written:
    """Amounts as text with the decimals of a currency, all the same on every machine."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def __call__(self, amount: Decimal | str | int) -> str:
        return format(money.rounded(Decimal(amount), currency=self.currency) + 0, "f")

    def each(self, amounts: Mapping[str, Decimal]) -> dict[str, str]:
        return {name: self(amount) for name, amount in amounts.items()}

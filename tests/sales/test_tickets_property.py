"""Random tickets of every kind: what must hold of each of them, and of all that come back.

`EPM_TICKETS` says how many go through the database; all ten thousand are reckoned in any case.
"""

import os
import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import connection
from django.db.models import Sum

from inventory.models import NegativeStock, StockPolicy
from sales.models import Sale, SaleLine, Tender, Ticket, TillPolicy
from sales.reckoning import LineMoney, Tax, Ware, mirrored, reckon
from sales.services.till.basket import Discount, Sold
from tests.factories import chain, tills

CENT = Decimal("0.01")
CHUNKS = 4
TICKETS = int(os.environ.get("EPM_TICKETS", "200"))
CLASSES = ("standard", "intermediate", "reduced", "super-reduced", "exempt")
RATES = [Decimal(rate) for rate in ("0.2", "0.1", "0.055", "0.021", "0")]


def wares(draw, *, rates):
    made = []
    for _ in range(draw.randint(1, 8)):
        price = Decimal(draw.randint(1, 20_000)) / 100
        quantity = (
            Decimal(draw.randint(1, 12))
            if draw.random() < 0.8
            else Decimal(draw.randint(1, 5_000)) / 1000
        )
        gross = (price * quantity).quantize(CENT, ROUND_HALF_UP)
        off = Decimal(draw.randint(0, int(gross * 100))) / 100 if draw.random() < 0.3 else 0
        rate = draw.choice(rates)
        made.append(Ware(quantity, price, Decimal(off), (Tax("TVA", rate),) if rate else ()))
    return made


def returned(draw, line, ware, *, gone):
    """The line in random steps until all of it is back."""
    before, left = Decimal(0), ware.quantity
    for last in (False, False, True):
        step = left if last else Decimal(draw.randint(1, int(left * 1000))) / 1000
        back = mirrored(
            line, quantity=ware.quantity, returned_before=before, returning=step,
            gone=gone[-1] if gone else None, places=2,
        )  # fmt: skip
        gone.append(back if not gone else _sum(gone[-1], back))
        gone[-1] = gone[-1] if len(gone) > 1 else _negated(back)
        before, left = before + step, left - step
        if not left:
            break
    return gone[-1] if gone else None


def _negated(line):
    return LineMoney(
        *[-getattr(line, name) for name in AMOUNTS], line.tax_rate,
        tuple((code, rate, -amount) for code, rate, amount in line.taxes),
    )  # fmt: skip


def _sum(gone, back):
    taken = _negated(back)
    return LineMoney(
        *[getattr(gone, name) + getattr(taken, name) for name in AMOUNTS], gone.tax_rate,
        tuple((code, rate, one + other)
              for (code, rate, one), (_c, _r, other) in zip(gone.taxes, taken.taxes, strict=True)),
    )  # fmt: skip


AMOUNTS = ("gross_ttc", "discount_line", "discount_ticket", "net_ttc", "net_ht", "vat")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_ten_thousand_tickets_are_reckoned_to_the_cent(chunk):
    draw = random.Random(chunk)
    for _ in range(10_000 // CHUNKS):
        sold = wares(draw, rates=RATES)
        worth = sum(
            (w.quantity * w.unit_price).quantize(CENT, ROUND_HALF_UP) - w.discount for w in sold
        )
        off = (
            Decimal(draw.randint(0, int(worth * 100))) / 100 if draw.random() < 0.4 else Decimal(0)
        )
        ticket = reckon(sold, ticket_discount=off, inclusive=True, places=2)
        assert ticket.total_ttc == sum(line.net_ttc for line in ticket.lines) == worth - off
        assert ticket.total_ht == sum(line.net_ht for line in ticket.lines)
        assert ticket.total_vat == ticket.total_ttc - ticket.total_ht
        by_rate = defaultdict(Decimal)
        for line in ticket.lines:
            by_rate[line.tax_rate] += line.net_ttc
        for tax in ticket.taxes:
            ttc = by_rate[tax.rate]
            assert tax.amount == (ttc * tax.rate / (1 + tax.rate)).quantize(CENT, ROUND_HALF_UP)
            assert tax.base == ttc - tax.amount
        for line, ware in zip(ticket.lines, sold, strict=True):
            back = returned(draw, line, ware, gone=[])
            assert [getattr(back, name) for name in AMOUNTS] == [
                getattr(line, name) for name in AMOUNTS
            ]


@pytest.mark.django_db
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_tickets_balance_in_the_ledger_and_their_refunds_cancel_them(chunk):
    draw = random.Random(100 + chunk)
    register = tills.register()
    StockPolicy.objects.create(store=register.store, negative=NegativeStock.ALLOW)
    TillPolicy.objects.create(
        store=register.store, cash_rounding=draw.choice(["0", "0.05"]), refunds="any"
    )
    products = [
        chain.product(sale_price=Decimal(draw.randint(1, 9_999)) / 100, tax_class_code=of)
        for of in CLASSES
        for _ in range(4)
    ]
    sold = [sell(draw, register, products) for _ in range(TICKETS // CHUNKS)]
    for sale_id in sold:
        give_back(draw, register, sale_id)

    for sale in Sale.objects.all():
        lines = SaleLine.objects.filter(sale=sale)
        assert sale.total_ttc == lines.aggregate(s=Sum("net_ttc"))["s"]
        assert sale.total_ttc == (
            Tender.objects.filter(sale=sale).aggregate(s=Sum("amount"))["s"] or 0
        )
        taxes = Ticket.objects.get(pk=sale.pk).taxes
        assert sale.total_vat == sum(Decimal(tax["amount"]) for tax in taxes)
    goods = SaleLine.objects.filter(kind="item")
    for figure in ("quantity", "gross_ttc", "discount_manual", "net_ttc", "net_ht", "vat"):
        assert goods.aggregate(s=Sum(figure))["s"] == 0, figure
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE hash <> sales_ticket_hash(previous_hash, register_id,"
            " number, session_id, grand_total, sales_ticket_content(sale_id))), max(number),"
            " count(*) FROM sales_ticket"
        )
        assert cursor.fetchone() == (0, Ticket.objects.count(), Ticket.objects.count())


def sell(draw, register, products):
    lines = []
    for product in draw.sample(products, draw.randint(1, 6)):
        quantity = Decimal(draw.randint(1, 9))
        share = Decimal(draw.randint(1, 50)) / 100 if draw.random() < 0.3 else None
        lines.append(
            Sold(product.pk, quantity, discount=Discount("staff", share=share) if share else None)
        )
    off = Discount("goodwill", share=Decimal("0.07")) if draw.random() < 0.3 else None
    asked = {"role": "director", "discount": off}
    due = tills.reckoned(register, lines, **asked).bill.total
    tenders = [("cash", due + draw.randint(1, 20))]
    if due > 1 and draw.random() < 0.5:
        tenders = [("card", Decimal(1)), ("cash", due - 1 + draw.randint(1, 5))]
    return tills.sell(register, lines, tenders, **asked).sale_id


def give_back(draw, register, sale_id):
    """All lines, in as many tickets as it takes."""
    left = {
        line.line_no: line.quantity for line in SaleLine.objects.filter(sale=sale_id, kind="item")
    }
    while left:
        lines = []
        for line_no in draw.sample(sorted(left), draw.randint(1, len(left))):
            quantity = left[line_no] if draw.random() < 0.5 else Decimal(1)
            lines.append(tills.back(sale_id, line_no, quantity))
            left[line_no] -= quantity
            if not left[line_no]:
                del left[line_no]
        due = tills.reckoned(register, lines, role="director").bill.total
        tills.sell(register, lines, [("card", due)] if due else [], role="director")

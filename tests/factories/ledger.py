"""Documents that follow from others, and a ledger at random."""

from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal

from django.db import connection
from hypothesis import strategies as st

from epm.platform.ids import uuid7
from sales.models import Sale, SaleLine
from tests.factories import chain

SIGNED_SALE = ("total_ttc", "total_ht", "total_vat")
DISCOUNTS = ("discount_shelf", "discount_loyalty", "discount_coupon", "discount_manual")
SIGNED_LINE = ("quantity", "gross_ttc", *DISCOUNTS, "net_ttc", "net_ht", "vat")


def item(
    product,
    quantity,
    gross,
    *,
    shelf=0,
    loyalty=0,
    coupon=0,
    manual=0,
    rate="0.2",
    cost=None,
    **fields,
):
    """A line for `chain.sale`; `gross` and the discounts are incl. tax and carry its sign."""
    gross, *off = (Decimal(str(x)) for x in (gross, shelf, loyalty, coupon, manual))
    return {
        "product": product,
        "quantity": Decimal(str(quantity)),
        "gross_ttc": gross,
        **dict(zip(DISCOUNTS, off, strict=True)),
        "net_ttc": gross - sum(off),
        "tax_rate": rate,
        "unit_cost": None if cost is None else Decimal(str(cost)),
        **fields,
    }


def correction_of(sale, **fields):
    """The counter-document of `sale`: its lines negated, on its own business date."""
    lines = list(SaleLine.objects.filter(sale=sale).order_by("line_no"))
    counter = Sale.objects.create(
        id=uuid7(at=sale.sold_at),
        store=sale.store,
        customer=sale.customer,
        sold_at=sale.sold_at,
        business_date=sale.business_date,
        currency=sale.currency,
        is_pure_return=sale.is_pure_return,
        is_correction=True,
        corrects=sale,
        **{name: -getattr(sale, name) for name in SIGNED_SALE},
        **fields,
    )
    for line in lines:
        for name in SIGNED_LINE:
            setattr(line, name, -getattr(line, name))
        line.origin_line_id, line.pk = line.pk, uuid7(at=line.sold_at)
        line.sale, line.is_correction = counter, True
        line.save(force_insert=True)
    return counter


def forget_marks():
    """Pretend the facts are clean, whatever they hold."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sales_ledgerchange")


amounts = st.decimals("0", "99.99", places=2)
shares = st.sampled_from([Decimal(0), Decimal(0), Decimal("0.1"), Decimal("0.3333")])
lines_at_random = st.fixed_dictionaries(
    {
        "product": st.integers(0, 2),
        "sign": st.sampled_from([1, 1, 1, -1]),
        "quantity": st.sampled_from(["0", "1", "1", "2", "3", "0.755"]),
        "gross": amounts,
        "shelf": shares,
        "loyalty": shares,
        "coupon": shares,
        "manual": st.sampled_from([Decimal(0), Decimal(0), Decimal("0.1")]),
        "rate": st.sampled_from(["0.2", "0.055", "0"]),
        "cost": st.sampled_from([None, None, "1.5", "0.333333", "0"]),
        "kind": st.sampled_from(["item", "item", "item", "fee", "value", "tip"]),
    }
)
sales_at_random = st.fixed_dictionaries(
    {
        "store": st.integers(0, 1),
        "day": st.integers(0, 2),
        "customer": st.sampled_from([None, 0, 1]),
        "lines": st.lists(lines_at_random, min_size=1, max_size=4),
    }
)


def random_sale(drawn, *, stores, products, customers, first, **fields):
    """Write what `sales_at_random` drew; days count from the moment `first`."""
    lines = [_line(line, products=products) for line in drawn["lines"]]
    goods = [line for line in lines if line["kind"] == "item"]
    return chain.sale(
        store=stores[drawn["store"]],
        at=first + timedelta(days=drawn["day"]),
        customer=None if drawn["customer"] is None else customers[drawn["customer"]],
        lines=lines,
        is_pure_return=bool(goods) and all(line["quantity"] < 0 for line in goods),
        **fields,
    )


def _line(drawn, *, products):
    gross, sign = drawn["gross"], drawn["sign"]
    product = products[drawn["product"]]
    cents = {
        name: (gross * drawn[name]).quantize(Decimal("0.01"), rounding=ROUND_FLOOR) * sign
        for name in ("shelf", "loyalty", "coupon")
    }
    left = gross - abs(sum(cents.values()))
    cents["manual"] = (left * drawn["manual"]).quantize(
        Decimal("0.01"), rounding=ROUND_FLOOR
    ) * sign
    return item(
        product,
        Decimal(drawn["quantity"]) * sign,
        gross * sign,
        **cents,
        rate=drawn["rate"],
        cost=drawn["cost"],
        kind=drawn["kind"],
        is_piece=product.unit == "piece",
    )

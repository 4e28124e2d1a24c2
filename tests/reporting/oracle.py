"""The key figures once more, line by line in Python: slow, plain, written apart from the SQL."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection

from reporting.services import goods
from reporting.services.facts import COLUMNS
from sales.models import Sale, SaleLine

CENT = Decimal("0.01")
FOR_EVER = datetime(9000, 1, 1, tzinfo=UTC)
ADDITIVE = (
    "gross_sales",
    "discounts_shelf",
    "discounts_loyalty",
    "discounts_coupon",
    "discounts_manual",
    "returns",
    "net_sales",
    "net_sales_ttc",
    "units",
    "cost",
    "transactions",
    "customers",
)


def figures(*, start, end, store=None, product=None, shelves=None, known_at=FOR_EVER):
    """Exact sums of the business days start..end; cost is None when no line's is known.

    `shelves`: ids of categories, None among them for goods that lie in none. `known_at`: of the
    sales recorded until then.
    """
    lines = SaleLine.objects.filter(
        business_date__range=(start, end), kind="item", sale__recorded_at__lte=known_at
    )
    if shelves is not None:
        lines = [line for line in lines if line.category_id in shelves]
        lines = SaleLine.objects.filter(pk__in=[line.pk for line in lines])
    lines = lines.filter(store=store) if store else lines
    lines = lines.filter(product=product) if product else lines
    told = dict.fromkeys(ADDITIVE, Decimal(0))
    tickets, pieces_sold, tickets_with_piece, covered = {}, Decimal(0), set(), 0
    for line in lines:
        s = -1 if line.is_correction else 1
        tickets[line.sale_id] = s
        if line.is_piece:
            tickets_with_piece.add(line.sale_id)
        quantity, ttc = s * line.quantity, s * line.net_ttc
        told["net_sales"] += line.net_ht
        told["net_sales_ttc"] += line.net_ttc
        if quantity < 0 or (quantity == 0 and ttc < 0):
            told["returns"] -= line.net_ht
        else:
            told["gross_sales"] += line.net_ht
            for kind in ("shelf", "loyalty", "coupon", "manual"):
                discount = _ht(getattr(line, f"discount_{kind}"), line.tax_rate)
                told[f"discounts_{kind}"] += discount
                told["gross_sales"] += discount
            pieces_sold += line.quantity if line.is_piece else 0
        told["units"] += line.quantity if line.is_piece else 0
        if line.unit_cost is not None:
            covered += s
            told["cost"] += line.quantity * line.unit_cost
    counted = {
        sale.pk: tickets[sale.pk]
        for sale in Sale.objects.filter(pk__in=tickets, is_pure_return=False)
    }
    basis = sum(sign for pk, sign in counted.items() if pk in tickets_with_piece)
    return told | {
        "transactions": Decimal(sum(counted.values())),
        "customers": Decimal(_customers(counted)),
        "cost": told["cost"] if covered else None,
        "upt": pieces_sold / basis if basis else None,
    }


def equal(told, expected):
    """Whether a report's figures are the expected ones: money to the cent, ratios to ten places."""
    return {name: told[name] and Decimal(told[name]) for name in expected} == {
        name: _as_told(name, value) for name, value in expected.items()
    }


def facts_and_ledger():
    """The facts, and what they should be; both as sets of rows."""
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM reporting_storeday")
        facts = set(cursor.fetchall())
        cursor.execute(
            f"SELECT {columns} FROM (SELECT array_agg(store_id) s, array_agg(business_date) d"
            " FROM sales_saleline) l CROSS JOIN LATERAL reporting_store_days(l.s, l.d)"
            " WHERE l.s IS NOT NULL"
        )
        return facts, set(cursor.fetchall())


def goods_facts_and_ledger():
    """What is kept of goods where no mark tells that it is behind, and what it should be."""
    kept, true = set(), set()
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT g.month, array_agg(g.store_id), array_agg(g.through) FROM reporting_goodsmonth g
            WHERE NOT EXISTS (SELECT FROM sales_ledgerchange c WHERE c.store_id = g.store_id
                              AND c.business_date BETWEEN g.month AND g.through)
            GROUP BY g.month""")
        for month, stores, throughs in cursor.fetchall():
            for model, source, key in goods.FACTS:
                columns = ", ".join(field.attname for field in model._meta.concrete_fields)
                day = f"date_trunc('month', {key[1]}::timestamp)::date"
                cursor.execute(
                    f"SELECT '{source}', {columns} FROM {model._meta.db_table}"
                    f" WHERE store_id = ANY (%s) AND {day} = %s",
                    [stores, month],
                )
                kept |= set(cursor.fetchall())
                cursor.execute(
                    f"SELECT '{source}', {columns} FROM {source}(%s, %s, %s)",
                    [month, stores, throughs],
                )
                true |= set(cursor.fetchall())
    return kept, true


def _as_told(name, value):
    if value is None:
        return None
    if name == "upt":
        return value.quantize(Decimal("1E-10"))
    return value.quantize(CENT, rounding=ROUND_HALF_UP) if name == "cost" else value


def _ht(ttc, rate):
    return (ttc / (1 + rate)).quantize(CENT, rounding=ROUND_HALF_UP)


def _customers(counted):
    signs = {}
    for sale in Sale.objects.filter(pk__in=counted, customer__isnull=False):
        signs[sale.customer_id] = signs.get(sale.customer_id, 0) + counted[sale.pk]
    return sum(1 for sign in signs.values() if sign > 0)

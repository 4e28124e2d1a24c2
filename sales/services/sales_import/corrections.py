"""A ticket that came again with other content: its counter-document, then it as it is now."""

from typing import TYPE_CHECKING

from django.db import transaction
from psycopg import sql

from epm.imports.staging import Stage, execute, fetch
from sales.services.sales_import import posting, stock

if TYPE_CHECKING:
    from sales.services.sales_import.kind import Sales

CHUNK = 1_000

REVERSED_SALES = """
INSERT INTO sales_sale (
    id, store_id, register_id, customer_id, cashier_id, external_ref, revision, sold_at,
    business_date, currency, total_ttc, total_ht, total_vat, is_pure_return, is_correction,
    corrects_id, import_run_id, content_digest)
SELECT epm_uuid7_derived(s.sold_at, s.id::text || '/correction'), s.store_id, s.register_id,
       s.customer_id, s.cashier_id, NULL, 1, s.sold_at, s.business_date, s.currency, -s.total_ttc,
       -s.total_ht, -s.total_vat, s.is_pure_return, true, s.id, {run}, NULL
FROM {tickets} t JOIN sales_sale s ON s.id = t.known_id
WHERE t.ticket_no = ANY ({chosen})
"""

REVERSED_LINES = """
INSERT INTO sales_saleline (
    id, sale_id, line_no, store_id, sold_at, business_date, product_id, category_id, kind, is_piece,
    is_correction, quantity, unit_price, gross_ttc, discount_shelf, discount_loyalty,
    discount_coupon, net_ttc, net_ht, vat, tax_rate, unit_cost, origin_line_id)
SELECT epm_uuid7_derived(l.sold_at, l.id::text || '/correction'),
       epm_uuid7_derived(l.sold_at, l.sale_id::text || '/correction'), l.line_no, l.store_id,
       l.sold_at, l.business_date, l.product_id, l.category_id, l.kind, l.is_piece, true,
       -l.quantity, l.unit_price, -l.gross_ttc, -l.discount_shelf, -l.discount_loyalty,
       -l.discount_coupon, -l.net_ttc, -l.net_ht, -l.vat, l.tax_rate, l.unit_cost, l.id
FROM {tickets} t JOIN sales_saleline l ON l.sale_id = t.known_id
WHERE t.ticket_no = ANY ({chosen})
"""

REVERSED_TENDERS = """
INSERT INTO sales_tender (id, sale_id, kind, amount)
SELECT epm_uuid7_derived(s.sold_at, d.id::text || '/correction'),
       epm_uuid7_derived(s.sold_at, s.id::text || '/correction'), d.kind, -d.amount
FROM {tickets} t JOIN sales_sale s ON s.id = t.known_id JOIN sales_tender d ON d.sale_id = s.id
WHERE t.ticket_no = ANY ({chosen})
"""


def reverse_changed(stage: Stage, *, kind: "Sales") -> None:
    """Reverse each changed ticket and post it anew, both in the same transaction.

    The counter-document keeps the business date: what was wrong is put right where it stood.
    """
    numbers = [
        number
        for (number,) in fetch(
            sql.SQL("SELECT ticket_no FROM {} WHERE state = 'changed' ORDER BY ticket_no").format(
                stage.table("tickets")
            )
        )
    ]
    for start in range(0, len(numbers), CHUNK):
        chosen = sql.Literal(numbers[start : start + CHUNK])
        given = {
            "tickets": stage.table("tickets"),
            "chosen": chosen,
            "run": sql.Literal(stage.run_id),
        }
        with transaction.atomic():
            execute(
                sql.SQL(
                    "SELECT sales_ensure_month(month) FROM (SELECT DISTINCT"
                    " date_trunc('month', sold_utc, 'UTC') AS month FROM {tickets} t"
                    " WHERE t.ticket_no = ANY ({chosen})) months"
                ).format(**given)
            )
            for statement in (REVERSED_SALES, REVERSED_LINES, REVERSED_TENDERS):
                execute(sql.SQL(statement).format(**given))
            tickets = sql.SQL("t.ticket_no = ANY ({})").format(chosen)
            posting.write(stage, kind, target=sql.Identifier("sales_saleline"), chosen=tickets)
            if kind.moves_stock(stage):
                stock.move(stage, chosen=tickets, corrected=True)

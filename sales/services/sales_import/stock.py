"""What was sold leaves the stock, what came back returns to it: asked for by `stock = "move"`."""

from psycopg import sql

from epm.imports.staging import Stage, execute, fetch

DOCUMENT_KIND = "sale"

SALES = "SELECT t.sale_id AS id FROM {tickets} t WHERE {chosen}"
COUNTERS = """
UNION ALL
SELECT s.id FROM {tickets} t JOIN sales_sale s ON s.corrects_id = t.known_id WHERE {chosen}
"""
# The keys that lines of these sales can have: few months of the ledger are looked at.
SPAN = """
SELECT epm_uuid7_floor(min(s.sold_at))::text,
       epm_uuid7_floor(max(s.sold_at) + interval '1 millisecond')::text
FROM ({sales}) moved JOIN sales_sale s USING (id)
"""
# The posting of a movement is its sale, its number that of the line: it can be booked but once. In
# the order (store, product), as everybody books. The goods have left: whatever the policy. What a
# correction takes back comes for what it left for, and only if it had left. A cost beyond what the
# ledger counts is not known to it.
MOVEMENTS = """
INSERT INTO inventory_stockmovement
    (posting, line_no, kind, store_id, product_id, quantity, unit_cost, document_kind, document_ref,
     occurred_at, forced)
SELECT l.sale_id, l.line_no, CASE WHEN l.quantity > 0 THEN 'sale' ELSE 'return' END,
       l.store_id, l.product_id, -l.quantity,
       coalesce(was.unit_cost, CASE WHEN l.unit_cost <= 1e9 THEN l.unit_cost END),
       {document}, l.sale_id, l.sold_at, true
FROM ({sales}) moved
JOIN sales_sale s USING (id)
JOIN sales_saleline l ON l.sale_id = s.id AND l.id >= {first} AND l.id < {last}
LEFT JOIN LATERAL (  -- one look each, by the index, however few rows there seem to be
    SELECT id, unit_cost FROM inventory_stockmovement
    WHERE s.is_correction AND posting = s.corrects_id AND line_no = l.line_no LIMIT 1
) was ON true
WHERE l.kind = 'item' AND l.quantity <> 0 AND (NOT s.is_correction OR was.id IS NOT NULL)
ORDER BY l.store_id, l.product_id, s.is_correction DESC, l.sold_at, l.sale_id, l.line_no
"""


def move(stage: Stage, *, chosen: sql.Composable, corrected: bool = False) -> None:
    """Book the movements of the chosen tickets' lines; of their counter-documents too, if asked."""
    sales = sql.SQL(SALES + (COUNTERS if corrected else "")).format(
        tickets=stage.table("tickets"), chosen=chosen
    )
    ((first, last),) = fetch(sql.SQL(SPAN).format(sales=sales))
    execute(
        sql.SQL(MOVEMENTS).format(
            sales=sales,
            document=sql.Literal(DOCUMENT_KIND),
            first=sql.SQL("{}::uuid").format(sql.Literal(first)),
            last=sql.SQL("{}::uuid").format(sql.Literal(last)),
        )
    )

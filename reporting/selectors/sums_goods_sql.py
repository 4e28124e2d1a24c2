"""The SQL that sums of goods are put together from; `sums_goods` fills it in."""

from typing import Final

# {n} numbers the window. `by_month`: its month facts say all of it that is kept.
KEPT: Final = """
    kept_{n} AS MATERIALIZED (
        SELECT f.store_id, f.month, f.through,
               f.month >= {start} AND f.through <= {end} AND {months_do} AS by_month
        FROM reporting_goodsmonth f
        WHERE f.month >= date_trunc('month', {start}::timestamp) AND f.month <= {end} {stores}
          AND (f.month >= {start} AND f.through <= {end} AND {months_do} OR {days_do})
          AND {tree_is_known}
          AND NOT EXISTS (SELECT FROM sales_ledgerchange c
                          WHERE c.store_id = f.store_id
                            AND c.business_date BETWEEN f.month AND f.through)
    ),
    open_{n} AS MATERIALIZED (
        SELECT part.*
        FROM (
            SELECT f.store_id, greatest(coalesce(k.through + 1, f.month), {start}) AS first,
                   least((f.month + interval '1 month')::date - 1, {end}) AS last
            FROM (SELECT id AS store_id, month::date AS month
                  FROM organization_store,
                       generate_series(date_trunc('month', {start}::timestamp), {end}::timestamp,
                                       interval '1 month') month) f
            LEFT JOIN kept_{n} k ON k.store_id = f.store_id AND k.month = f.month
            WHERE true {stores}
        ) part
        WHERE EXISTS (SELECT FROM reporting_storeday d WHERE d.store_id = part.store_id
                      AND d.day BETWEEN part.first AND part.last)
           OR EXISTS (SELECT FROM sales_ledgerchange c WHERE c.store_id = part.store_id
                      AND c.business_date BETWEEN part.first AND part.last)
    )
"""
# OFFSET 0: each part is looked up by its key, whatever the planner believes of their number.
OPEN_LINES: Final = """(
    SELECT l.*{row_id}
    FROM open_{n} o
    CROSS JOIN LATERAL (
        SELECT * FROM reporting_line f
        WHERE f.store_id = o.store_id AND f.day BETWEEN o.first AND o.last {product}
          AND f.id >= epm_uuid7_floor(o.first::timestamp AT TIME ZONE 'UTC' - interval '14 hours')
          AND f.id < epm_uuid7_floor(o.last::timestamp AT TIME ZONE 'UTC' + interval '59 hours')
        OFFSET 0
    ) l {shelf}
)"""
# By category, or in few stores, little is open, mostly nothing: then no partition of the ledger is
# even planned. The days of many stores would be too much to hold.
FEW_OPEN_LINES: Final = """(
    SELECT l.*{row_id}
    FROM (SELECT f.* FROM (SELECT array_agg(store_id) AS stores, array_agg(first) AS firsts,
                                  array_agg(last) AS lasts FROM open_{n}) o
          CROSS JOIN LATERAL reporting_open_lines(o.stores, o.firsts, o.lasts) f
          WHERE true {product}) l {shelf}
)"""
OPEN_TICKETS: Final = """
    SELECT {part}, {key}, {is_total}, {sums}
    FROM (SELECT {inner_key} AS key, b.sale_id, bool_or(b.is_piece) AS has_piece
          FROM {lines} b GROUP BY 1, 2) b
    CROSS JOIN LATERAL (SELECT * FROM reporting_ticket t WHERE t.sale_id = b.sale_id OFFSET 0) t
    {group}
"""
PRODUCTS: Final = """
    SELECT f.store_id, f.month AS day, f.product_id, NULL::bigint AS row_id, {columns}
    FROM kept_{n} k
    CROSS JOIN LATERAL (
        SELECT * FROM reporting_storemonthproduct f
        WHERE f.store_id = k.store_id AND f.month = k.month {product} OFFSET 0
    ) f
    WHERE k.by_month
"""
CATEGORIES: Final = """
    SELECT f.store_id, f.month AS day, NULL::bigint AS product_id, p.row_id, {columns}
    FROM kept_{n} k
    CROSS JOIN LATERAL (
        SELECT * FROM reporting_storemonthcategory f
        WHERE f.store_id = k.store_id AND f.month = k.month
          AND f.category_id = ANY (ARRAY(SELECT category_id FROM {picks})) OFFSET 0
    ) f
    JOIN {picks} p ON p.category_id = f.category_id AND p.whole = f.whole
    WHERE k.by_month
"""
DAY_CATEGORIES: Final = """
    SELECT f.store_id, f.day, NULL::bigint AS product_id, p.row_id, {columns}
    FROM kept_{n} k
    CROSS JOIN LATERAL (
        SELECT * FROM reporting_storedaycategory f
        WHERE f.store_id = k.store_id
          AND f.day BETWEEN greatest(k.month, {start}) AND least(k.through, {end})
          AND f.category_id = ANY (ARRAY(SELECT category_id FROM {picks})) OFFSET 0
    ) f
    JOIN {picks} p ON p.category_id = f.category_id
    WHERE NOT k.by_month
"""
HAS_SHELVES: Final = "EXISTS (SELECT FROM reporting_goodstree b WHERE b.parent_id = c.id)"
# Which fact rows a report's row is made of, and those of the chosen category's total.
PICKED_TOPS: Final = f"""
    picked_rows AS MATERIALIZED (
        SELECT c.id AS category_id, {HAS_SHELVES} AS whole, c.id AS row_id
        FROM inventory_category c WHERE c.parent_id IS NULL
        UNION ALL SELECT 0, false, NULL
    )
"""  # noqa: S608 - constants
PICKED_BELOW: Final = f"""
    picked_rows AS MATERIALIZED (
        SELECT c.id AS category_id, {HAS_SHELVES} AS whole, c.id AS row_id
        FROM inventory_category c WHERE c.parent_id = ANY (%(category)s)
        UNION ALL
        SELECT c.id, false, c.id FROM inventory_category c WHERE c.id = ANY (%(category)s)
    )
"""  # noqa: S608 - constants
PICKED_TOTAL: Final = f"""
    picked_total AS MATERIALIZED (
        SELECT c.id AS category_id, {HAS_SHELVES} AS whole, NULL::bigint AS row_id
        FROM inventory_category c WHERE c.id = ANY (%(category)s)
    )
"""  # noqa: S608 - constants
TREE_IS_KNOWN: Final = """
    NOT EXISTS (SELECT FROM reporting_goodstree t
                JOIN inventory_category c ON c.id = t.category_id
                WHERE c.parent_id IS DISTINCT FROM t.parent_id)
"""
CATEGORY_IS_KNOWN: Final = """
    AND EXISTS (SELECT FROM reporting_goodstree t WHERE t.category_id = ANY (%(category)s))
"""
CATEGORY_IS_TOP: Final = """
    EXISTS (SELECT FROM inventory_category c
            WHERE c.id = ANY (%(category)s) AND c.parent_id IS NULL)
"""

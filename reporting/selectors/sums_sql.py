"""The SQL that a statement of sums is put together from; each is filled in by `sums.Statement`."""

from typing import Final

from reporting.kpis.kpi import Dimension

KEYS: Final[dict[Dimension | None, str]] = {
    Dimension.STORE: "b.store_id",
    Dimension.REGION: "(%(regions)s::bigint[])[array_position(%(stores)s::bigint[], b.store_id)]",
    Dimension.DAY: "b.day",
    Dimension.WEEK: "date_trunc('week', b.day::timestamp)::date",
    Dimension.RETAIL_MONTH: "(%(rows)s::date[])[width_bucket(b.day, %(rows)s::date[])]",
    Dimension.MONTH: "date_trunc('month', b.day::timestamp)::date",
    Dimension.QUARTER: "date_trunc('quarter', b.day::timestamp)::date",
    Dimension.PRODUCT: "b.product_id",
    Dimension.CATEGORY: "b.row_id",
}

LINES: Final = """(
    SELECT l.*{row_id}
    FROM (SELECT * FROM reporting_line f
          WHERE f.id >= {first_key} AND f.id < {end_key} AND f.day BETWEEN {start} AND {end}
                {stores} {product} {as_known}) l {shelf}
)"""
TICKETS_OF_LINES: Final = """
    SELECT {part}, {key}, {is_total}, {sums}
    FROM (SELECT {inner_key} AS key, b.sale_id, bool_or(b.is_piece) AS has_piece
          FROM {lines} b GROUP BY 1, 2) b
    JOIN reporting_ticket t ON t.sale_id = b.sale_id
    WHERE t.sale_id >= {first_key} AND t.sale_id < {end_key}
    {group}
"""
CUSTOMERS_OF_TICKETS: Final = """
    SELECT {part}, b.key, {is_total}, {sums}
    FROM (SELECT {key} AS key
          FROM reporting_ticket b
          WHERE b.day BETWEEN {start} AND {end} {stores} AND b.customer_id IS NOT NULL {as_known}
            AND EXISTS (SELECT FROM reporting_line l WHERE l.sale_id = b.sale_id
                        AND l.id >= {first_key} AND l.id < {end_key})
          GROUP BY 1, b.customer_id
          HAVING sum(b.transactions) > 0) b
    GROUP BY b.key
"""
# One step into the index for each store, however long the history.
FIRST_DAYS: Final = """
    SELECT {part}, b.key, grouping(b.key), {sums}
    FROM (SELECT {key} AS key, first.day
          FROM (SELECT id AS store_id FROM organization_store f WHERE true {store_ids}) b
          CROSS JOIN LATERAL (SELECT f.day FROM reporting_storeday f WHERE f.store_id = b.store_id
                              ORDER BY f.day LIMIT 1) first
          UNION ALL
          SELECT {key}, b.day FROM (SELECT f.* FROM live_days f WHERE true {stores}) b) b
    GROUP BY GROUPING SETS ((b.key), ())
"""
FIRST_DAY_OF_ALL: Final = """(
    SELECT min(day) AS day FROM reporting_storeday
    UNION ALL SELECT min(day) FROM live_days
)"""
SINCE_2000: Final = "min(b.day) - DATE '2000-01-01'"
# A category's row is the child of the chosen one (or the root) above it; goods lying directly in
# the chosen one are a row of their own.
SHELVES: Final = """
    shelf (id, row_id) AS (
        SELECT id, id FROM inventory_category WHERE {tops}
        UNION
        SELECT c.id, s.row_id FROM inventory_category c JOIN shelf s ON c.parent_id = s.id
        WHERE s.id <> ALL (%(category)s::bigint[])
    )
"""

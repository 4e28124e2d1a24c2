"""The SQL of sums as known at a moment: of the ledger's lines alone, whatever facts there are."""

from typing import Final

# `f` is a line or a ticket of the ledger. Its sale's key lies within the window of the line's.
KNOWN_SALES: Final = """
    AND EXISTS (SELECT FROM sales_sale k
                WHERE k.id = f.sale_id AND k.id >= {first_key} AND k.id < {end_key}
                  AND k.recorded_at <= %(known_at)s)
"""
STORE_DAYS: Final = """
    {name} AS (
        SELECT f.store_id, f.day {sums}
        FROM reporting_line f
        WHERE f.id >= {first_key} AND f.id < {end_key} AND {window} {as_known}
        GROUP BY f.store_id, f.day
    )
"""
STORE_DAYS_WITH_TICKETS: Final = """
    {name} AS (
        SELECT f.store_id, f.day {sums}
        FROM (SELECT f.store_id, f.day, f.sale_id, bool_or(f.is_piece) AS has_piece {of_sale}
              FROM reporting_line f
              WHERE f.id >= {first_key} AND f.id < {end_key} AND {window} {as_known}
              GROUP BY f.store_id, f.day, f.sale_id) f
        LEFT JOIN reporting_ticket t
               ON t.sale_id = f.sale_id AND t.sale_id >= {first_key} AND t.sale_id < {end_key}
        GROUP BY f.store_id, f.day
    )
"""
TICKETS: Final = {
    "transactions": "coalesce(sum(t.transactions), 0)",
    "piece_transactions": "coalesce(sum(t.transactions) FILTER (WHERE f.has_piece), 0)",
}
# By the index of (store, business date), up to the first sale with goods that was known.
FIRST_DAY_OF_STORE: Final = """
    SELECT k.business_date AS day FROM sales_sale k
    WHERE k.store_id = {store} AND k.recorded_at <= %(known_at)s
      AND EXISTS (SELECT FROM reporting_line l
                  WHERE l.sale_id = k.id AND l.id >= epm_uuid7_floor(k.sold_at)
                    AND l.id < epm_uuid7_floor(k.sold_at + interval '1 second'))
    ORDER BY k.business_date LIMIT 1
"""
FIRST_DAYS: Final = """
    SELECT {part}, b.key, grouping(b.key), {sums}
    FROM (SELECT {key} AS key, first.day
          FROM (SELECT id AS store_id FROM organization_store f WHERE true {store_ids}) b
          CROSS JOIN LATERAL ({first}) first) b
    GROUP BY GROUPING SETS ((b.key), ())
"""

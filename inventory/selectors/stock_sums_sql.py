"""The statement behind `inventory.selectors.stock_sums`, and its parts."""

from typing import Final, NamedTuple


class Part(NamedTuple):
    """What is dear and read only when asked for: shared tables, its sums, and their join."""

    shared: str
    sums: tuple[str, str]
    join: str


# Goods in a category count with all below it; a row is a category below the chosen one, or it.
SHELVES: Final = """
    shelf (id, row_id) AS (
        SELECT id, id FROM inventory_category WHERE {tops}
        UNION
        SELECT c.id, s.row_id FROM inventory_category c JOIN shelf s ON c.parent_id = s.id
        WHERE s.id IS DISTINCT FROM %(category)s::bigint
    )
"""
TOPS: Final = "parent_id IS NULL"
BELOW: Final = "id = %(category)s OR parent_id = %(category)s"
GOODS: Final = """
    goods AS MATERIALIZED (
        SELECT p.id FROM inventory_product p
        WHERE (%(product)s::bigint IS NULL OR p.id = %(product)s) {shelved}
    )
"""
SHELVED: Final = "AND p.category_id IN (SELECT id FROM shelf)"
OF_GOODS: Final = "AND {of}.product_id IN (SELECT id FROM goods)"
# What moved on the days asked about, as sums.
FLOWS: Final = """
    coalesce(-sum(m.quantity) FILTER (WHERE m.kind IN ('sale', 'return') AND {within}), 0)
        AS sold,
    coalesce(-sum(m.costed) FILTER (WHERE m.kind IN ('sale', 'return') AND {within}), 0)
        AS sold_costed,
    coalesce(-sum(m.value) FILTER (WHERE m.kind IN ('sale', 'return') AND {within}), 0)
        AS cost,
    coalesce(-sum(m.quantity) FILTER (WHERE {within} AND m.kind IN (
        'damage', 'expiry', 'theft', 'loss')), 0) AS lost,
    coalesce(-sum(m.costed) FILTER (WHERE {within} AND m.kind IN (
        'damage', 'expiry', 'theft', 'loss')), 0) AS lost_costed,
    coalesce(-sum(m.value) FILTER (WHERE {within} AND m.kind IN (
        'damage', 'expiry', 'theft', 'loss')), 0) AS lost_value,
    coalesce(sum(abs(m.quantity)) FILTER (WHERE {within} AND m.kind = 'count'), 0) AS missing,
    coalesce(sum(abs(m.costed)) FILTER (WHERE {within} AND m.kind = 'count'), 0)
        AS missing_costed,
    coalesce(-sum(m.value) FILTER (WHERE {within} AND m.kind = 'count'), 0) AS missing_value
"""
ARRIVED: Final = """
    coalesce(sum(m.quantity) FILTER (WHERE {within} AND m.kind IN (
        'opening', 'receipt', 'supplier_return', 'transfer_in', 'transfer_out')), 0)
"""
FLOW_NAMES: Final = (
    "sold", "sold_costed", "cost", "lost", "lost_costed", "lost_value", "missing",
    "missing_costed", "missing_value",
)  # fmt: skip
# Back from the level as it is: what came after the last day is taken off, exactly, however old the
# ledger is. Σ closings = days × the last closing − Σ value × the days before the movement.
MOVED: Final = f"""
    moved AS MATERIALIZED (
        SELECT m.store_id, m.product_id,
               coalesce(sum(m.quantity) FILTER (WHERE {{later}}), 0) AS on_hand,
               coalesce(sum(m.quantity - m.blocked) FILTER (WHERE {{later}}), 0) AS sellable,
               coalesce(sum(m.costed) FILTER (WHERE {{later}}), 0) AS costed,
               coalesce(sum(m.value) FILTER (WHERE {{later}}), 0) AS value,
               coalesce(sum(m.quantity) FILTER (WHERE {{within}}), 0) AS in_hand,
               coalesce(sum(m.costed) FILTER (WHERE {{within}}), 0) AS in_costed,
               coalesce(sum(m.value) FILTER (WHERE {{within}}), 0) AS in_value,
               coalesce(sum(m.value * (m.business_date - %(first)s::date))
                        FILTER (WHERE {{within}}), 0) AS before_value,
               {ARRIVED} AS arrived, {FLOWS}
        FROM inventory_stockmovement m
        WHERE m.store_id = ANY (%(stores)s) AND m.business_date >= %(first)s {{goods}}
        GROUP BY m.store_id, m.product_id
    )
"""  # noqa: S608 - names of columns
STOOD: Final = f"""
    stood AS MATERIALIZED (
        SELECT l.store_id, l.product_id, p.category_id, p.is_active, p.unit = 'piece' AS is_piece,
               l.on_hand - coalesce(m.on_hand, 0) AS on_hand,
               l.on_hand - l.unavailable - coalesce(m.sellable, 0) AS sellable,
               l.costed - coalesce(m.costed, 0) AS costed,
               l.value - coalesce(m.value, 0) AS value,
               l.on_hand - coalesce(m.on_hand + m.in_hand, 0) AS on_hand_before,
               l.costed - coalesce(m.costed + m.in_costed, 0) AS costed_before,
               l.value - coalesce(m.value + m.in_value, 0) AS value_before,
               (l.value - coalesce(m.value, 0)) * (%(last)s::date - %(first)s::date + 1)
                   - coalesce(m.before_value, 0) AS value_days,
               coalesce(m.arrived, 0) AS arrived,
               {", ".join(f"coalesce(m.{name}, 0) AS {name}" for name in FLOW_NAMES)}
        FROM inventory_stocklevel l
        JOIN inventory_product p ON p.id = l.product_id
        LEFT JOIN moved m ON m.store_id = l.store_id AND m.product_id = l.product_id
        WHERE l.store_id = ANY (%(stores)s) {{goods}}
    )
"""  # noqa: S608 - names of columns
# Daily sales of the last 28 in-stock trading days up to the last day, or those that are over; fewer
# than 7 say nothing. What is kept of them is taken where it is of the very same days.
DEMAND: Final = Part(
    shared="""
    kept AS MATERIALIZED (
        SELECT w.store_id FROM inventory_stockwatch w
        WHERE w.store_id = ANY (%(stores)s) AND w.as_of IN (%(last)s, %(last)s::date + 1)
    ), demand AS MATERIALIZED (
        SELECT n.store_id, n.product_id, n.ads
        FROM inventory_stockneed n JOIN kept USING (store_id) WHERE n.ads IS NOT NULL
        UNION ALL
        SELECT s.id, d.product_id, d.ads
        FROM unnest(%(stores)s::bigint[]) s (id)
        CROSS JOIN LATERAL inventory_demand(
            s.id, ARRAY(SELECT t.product_id FROM stood t WHERE t.store_id = s.id),
            %(last)s::date + 1) d
        WHERE s.id NOT IN (SELECT store_id FROM kept) AND d.days >= 7
    )
""",
    sums=(
        "sum(t.sellable) FILTER (WHERE d.ads IS NOT NULL AND {counts})",
        "sum(d.ads) FILTER (WHERE {counts})",
    ),
    join=" LEFT JOIN demand d ON (d.store_id, d.product_id) = (t.store_id, t.product_id)",
)
# Trading days without a product, of those since the store first had it; of active products.
OUT: Final = Part(
    shared="""
    calendar AS MATERIALIZED (
        SELECT s.id AS store_id, t.day, t.ordinal
        FROM unnest(%(stores)s::bigint[]) s (id)
        CROSS JOIN LATERAL inventory_trading_days(s.id, %(first)s, %(last)s) t
    ), active AS MATERIALIZED (
        SELECT t.store_id, t.product_id FROM stood t WHERE t.is_active
    ), ranged AS (
        SELECT a.store_id, a.product_id, e.ordinal - coalesce(b.ordinal, 0) AS days
        FROM active a
        CROSS JOIN LATERAL (
            SELECT d.day FROM inventory_stockday d
            WHERE d.store_id = a.store_id AND d.product_id = a.product_id AND d.day <= %(last)s
            ORDER BY d.day LIMIT 1) since
        JOIN calendar e ON e.store_id = a.store_id AND e.day = %(last)s
        LEFT JOIN calendar b ON b.store_id = a.store_id AND b.day = since.day - 1
    ), missed AS (
        SELECT s.id AS store_id, o.product_id, sum(o.trading) AS days
        FROM unnest(%(stores)s::bigint[]) s (id)
        CROSS JOIN LATERAL inventory_out_stretches(
            s.id, ARRAY(SELECT a.product_id FROM active a WHERE a.store_id = s.id),
            %(first)s, %(last)s) o
        GROUP BY s.id, o.product_id
    ), shortage AS MATERIALIZED (
        SELECT r.store_id, r.product_id, r.days AS ranged_days, coalesce(m.days, 0) AS out_days
        FROM ranged r LEFT JOIN missed m USING (store_id, product_id)
    )
""",
    sums=("sum(o.out_days)", "sum(o.ranged_days)"),
    join=" LEFT JOIN shortage o ON (o.store_id, o.product_id) = (t.store_id, t.product_id)",
)
SHELF: Final = "LEFT JOIN shelf ON shelf.id = t.category_id"
ROWS: Final = """
    SELECT '{by}', {key}, NULL::date, {sums} FROM stood t {shelf} {joins} GROUP BY 2
"""
# Nothing is kept by day: what moved on each, and all that moved later in one row.
DAYS: Final = f"""
    SELECT 'day', NULL::bigint, t.day, {{sums}}
    FROM (
        SELECT least(m.business_date, %(last)s::date + 1) AS day,
               sum(m.quantity) AS on_hand, sum(m.costed) AS costed, sum(m.value) AS value,
               0 AS on_hand_before, 0 AS costed_before, 0 AS value_before, 0 AS value_days,
               {FLOWS},
               coalesce(sum(m.quantity) FILTER (WHERE {{counts}}), 0) AS pieces,
               0 AS pieces_before,
               coalesce(-sum(m.quantity) FILTER (
                   WHERE m.kind IN ('sale', 'return') AND {{counts}}), 0) AS pieces_sold,
               coalesce(-sum(m.costed) FILTER (
                   WHERE m.kind IN ('sale', 'return') AND {{counts}}), 0) AS pieces_costed,
               {ARRIVED.replace("{within}", "{counts}")} AS pieces_arrived
        FROM inventory_stockmovement m JOIN inventory_product p ON p.id = m.product_id
        WHERE m.store_id = ANY (%(stores)s) AND m.business_date >= %(first)s {{goods}}
        GROUP BY 1
    ) t
"""  # noqa: S608 - names of columns
BEGUN: Final = """
    SELECT 'begun', s.id, first.business_date, {nothing}
    FROM unnest(%(stores)s::bigint[]) s (id)
    CROSS JOIN LATERAL (SELECT m.business_date FROM inventory_stockmovement m
                        WHERE m.store_id = s.id ORDER BY m.business_date LIMIT 1) first
"""

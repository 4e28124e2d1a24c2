-- What levels need (models/stock_day.py StockNeed), by demand, rules and suppliers.
ALTER TABLE inventory_stockneed
    ALTER days SET DEFAULT 0, ALTER lead_days SET DEFAULT 0, ALTER dead_days SET DEFAULT 0,
    ALTER aged_days SET DEFAULT 0;

-- What the rules say of some products of a store: each figure by the most specific rule that states
-- it (models/stock_rule.py). A product that no rule is about is left out.
CREATE FUNCTION inventory_rules(of_store bigint, of_products bigint[])
RETURNS TABLE (product_id bigint, minimum numeric, maximum numeric, service_factor numeric,
               safety_days numeric, lead_days integer, review_days integer, dead_days integer,
               aged_days integer)
LANGUAGE sql STABLE ROWS 1000 AS $$
    WITH RECURSIVE mine AS (
        SELECT r.*, (r.store_id IS NULL)::int AS chain FROM inventory_stockrule r
        WHERE r.store_id = of_store OR r.store_id IS NULL
    ), below (rule_id, category_id, depth) AS (
        SELECT m.id, m.category_id, 0 FROM mine m WHERE m.category_id IS NOT NULL
        UNION ALL
        SELECT b.rule_id, c.id, b.depth + 1
        FROM below b JOIN inventory_category c ON c.parent_id = b.category_id WHERE b.depth < 100
    ), asked AS (
        SELECT p.id, p.category_id
        FROM unnest(of_products) a (id) JOIN inventory_product p ON p.id = a.id
    ), about AS (
        SELECT a.id AS product_id, m.id AS rule_id, m.chain AS rank
        FROM mine m JOIN asked a ON a.id = m.product_id
        UNION ALL
        SELECT a.id, m.id, 2 + 2 * b.depth + m.chain
        FROM below b JOIN mine m ON m.id = b.rule_id JOIN asked a ON a.category_id = b.category_id
        UNION ALL
        SELECT a.id, m.id, 1000 + m.chain
        FROM mine m CROSS JOIN asked a WHERE m.product_id IS NULL AND m.category_id IS NULL
    )
    SELECT x.product_id,
        (array_agg(m.minimum ORDER BY x.rank) FILTER (WHERE m.minimum IS NOT NULL))[1],
        (array_agg(m.maximum ORDER BY x.rank) FILTER (WHERE m.maximum IS NOT NULL))[1],
        -- Both say how much is kept for safety: the more specific one holds.
        (array_agg(m.service_factor ORDER BY x.rank) FILTER (
            WHERE m.service_factor IS NOT NULL OR m.safety_days IS NOT NULL))[1],
        (array_agg(m.safety_days ORDER BY x.rank) FILTER (
            WHERE m.service_factor IS NOT NULL OR m.safety_days IS NOT NULL))[1],
        (array_agg(m.lead_days ORDER BY x.rank) FILTER (WHERE m.lead_days IS NOT NULL))[1],
        (array_agg(m.review_days ORDER BY x.rank) FILTER (WHERE m.review_days IS NOT NULL))[1],
        (array_agg(m.dead_days ORDER BY x.rank) FILTER (WHERE m.dead_days IS NOT NULL))[1],
        (array_agg(m.aged_days ORDER BY x.rank) FILTER (WHERE m.aged_days IS NOT NULL))[1]
    FROM about x JOIN mine m ON m.id = x.rule_id
    GROUP BY x.product_id
$$;

-- Defaults: lead time 7 days, 95 % of lead times without a stock-out (z 1.645), an order a week,
-- dead after 90 days without a sale, aged after 180. Demand is known from 7 in-stock trading days on.
CREATE FUNCTION inventory_needs(of_store bigint, of_products bigint[], today date)
RETURNS TABLE (product_id bigint, days bigint, ads numeric, sigma numeric, last_sold_on date,
               stocked_since date, oldest_on date, lead_days integer, minimum numeric,
               reorder_point numeric, maximum numeric, dead_days integer, aged_days integer)
LANGUAGE sql STABLE ROWS 1000 AS $$
    WITH demand AS (
        SELECT d.product_id, d.days, CASE WHEN d.days >= 7 THEN d.ads END AS ads,
               CASE WHEN d.days >= 7 THEN d.sigma END AS sigma
        FROM inventory_demand(of_store, of_products, today) d
    ), past AS (
        SELECT d.product_id, max(d.day) FILTER (WHERE d.sold > 0) AS last_sold_on,
               max(d.day) FILTER (WHERE d.on_hand <= 0) AS last_empty
        FROM unnest(of_products) asked (product_id)
        JOIN inventory_stockday d ON d.store_id = of_store AND d.product_id = asked.product_id
        GROUP BY d.product_id
    ), oldest AS (
        SELECT y.product_id, min(y.day) AS day
        FROM inventory_layers(of_store, of_products) y GROUP BY y.product_id
    ), ruled AS (
        SELECT asked.product_id, r.minimum, r.maximum, coalesce(r.review_days, 7) AS review_days,
               coalesce(r.lead_days, s.lead_days, 7) AS lead_days,
               coalesce(r.dead_days, 90) AS dead_days, coalesce(r.aged_days, 180) AS aged_days,
               coalesce(r.service_factor, 1.645) AS z, r.safety_days
        FROM unnest(of_products) asked (product_id)
        LEFT JOIN inventory_rules(of_store, of_products) r USING (product_id)
        LEFT JOIN inventory_supply s USING (product_id)
    ), pointed AS (
        SELECT r.*, d.days, d.ads, d.sigma, CASE
            WHEN d.ads IS NULL THEN r.minimum
            ELSE greatest(coalesce(r.minimum, 0), round(d.ads * r.lead_days
                + coalesce(r.safety_days * d.ads, r.z * d.sigma * sqrt(r.lead_days::numeric)), 3))
            END AS reorder_point
        FROM ruled r LEFT JOIN demand d USING (product_id)
    )
    SELECT p.product_id, coalesce(p.days, 0), p.ads, p.sigma, past.last_sold_on,
           (SELECT min(d.day) FROM inventory_stockday d
            WHERE d.store_id = of_store AND d.product_id = p.product_id
              AND d.day > coalesce(past.last_empty, '-infinity')),
           oldest.day, p.lead_days, p.minimum, p.reorder_point,
           coalesce(p.maximum, p.reorder_point + coalesce(round(p.ads * p.review_days, 3), 0)),
           p.dead_days, p.aged_days
    FROM pointed p LEFT JOIN past USING (product_id) LEFT JOIN oldest USING (product_id)
$$;

-- A rule that changes makes all needs those of the past.
CREATE FUNCTION inventory_forget_needs() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_stockwatch SET as_of = NULL WHERE as_of IS NOT NULL;
    RETURN NULL;
END;
$$;

CREATE TRIGGER stock_rule_changes_needs AFTER INSERT OR UPDATE OR DELETE ON inventory_stockrule
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_forget_needs();

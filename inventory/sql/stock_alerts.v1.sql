-- Which alerts some products of a store are due, by their levels and needs as they are
-- (models/stock_alert.py). A kind starts at its threshold and stays until the threshold is passed by
-- a tenth of the reorder point: `open_kinds` are those that are open already.
CREATE FUNCTION inventory_alerts_due(of_store bigint, of_products bigint[], today date,
                                     tax_classes text[], tax_rates numeric[])
RETURNS TABLE (product_id bigint, kind text, available numeric, threshold numeric, days integer,
               value numeric, lost_per_day numeric)
LANGUAGE sql STABLE ROWS 1000 AS $$
    WITH open_kinds AS (
        SELECT a.product_id, array_agg(a.kind::text) AS kinds
        FROM unnest(of_products) asked (product_id)
        JOIN inventory_stockalert a ON a.store_id = of_store AND a.product_id = asked.product_id
            AND a.state <> 'resolved'
        GROUP BY a.product_id
    ), seen AS (
        SELECT n.*, l.on_hand, l.shortfall, inventory_available(l) AS available,
               CASE WHEN l.costed > 0 THEN l.value END AS worth,
               coalesce(o.kinds, '{}') AS kinds,
               round(coalesce(n.reorder_point, 0) / 10, 3) AS margin,
               today - greatest(n.last_sold_on, n.stocked_since) AS unsold,
               today - n.oldest_on AS age,
               coalesce(y.negative, 'forbid') AS policy,
               -- Somebody wants it: it sells, or a rule says that it is kept.
               p.is_active AND (n.minimum > 0 OR n.ads > 0
                   OR n.ads IS NULL AND n.last_sold_on >= today - 91) AS wanted,
               round(n.ads * p.sale_price / (1 + t.rate) * 0.7, 6) AS lost
        FROM unnest(of_products) asked (product_id)
        JOIN inventory_stocklevel l ON l.store_id = of_store AND l.product_id = asked.product_id
        JOIN inventory_stockneed n ON n.store_id = of_store AND n.product_id = l.product_id
        JOIN inventory_product p ON p.id = l.product_id
        JOIN organization_store s ON s.id = of_store AND coalesce(s.closed_on, today) >= today
        LEFT JOIN inventory_stockpolicy y ON y.store_id = of_store
        LEFT JOIN open_kinds o ON o.product_id = l.product_id
        LEFT JOIN unnest(tax_classes, tax_rates) t (class, rate)
            ON t.class = lower(p.tax_class_code)
    ), told AS (
        SELECT s.*, coalesce(s.wanted, false)
                   AND s.available <= CASE WHEN 'out' = ANY (s.kinds) THEN s.margin ELSE 0 END
                   AS is_out
        FROM seen s
    )
    SELECT t.product_id, k.kind, t.available, k.threshold, k.days, k.value, k.lost
    FROM told t CROSS JOIN LATERAL (VALUES
        ('out', t.is_out, 0, NULL, NULL, t.lost),
        ('low', t.wanted AND NOT t.is_out AND t.available > 0 AND t.available <= t.reorder_point
                + CASE WHEN 'low' = ANY (t.kinds) THEN t.margin ELSE 0 END,
         t.reorder_point, NULL, NULL, t.lost),
        ('negative', (t.shortfall > 0 OR t.on_hand < 0) AND t.policy <> 'allow',
         0, NULL, NULL, NULL),
        ('dead', t.on_hand > 0 AND t.unsold >= t.dead_days, NULL, t.unsold, t.worth, NULL),
        ('aged', t.on_hand > 0 AND t.age > t.aged_days, NULL, t.age, t.worth, NULL)
    ) k (kind, holds, threshold, days, value, lost)
    WHERE k.holds
$$;

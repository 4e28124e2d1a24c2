-- What would fill up the stores of `of_stores` (selectors/replenishment.py, kpis.md 4.4).
--
-- A level whose position (available, promised goods taken off, and coming) is at its reorder point
-- or below wants what is missing to its maximum. First from stores that have more than their own
-- maximum: they keep that, and share what is beyond it in the proportion of the wants, by whole
-- units. Who is still at its reorder point or below is to order the rest, by whole packs.
CREATE FUNCTION inventory_proposals(of_stores bigint[])
RETURNS TABLE (store_id bigint, product_id bigint, route text, source_id bigint,
               supplier_id bigint, quantity numeric, pack numeric, ads numeric, sigma numeric,
               days integer, "position" numeric, reorder_point numeric, maximum numeric)
LANGUAGE sql STABLE ROWS 1000 AS $$
    WITH pictured AS MATERIALIZED (
        SELECT n.store_id, n.product_id, n.ads, n.sigma, n.days::integer, n.reorder_point,
               n.maximum, s.currency,
               a.available - a.leaving AS free,
               a.available - a.leaving + coalesce(i.coming, 0) AS position,
               CASE WHEN p.unit = 'piece' THEN 1 ELSE 0.001 END AS unit
        FROM inventory_stockneed n
        JOIN inventory_stocklevel l ON l.store_id = n.store_id AND l.product_id = n.product_id
        JOIN inventory_product p ON p.id = n.product_id AND p.is_active
        JOIN organization_store s ON s.id = n.store_id AND coalesce(s.closed_on, n.as_of) >= n.as_of
        LEFT JOIN inventory_planned i
            ON i.store_id = n.store_id AND i.product_id = n.product_id
        CROSS JOIN LATERAL (
            -- A draft of more than there is takes what there is: nobody can send the rest.
            SELECT available, least(coalesce(i.leaving, 0), greatest(available, 0)) AS leaving
            FROM inventory_available(l) available
        ) a
        WHERE n.store_id = ANY (of_stores) AND n.reorder_point IS NOT NULL
    ), takers AS MATERIALIZED (
        SELECT x.*, ceil((x.maximum - x.position) / x.unit) * x.unit AS want
        FROM pictured x WHERE x.position <= x.reorder_point AND x.position < x.maximum
    ), donors AS MATERIALIZED (
        -- Whose own need is not known gives nothing.
        SELECT x.store_id, x.product_id, x.currency,
               floor((x.free - greatest(x.maximum, x.reorder_point)) / x.unit) * x.unit AS spare
        FROM pictured x
        WHERE x.ads IS NOT NULL AND x.free - greatest(x.maximum, x.reorder_point) >= x.unit
          AND EXISTS (SELECT FROM takers t
                      WHERE t.product_id = x.product_id AND t.currency = x.currency)
    ), wanted AS (
        SELECT t.*, coalesce(d.spare, 0) AS spare, sum(t.want) OVER same AS wants
        FROM takers t
        LEFT JOIN (SELECT y.product_id, y.currency, sum(y.spare) AS spare
                   FROM donors y GROUP BY 1, 2) d
            ON d.product_id = t.product_id AND d.currency = t.currency
        WINDOW same AS (PARTITION BY t.product_id, t.currency)
    ), shares AS (
        SELECT w.*, least(w.want, w.want * w.spare / w.wants) AS exact,
               floor(least(w.want, w.want * w.spare / w.wants) / w.unit) * w.unit AS whole
        FROM wanted w
    ), shared AS (
        -- Units left by rounding down go to the largest remainders.
        SELECT s.*, s.whole + CASE WHEN row_number() OVER (
                   PARTITION BY s.product_id, s.currency
                   ORDER BY s.exact - s.whole DESC, s.store_id)
               <= (least(s.spare, s.wants) - sum(s.whole) OVER (
                   PARTITION BY s.product_id, s.currency)) / s.unit
               THEN s.unit ELSE 0 END AS share
        FROM shares s
    ), given AS (
        SELECT s.*, sum(s.share) OVER (
                   PARTITION BY s.product_id, s.currency ORDER BY s.store_id) AS upto
        FROM shared s WHERE s.share > 0
    ), taken AS (
        SELECT d.*, sum(d.spare) OVER (PARTITION BY d.product_id, d.currency
                                       ORDER BY d.spare DESC, d.store_id) AS upto
        FROM donors d
    )
    SELECT g.store_id, g.product_id, 'transfer', t.store_id, NULL,
           least(g.upto, t.upto) - greatest(g.upto - g.share, t.upto - t.spare), 1, g.ads, g.sigma,
           g.days, g.position, g.reorder_point, g.maximum
    FROM given g JOIN taken t ON t.product_id = g.product_id AND t.currency = g.currency
        AND greatest(g.upto - g.share, t.upto - t.spare) < least(g.upto, t.upto)
    UNION ALL
    SELECT s.store_id, s.product_id, CASE WHEN y.supplier_id IS NULL THEN 'none' ELSE 'order' END,
           NULL, y.supplier_id,
           ceil(greatest(s.maximum - s.position - s.share, coalesce(y.moq, 0))
                / coalesce(y.pack, s.unit)) * coalesce(y.pack, s.unit),
           coalesce(y.pack, s.unit), s.ads, s.sigma, s.days, s.position, s.reorder_point, s.maximum
    FROM shared s LEFT JOIN inventory_supply y ON y.product_id = s.product_id
    WHERE s.position + s.share <= s.reorder_point AND s.position + s.share < s.maximum
$$;

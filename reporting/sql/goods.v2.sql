-- What some stores sold in one month, by product and by category, up to a day of each store: as the
-- ledger says it now, by the tree that is kept in reporting_goodstree. `stores` and `throughs`
-- are pairs. The month and its keys are given as values, so that the planner opens its partitions
-- only. STABLE: they read by the snapshot of the statement that calls them.
CREATE FUNCTION reporting_goods_query(answer text) RETURNS text
LANGUAGE sql IMMUTABLE AS $function$
    SELECT $query$
    WITH RECURSIVE line AS MATERIALIZED (
        SELECT l.*, coalesce(t.category_id, 0) AS shelf_id
        FROM unnest($1, $2) AS kept (store_id, through)
        JOIN reporting_line l ON l.store_id = kept.store_id AND l.day BETWEEN $3 AND kept.through
        LEFT JOIN reporting_goodstree t ON t.category_id = l.category_id
        WHERE l.id >= $4 AND l.id < $5
    ), ticket AS (
        SELECT sale_id, transactions FROM reporting_ticket WHERE sale_id >= $4 AND sale_id < $5
    ), above (category_id, ancestor_id, parent_id) AS (
        SELECT category_id, category_id, parent_id FROM reporting_goodstree
        UNION ALL
        SELECT a.category_id, p.category_id, p.parent_id
        FROM above a JOIN reporting_goodstree p ON p.category_id = a.parent_id
    )
    $query$ || answer
$function$;

CREATE FUNCTION reporting_month_products(of_month date, stores bigint[], throughs date[])
RETURNS TABLE (
    store_id bigint, month date, product_id bigint, transactions integer, piece_transactions integer,
    covered_lines integer, net_ht numeric, returned_ht numeric, shelf_ht numeric,
    loyalty_ht numeric, coupon_ht numeric, manual_ht numeric, net_ttc numeric, units numeric,
    returned_units numeric, loose_ht numeric, covered_ht numeric, cost numeric
)
LANGUAGE plpgsql STABLE ROWS 10000
SET jit = off
SET work_mem = '64MB'
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE reporting_goods_query($answer$
        SELECT l.store_id, $3, l.product_id, coalesce(t.transactions, 0)::integer,
               coalesce(t.piece_transactions, 0)::integer, l.covered_lines,
               l.net_ht, l.returned_ht, l.shelf_ht, l.loyalty_ht, l.coupon_ht, l.manual_ht, l.net_ttc,
               l.units, l.returned_units, l.loose_ht, l.covered_ht, l.cost
        FROM (
            SELECT store_id, product_id, coalesce(sum(covered_lines), 0)::integer AS covered_lines,
                   sum(net_ht) AS net_ht, coalesce(sum(returned_ht), 0) AS returned_ht,
                   coalesce(sum(shelf_ht), 0) AS shelf_ht, coalesce(sum(loyalty_ht), 0) AS loyalty_ht,
                   coalesce(sum(coupon_ht), 0) AS coupon_ht, coalesce(sum(manual_ht), 0) AS manual_ht,
                   sum(net_ttc) AS net_ttc,
                   coalesce(sum(units), 0) AS units, coalesce(sum(returned_units), 0) AS returned_units,
                   coalesce(sum(loose_ht), 0) AS loose_ht, coalesce(sum(covered_ht), 0) AS covered_ht,
                   coalesce(sum(cost), 0) AS cost
            FROM line GROUP BY store_id, product_id
        ) l
        LEFT JOIN (
            SELECT store_id, product_id, sum(transactions) AS transactions,
                   sum(transactions) FILTER (WHERE has_piece) AS piece_transactions
            FROM (SELECT store_id, product_id, sale_id, bool_or(is_piece) AS has_piece
                  FROM line GROUP BY store_id, product_id, sale_id) goods
            JOIN ticket USING (sale_id)
            GROUP BY store_id, product_id
        ) t ON t.store_id = l.store_id AND t.product_id = l.product_id
    $answer$)
    USING stores, throughs, of_month,
          epm_uuid7_floor(of_month::timestamp AT TIME ZONE 'UTC' - interval '14 hours'),
          epm_uuid7_floor((SELECT max(d) FROM unnest(throughs) d)::timestamp AT TIME ZONE 'UTC'
                          + interval '59 hours');
END;
$function$;

-- Two kinds of rows. Not `whole`: goods that lie directly in the category; 0 for those that lie in
-- none. `whole`: goods in a category that has others below it and in all of those.
CREATE FUNCTION reporting_month_categories(of_month date, stores bigint[], throughs date[])
RETURNS TABLE (
    store_id bigint, month date, category_id bigint, whole boolean, transactions integer,
    piece_transactions integer, covered_lines integer, net_ht numeric, returned_ht numeric,
    shelf_ht numeric, loyalty_ht numeric, coupon_ht numeric, manual_ht numeric, net_ttc numeric,
    units numeric,
    returned_units numeric, loose_ht numeric, covered_ht numeric, cost numeric
)
LANGUAGE plpgsql STABLE ROWS 10000
SET jit = off
SET work_mem = '64MB'
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE reporting_goods_query($answer$
        , shelf (shelf_id, category_id, whole) AS (
            SELECT category_id, category_id, false FROM reporting_goodstree
            UNION ALL SELECT 0, 0, false
            UNION ALL
            SELECT a.category_id, a.ancestor_id, true FROM above a
            WHERE EXISTS (SELECT FROM reporting_goodstree b WHERE b.parent_id = a.ancestor_id)
        ), own AS MATERIALIZED (
            SELECT store_id, shelf_id, coalesce(sum(covered_lines), 0) AS covered_lines,
                   sum(net_ht) AS net_ht, coalesce(sum(returned_ht), 0) AS returned_ht,
                   coalesce(sum(shelf_ht), 0) AS shelf_ht, coalesce(sum(loyalty_ht), 0) AS loyalty_ht,
                   coalesce(sum(coupon_ht), 0) AS coupon_ht, coalesce(sum(manual_ht), 0) AS manual_ht,
                   sum(net_ttc) AS net_ttc,
                   coalesce(sum(units), 0) AS units, coalesce(sum(returned_units), 0) AS returned_units,
                   coalesce(sum(loose_ht), 0) AS loose_ht, coalesce(sum(covered_ht), 0) AS covered_ht,
                   coalesce(sum(cost), 0) AS cost
            FROM line GROUP BY store_id, shelf_id
        )
        SELECT l.store_id, $3, l.category_id, l.whole, coalesce(t.transactions, 0)::integer,
               coalesce(t.piece_transactions, 0)::integer, l.covered_lines::integer,
               l.net_ht, l.returned_ht, l.shelf_ht, l.loyalty_ht, l.coupon_ht, l.manual_ht, l.net_ttc,
               l.units, l.returned_units, l.loose_ht, l.covered_ht, l.cost
        FROM (
            SELECT o.store_id, s.category_id, s.whole, sum(covered_lines) AS covered_lines,
                   sum(net_ht) AS net_ht, sum(returned_ht) AS returned_ht, sum(shelf_ht) AS shelf_ht,
                   sum(loyalty_ht) AS loyalty_ht, sum(coupon_ht) AS coupon_ht, sum(manual_ht) AS manual_ht,
                   sum(net_ttc) AS net_ttc, sum(units) AS units,
                   sum(returned_units) AS returned_units, sum(loose_ht) AS loose_ht,
                   sum(covered_ht) AS covered_ht, sum(cost) AS cost
            FROM own o JOIN shelf s ON s.shelf_id = o.shelf_id
            GROUP BY o.store_id, s.category_id, s.whole
        ) l
        LEFT JOIN (
            SELECT store_id, category_id, whole, sum(transactions) AS transactions,
                   sum(transactions) FILTER (WHERE has_piece) AS piece_transactions
            FROM (SELECT l.store_id, s.category_id, s.whole, l.sale_id, bool_or(l.is_piece) AS has_piece
                  FROM line l JOIN shelf s ON s.shelf_id = l.shelf_id
                  GROUP BY l.store_id, s.category_id, s.whole, l.sale_id) goods
            JOIN ticket USING (sale_id)
            GROUP BY store_id, category_id, whole
        ) t ON t.store_id = l.store_id AND t.category_id = l.category_id AND t.whole = l.whole
    $answer$)
    USING stores, throughs, of_month,
          epm_uuid7_floor(of_month::timestamp AT TIME ZONE 'UTC' - interval '14 hours'),
          epm_uuid7_floor((SELECT max(d) FROM unnest(throughs) d)::timestamp AT TIME ZONE 'UTC'
                          + interval '59 hours');
END;
$function$;

-- By day, for the top of the tree only: each top category with all below it, 0 for goods in none.
CREATE FUNCTION reporting_day_categories(of_month date, stores bigint[], throughs date[])
RETURNS TABLE (
    store_id bigint, day date, category_id bigint, transactions integer,
    piece_transactions integer, covered_lines integer, net_ht numeric, returned_ht numeric,
    shelf_ht numeric, loyalty_ht numeric, coupon_ht numeric, manual_ht numeric, net_ttc numeric,
    units numeric,
    returned_units numeric, loose_ht numeric, covered_ht numeric, cost numeric
)
LANGUAGE plpgsql STABLE ROWS 10000
SET jit = off
SET work_mem = '64MB'
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE reporting_goods_query($answer$
        , top (shelf_id, category_id) AS (
            SELECT a.category_id, a.ancestor_id FROM above a WHERE a.parent_id IS NULL
            UNION ALL SELECT 0, 0
        )
        SELECT l.store_id, l.day, l.category_id, coalesce(t.transactions, 0)::integer,
               coalesce(t.piece_transactions, 0)::integer, l.covered_lines,
               l.net_ht, l.returned_ht, l.shelf_ht, l.loyalty_ht, l.coupon_ht, l.manual_ht, l.net_ttc,
               l.units, l.returned_units, l.loose_ht, l.covered_ht, l.cost
        FROM (
            SELECT store_id, day, top.category_id,
                   coalesce(sum(covered_lines), 0)::integer AS covered_lines,
                   sum(net_ht) AS net_ht, coalesce(sum(returned_ht), 0) AS returned_ht,
                   coalesce(sum(shelf_ht), 0) AS shelf_ht, coalesce(sum(loyalty_ht), 0) AS loyalty_ht,
                   coalesce(sum(coupon_ht), 0) AS coupon_ht, coalesce(sum(manual_ht), 0) AS manual_ht,
                   sum(net_ttc) AS net_ttc,
                   coalesce(sum(units), 0) AS units, coalesce(sum(returned_units), 0) AS returned_units,
                   coalesce(sum(loose_ht), 0) AS loose_ht, coalesce(sum(covered_ht), 0) AS covered_ht,
                   coalesce(sum(cost), 0) AS cost
            FROM line JOIN top USING (shelf_id) GROUP BY store_id, day, top.category_id
        ) l
        LEFT JOIN (
            SELECT store_id, day, category_id, sum(transactions) AS transactions,
                   sum(transactions) FILTER (WHERE has_piece) AS piece_transactions
            FROM (SELECT l.store_id, l.day, top.category_id, l.sale_id, bool_or(l.is_piece) AS has_piece
                  FROM line l JOIN top ON top.shelf_id = l.shelf_id
                  GROUP BY l.store_id, l.day, top.category_id, l.sale_id) goods
            JOIN ticket USING (sale_id)
            GROUP BY store_id, day, category_id
        ) t ON t.store_id = l.store_id AND t.day = l.day AND t.category_id = l.category_id
    $answer$)
    USING stores, throughs, of_month,
          epm_uuid7_floor(of_month::timestamp AT TIME ZONE 'UTC' - interval '14 hours'),
          epm_uuid7_floor((SELECT max(d) FROM unnest(throughs) d)::timestamp AT TIME ZONE 'UTC'
                          + interval '59 hours');
END;
$function$;

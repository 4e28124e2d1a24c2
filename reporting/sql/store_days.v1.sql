-- The facts of some (store, business day) buckets as the ledger says them now; a bucket without
-- goods sold or returned has none.
--
-- A business day lies between 14 hours before and 59 hours after its UTC midnight (time zones
-- UTC-12 to UTC+14, cut-off up to 23 h), so the keys of its lines do. Bucket months are read one by
-- one with bounds the planner sees: it opens the few partitions that can hold them, however many there are.
--
-- STABLE: it reads by the snapshot of the statement that calls it.
CREATE FUNCTION reporting_store_days(stores bigint[], days date[])
RETURNS TABLE (
    store_id bigint, day date,
    sold_ht numeric, returned_ht numeric, shelf_ht numeric, loyalty_ht numeric, coupon_ht numeric,
    sold_ttc numeric, returned_ttc numeric, shelf_ttc numeric, loyalty_ttc numeric, coupon_ttc numeric,
    units numeric, units_sold numeric, piece_ht numeric,
    covered_lines bigint, covered_ht numeric, cost numeric,
    transactions bigint, piece_transactions bigint
)
LANGUAGE plpgsql STABLE AS $function$
DECLARE
    batch record;
BEGIN
    FOR batch IN
        SELECT array_agg(b.s) AS stores, array_agg(b.d) AS days, min(b.d) AS first, max(b.d) AS last
        FROM (SELECT DISTINCT u.s, u.d FROM unnest(stores, days) AS u (s, d)) b
        GROUP BY date_trunc('month', b.d)
        ORDER BY date_trunc('month', b.d)
    LOOP
        RETURN QUERY EXECUTE $query$
            SELECT
                l.store_id, l.day,
                coalesce(l.sold_ht, 0), coalesce(l.returned_ht, 0),
                coalesce(l.shelf_ht, 0), coalesce(l.loyalty_ht, 0), coalesce(l.coupon_ht, 0),
                coalesce(l.sold_ttc, 0), coalesce(l.returned_ttc, 0),
                coalesce(l.shelf_ttc, 0), coalesce(l.loyalty_ttc, 0), coalesce(l.coupon_ttc, 0),
                coalesce(l.units, 0), coalesce(l.units_sold, 0), coalesce(l.piece_ht, 0),
                coalesce(l.covered_lines, 0), coalesce(l.covered_ht, 0), coalesce(l.cost, 0),
                coalesce(t.transactions, 0), coalesce(t.piece_transactions, 0)
            FROM (
                SELECT
                    store_id, day,
                    sum(sold_ht) AS sold_ht, sum(returned_ht) AS returned_ht,
                    sum(shelf_ht) AS shelf_ht, sum(loyalty_ht) AS loyalty_ht,
                    sum(coupon_ht) AS coupon_ht,
                    sum(sold_ttc) AS sold_ttc, sum(returned_ttc) AS returned_ttc,
                    sum(shelf_ttc) AS shelf_ttc, sum(loyalty_ttc) AS loyalty_ttc,
                    sum(coupon_ttc) AS coupon_ttc,
                    sum(units) AS units, sum(units_sold) AS units_sold, sum(piece_ht) AS piece_ht,
                    sum(covered_lines) AS covered_lines, sum(covered_ht) AS covered_ht,
                    sum(cost) AS cost
                FROM reporting_line
                WHERE id >= $3 AND id < $4
                  AND (store_id, day) IN (SELECT * FROM unnest($1, $2))
                GROUP BY store_id, day
            ) l
            LEFT JOIN (
                SELECT
                    ticket.store_id, ticket.day, sum(ticket.transactions) AS transactions,
                    sum(ticket.transactions) FILTER (WHERE goods.has_piece) AS piece_transactions
                FROM (
                    SELECT sale_id, bool_or(is_piece) AS has_piece
                    FROM reporting_line
                    WHERE id >= $3 AND id < $4
                      AND (store_id, day) IN (SELECT * FROM unnest($1, $2))
                    GROUP BY sale_id
                ) goods
                JOIN reporting_ticket ticket ON ticket.sale_id = goods.sale_id
                GROUP BY ticket.store_id, ticket.day
            ) t ON t.store_id = l.store_id AND t.day = l.day
            $query$
        USING batch.stores, batch.days,
              epm_uuid7_floor(batch.first::timestamp AT TIME ZONE 'UTC' - interval '14 hours'),
              epm_uuid7_floor(batch.last::timestamp AT TIME ZONE 'UTC' + interval '59 hours');
    END LOOP;
END;
$function$;

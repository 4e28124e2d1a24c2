-- The facts of some (store, business day) buckets as the ledger says them now; a bucket without
-- goods sold or returned has none.
--
-- A business day lies between 14 hours before and 59 hours after its UTC midnight (time zones
-- UTC-12 to UTC+14, cut-off up to 23 h), so the keys of its lines do. Buckets are read month by
-- month with bounds the planner sees: it opens the few partitions that can hold them, however many
-- there are. Few buckets are fetched one by one through an index, many in one scan of their month;
-- that is decided here, because a planner that prices every page as a disk's would read the month
-- for fifty buckets.
--
-- STABLE: it reads by the snapshot of the statement that calls it.
CREATE FUNCTION reporting_store_days(stores bigint[], days date[])
RETURNS TABLE (
    store_id bigint, day date,
    net_ht numeric, returned_ht numeric, shelf_ht numeric, loyalty_ht numeric, coupon_ht numeric,
    manual_ht numeric,
    net_ttc numeric, returned_ttc numeric, shelf_ttc numeric, loyalty_ttc numeric, coupon_ttc numeric,
    manual_ttc numeric,
    units numeric, returned_units numeric, loose_ht numeric,
    covered_lines bigint, covered_ht numeric, cost numeric,
    transactions bigint, piece_transactions bigint
)
LANGUAGE plpgsql STABLE
SET jit = off
SET max_parallel_workers_per_gather = 0
AS $function$
DECLARE
    all_stores bigint := (SELECT count(*) FROM organization_store);
    -- Of the reporting_line `line`.
    sums text := $sums$
        sum(line.net_ht), coalesce(sum(line.returned_ht), 0),
        coalesce(sum(line.shelf_ht), 0), coalesce(sum(line.loyalty_ht), 0),
        coalesce(sum(line.coupon_ht), 0), coalesce(sum(line.manual_ht), 0),
        sum(line.net_ttc), coalesce(sum(line.returned_ttc), 0),
        coalesce(sum(line.shelf_ttc), 0), coalesce(sum(line.loyalty_ttc), 0),
        coalesce(sum(line.coupon_ttc), 0), coalesce(sum(line.manual_ttc), 0),
        coalesce(sum(line.units), 0), coalesce(sum(line.returned_units), 0),
        coalesce(sum(line.loose_ht), 0),
        coalesce(sum(line.covered_lines), 0), coalesce(sum(line.covered_ht), 0),
        coalesce(sum(line.cost), 0)
        $sums$;
    -- Of the reporting_ticket `ticket` and what its lines hold, `goods`.
    counts text := $counts$
        coalesce(sum(ticket.transactions), 0) AS transactions,
        coalesce(sum(ticket.transactions) FILTER (WHERE goods.has_piece), 0) AS piece_transactions
        $counts$;
    one_by_one text := format($query$
        SELECT bucket.s, bucket.d, l.*, t.*
        FROM unnest($1, $2) AS bucket (s, d)
        CROSS JOIN LATERAL (
            SELECT %s
            FROM reporting_line line
            WHERE line.store_id = bucket.s AND line.day = bucket.d
              AND line.id >= $3 AND line.id < $4
            HAVING count(*) > 0
        ) l
        CROSS JOIN LATERAL (
            SELECT %s
            FROM (
                SELECT line.sale_id, bool_or(line.is_piece) AS has_piece
                FROM reporting_line line
                WHERE line.store_id = bucket.s AND line.day = bucket.d
                  AND line.id >= $3 AND line.id < $4
                GROUP BY line.sale_id
            ) goods
            JOIN reporting_ticket ticket USING (sale_id)
            WHERE ticket.store_id = bucket.s AND ticket.day = bucket.d
        ) t
        $query$, sums, counts);
    in_one_scan text := format($query$
        SELECT l.*, coalesce(t.transactions, 0), coalesce(t.piece_transactions, 0)
        FROM (
            SELECT line.store_id, line.day, %s
            FROM reporting_line line
            WHERE line.id >= $3 AND line.id < $4 AND line.day BETWEEN $5 AND $6
            GROUP BY line.store_id, line.day
        ) l
        LEFT JOIN (
            SELECT ticket.store_id, ticket.day, %s
            FROM (
                SELECT line.sale_id, bool_or(line.is_piece) AS has_piece
                FROM reporting_line line
                WHERE line.id >= $3 AND line.id < $4 AND line.day BETWEEN $5 AND $6
                GROUP BY line.sale_id
            ) goods
            JOIN reporting_ticket ticket USING (sale_id)
            WHERE ticket.sale_id >= $3 AND ticket.sale_id < $4
            GROUP BY ticket.store_id, ticket.day
        ) t ON t.store_id = l.store_id AND t.day = l.day
        WHERE (l.store_id, l.day) IN (SELECT * FROM unnest($1, $2))
        ORDER BY l.day, l.store_id
        $query$, sums, counts);
    batch record;
BEGIN
    FOR batch IN
        SELECT array_agg(b.s ORDER BY b.d, b.s) AS stores, array_agg(b.d ORDER BY b.d, b.s) AS days,
               min(b.d) AS first, max(b.d) AS last
        FROM (SELECT DISTINCT u.s, u.d FROM unnest(stores, days) AS u (s, d)) b
        GROUP BY date_trunc('month', b.d::timestamp)
        ORDER BY date_trunc('month', b.d::timestamp)
    LOOP
        RETURN QUERY EXECUTE
            CASE WHEN cardinality(batch.stores) * 4 < all_stores * (batch.last - batch.first + 1)
                 THEN one_by_one ELSE in_one_scan END
        USING batch.stores, batch.days,
              epm_uuid7_floor(batch.first::timestamp AT TIME ZONE 'UTC' - interval '14 hours'),
              epm_uuid7_floor(batch.last::timestamp AT TIME ZONE 'UTC' + interval '59 hours'),
              batch.first, batch.last;
    END LOOP;
END;
$function$;

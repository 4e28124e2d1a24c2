-- The facts of some (store, business day) buckets as the ledger says them now; a bucket without
-- goods sold or returned has none.
--
-- A business day lies between 14 hours before and 59 hours after its UTC midnight (time zones
-- UTC-12 to UTC+14, cut-off up to 23 h), so the keys of its lines do. Buckets are read month by
-- month with bounds the planner sees: it opens the few partitions that can hold them, however many
-- there are, by index for a few buckets and in one scan for many.
--
-- STABLE: it reads by the snapshot of the statement that calls it.
CREATE FUNCTION reporting_store_days(stores bigint[], days date[])
RETURNS TABLE (
    store_id bigint, day date,
    net_ht numeric, returned_ht numeric, shelf_ht numeric, loyalty_ht numeric, coupon_ht numeric,
    net_ttc numeric, returned_ttc numeric, shelf_ttc numeric, loyalty_ttc numeric, coupon_ttc numeric,
    units numeric, returned_units numeric, loose_ht numeric,
    covered_lines bigint, covered_ht numeric, cost numeric,
    transactions bigint, piece_transactions bigint
)
LANGUAGE plpgsql STABLE
SET jit = off
SET max_parallel_workers_per_gather = 0
AS $function$
DECLARE
    batch record;
BEGIN
    FOR batch IN
        SELECT array_agg(b.s) AS stores, array_agg(b.d) AS days, min(b.d) AS first, max(b.d) AS last
        FROM (SELECT DISTINCT u.s, u.d FROM unnest(stores, days) AS u (s, d)) b
        GROUP BY date_trunc('month', b.d::timestamp)
        ORDER BY date_trunc('month', b.d::timestamp)
    LOOP
        RETURN QUERY EXECUTE $query$
            SELECT
                l.store_id, l.day,
                l.net_ht, coalesce(l.returned_ht, 0),
                coalesce(l.shelf_ht, 0), coalesce(l.loyalty_ht, 0), coalesce(l.coupon_ht, 0),
                l.net_ttc, coalesce(l.returned_ttc, 0),
                coalesce(l.shelf_ttc, 0), coalesce(l.loyalty_ttc, 0), coalesce(l.coupon_ttc, 0),
                coalesce(l.units, 0), coalesce(l.returned_units, 0), coalesce(l.loose_ht, 0),
                coalesce(l.covered_lines, 0), coalesce(l.covered_ht, 0), coalesce(l.cost, 0),
                coalesce(t.transactions, 0), coalesce(t.piece_transactions, 0)
            FROM (
                SELECT
                    line.store_id, line.day,
                    sum(line.net_ht) AS net_ht, sum(line.returned_ht) AS returned_ht,
                    sum(line.shelf_ht) AS shelf_ht, sum(line.loyalty_ht) AS loyalty_ht,
                    sum(line.coupon_ht) AS coupon_ht,
                    sum(line.net_ttc) AS net_ttc, sum(line.returned_ttc) AS returned_ttc,
                    sum(line.shelf_ttc) AS shelf_ttc, sum(line.loyalty_ttc) AS loyalty_ttc,
                    sum(line.coupon_ttc) AS coupon_ttc,
                    sum(line.units) AS units, sum(line.returned_units) AS returned_units,
                    sum(line.loose_ht) AS loose_ht,
                    sum(line.covered_lines) AS covered_lines, sum(line.covered_ht) AS covered_ht,
                    sum(line.cost) AS cost
                FROM unnest($1, $2) AS bucket (store_id, day)
                JOIN reporting_line line USING (store_id, day)
                WHERE line.id >= $3 AND line.id < $4
                GROUP BY line.store_id, line.day
            ) l
            LEFT JOIN (
                SELECT
                    ticket.store_id, ticket.day, sum(ticket.transactions) AS transactions,
                    sum(ticket.transactions) FILTER (WHERE goods.has_piece) AS piece_transactions
                FROM (
                    SELECT line.sale_id, bool_or(line.is_piece) AS has_piece
                    FROM unnest($1, $2) AS bucket (store_id, day)
                    JOIN reporting_line line USING (store_id, day)
                    WHERE line.id >= $3 AND line.id < $4
                    GROUP BY line.sale_id
                ) goods
                JOIN reporting_ticket ticket ON ticket.sale_id = goods.sale_id
                WHERE ticket.sale_id >= $3 AND ticket.sale_id < $4
                GROUP BY ticket.store_id, ticket.day
            ) t ON t.store_id = l.store_id AND t.day = l.day
            ORDER BY l.day, l.store_id
            $query$
        USING batch.stores, batch.days,
              epm_uuid7_floor(batch.first::timestamp AT TIME ZONE 'UTC' - interval '14 hours'),
              epm_uuid7_floor(batch.last::timestamp AT TIME ZONE 'UTC' + interval '59 hours');
    END LOOP;
END;
$function$;

-- The buckets written since the last refresh that hold goods: one with fees alone is marked, too, and
-- sold nothing. A function, so that nothing of the ledger is planned where nothing is marked.
--
-- STABLE: it reads by the snapshot of the statement that calls it.
CREATE FUNCTION reporting_live_days() RETURNS TABLE (store_id bigint, day date)
LANGUAGE plpgsql STABLE
SET jit = off
AS $function$
#variable_conflict use_column
BEGIN
    IF NOT EXISTS (SELECT FROM sales_ledgerchange) THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT bucket.store_id, bucket.business_date
        FROM (SELECT DISTINCT c.store_id, c.business_date FROM sales_ledgerchange c) bucket
        WHERE EXISTS (
            SELECT FROM reporting_line l
            WHERE l.store_id = bucket.store_id AND l.day = bucket.business_date
              AND l.id >= epm_uuid7_floor(
                  bucket.business_date::timestamp AT TIME ZONE 'UTC' - interval '14 hours')
              AND l.id < epm_uuid7_floor(
                  bucket.business_date::timestamp AT TIME ZONE 'UTC' + interval '59 hours')
            OFFSET 0);
END;
$function$;

-- Lines of some stores' days that no fact about goods holds yet. A function, so that a statement
-- which finds nothing open does not plan every partition of the ledger; where something is open, its
-- days are given as values and their partitions alone are planned. `stores`, `firsts` and `lasts`
-- are triples. STABLE: it reads by the snapshot of the statement that calls it.
CREATE FUNCTION reporting_open_lines(stores bigint[], firsts date[], lasts date[])
RETURNS SETOF reporting_line
LANGUAGE plpgsql STABLE ROWS 1000
SET jit = off
SET work_mem = '64MB'
AS $function$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT o.first, o.last, array_agg(o.store_id) AS stores
        FROM unnest(stores, firsts, lasts) AS o (store_id, first, last)
        GROUP BY o.first, o.last
    LOOP
        RETURN QUERY EXECUTE
            'SELECT l.* FROM reporting_line l WHERE l.store_id = ANY ($1)'
            ' AND l.day BETWEEN $2 AND $3 AND l.id >= $4 AND l.id < $5'
        USING part.stores, part.first, part.last,
              epm_uuid7_floor(part.first::timestamp AT TIME ZONE 'UTC' - interval '14 hours'),
              epm_uuid7_floor(part.last::timestamp AT TIME ZONE 'UTC' + interval '59 hours');
    END LOOP;
END;
$function$;

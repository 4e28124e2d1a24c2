CREATE OR REPLACE FUNCTION sales_ensure_month(at timestamptz) RETURNS regclass
LANGUAGE plpgsql AS $$
DECLARE
    first_moment timestamptz := date_trunc('month', at, 'UTC');
    next_moment timestamptz := (date_trunc('month', at AT TIME ZONE 'UTC') + interval '1 month')
                               AT TIME ZONE 'UTC';
    partition text := 'sales_saleline_' || to_char(at AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN to_regclass(partition);
    END IF;
    IF at < timestamptz '2000-01-01 00:00:00+00' OR at > now() + interval '1 day' THEN
        RAISE EXCEPTION 'a sale of % is before 2000 or more than a day ahead', at
            USING ERRCODE = 'datetime_field_overflow';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('sales_saleline partitions', 0));
    IF to_regclass(partition) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE sales_saleline INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       partition);
        EXECUTE format('ALTER TABLE sales_saleline ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       partition, epm_uuid7_floor(first_moment), epm_uuid7_floor(next_moment));
    END IF;
    RETURN to_regclass(partition);
END;
$$;

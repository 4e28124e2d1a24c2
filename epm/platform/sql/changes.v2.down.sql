CREATE OR REPLACE FUNCTION epm_record_changes() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    part_of CONSTANT text := nullif(TG_ARGV[0], '');
    left_out CONSTANT text[] := coalesce(TG_ARGV[1:], '{}');
    who CONSTANT text := left(coalesce(current_setting('epm.actor', true), ''), 150);
    door CONSTANT text := left(coalesce(
        nullif(current_setting('epm.door', true), ''), current_setting('application_name')), 32);
    whole text := 'r.id';
    old_values text;
    new_values text;
BEGIN
    IF part_of IS NOT NULL THEN
        whole := format('r.%I', part_of);
    END IF;
    IF TG_OP = 'INSERT' THEN
        EXECUTE format(
            'INSERT INTO platform_change'
            ' (subject, object_id, whole_id, verb, changed_at, actor, door)'
            ' SELECT %L, r.id, %s, ''created'', statement_timestamp(), $1, $2 FROM after_rows r',
            TG_TABLE_NAME, whole) USING who, door;
    ELSIF TG_OP = 'DELETE' THEN
        EXECUTE format(
            'INSERT INTO platform_change'
            ' (subject, object_id, whole_id, verb, before, changed_at, actor, door)'
            ' SELECT %L, r.id, %s, ''deleted'', to_jsonb(r) - $3, statement_timestamp(), $1, $2'
            ' FROM before_rows r',
            TG_TABLE_NAME, whole) USING who, door, left_out;
    ELSE
        SELECT string_agg(format('CASE WHEN b.%1$I IS DISTINCT FROM r.%1$I'
                   ' THEN jsonb_build_object(%1$L, b.%1$I) ELSE ''{}'' END', attname), ' || '),
               string_agg(format('CASE WHEN b.%1$I IS DISTINCT FROM r.%1$I'
                   ' THEN jsonb_build_object(%1$L, r.%1$I) ELSE ''{}'' END', attname), ' || ')
        INTO STRICT old_values, new_values
        FROM pg_attribute
        WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND attname <> ALL (left_out);
        EXECUTE format(
            'INSERT INTO platform_change'
            ' (subject, object_id, whole_id, verb, before, after, changed_at, actor, door)'
            ' SELECT %L, id, whole, ''changed'', before, after, statement_timestamp(), $1, $2'
            ' FROM (SELECT r.id, %s AS whole, %s AS before, %s AS after'
            '       FROM after_rows r JOIN before_rows b USING (id) OFFSET 0) changes'
            ' WHERE after <> ''{}''',
            TG_TABLE_NAME, whole, old_values, new_values) USING who, door;
    END IF;
    RETURN NULL;
END;
$$;

-- UUIDv7 in SQL (PostgreSQL < 18 has none): 48 bits of milliseconds, version 7, random rest.
-- The same layout as epm/platform/ids.py.
CREATE FUNCTION epm_uuid7(at timestamptz) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(
                uuid_send(gen_random_uuid())
                PLACING substring(int8send(floor(extract(epoch FROM at) * 1000)::bigint) FROM 3)
                FROM 1 FOR 6
            ), 52, 1), 53, 1),
        'hex')::uuid
$$;

-- The lowest UUIDv7 of a moment: the bound of a partition or of a key window.
CREATE FUNCTION epm_uuid7_floor(at timestamptz) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || '70008000000000000000')::uuid
$$;

-- A UUIDv7 whose random part is drawn from `seed`: the same document imported again, or a load
-- resumed after a crash, gets the same key.
CREATE FUNCTION epm_uuid7_derived(at timestamptz, seed text) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
            || overlay(left(md5(seed), 19) PLACING '8' FROM 4 FOR 1))::uuid
$$;

-- The key of part `number` of the document `whole`: of the same millisecond, derived, so the same again.
CREATE FUNCTION epm_uuid7_beside(whole uuid, number integer) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (substr(whole::text, 1, 13) || '7'
            || overlay(left(md5(whole::text || number::text), 19) PLACING '8' FROM 4 FOR 1))::uuid
$$;

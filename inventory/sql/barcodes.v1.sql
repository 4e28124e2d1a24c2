-- Whether a code is written as a GTIN (8, 12, 13 or 14 digits) and its GS1 check digit is right.
-- Counted from the right, every second digit weighs 3; the sum with the check digit ends in 0.
CREATE FUNCTION inventory_gtin_is_right(code text) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN code ~ '^([0-9]{8}|[0-9]{12,14})$' THEN (
        SELECT sum(substr(lpad(code, 14, '0'), place, 1)::int * CASE place % 2 WHEN 1 THEN 3 ELSE 1 END)
               % 10 = 0
        FROM generate_series(1, 14) place)
    ELSE false END
$$;

-- The barcodes of an imported cell: “3017620422003|13017620422000*12”. Without “*”, the pack is unsaid.
CREATE FUNCTION inventory_barcodes_given(cell text) RETURNS TABLE (code text, pack_size numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(coalesce(pack[1], given)), pack[2]::numeric
    FROM unnest(string_to_array(cell, '|')) given
    LEFT JOIN LATERAL
        regexp_match(given, '^(.+)\*\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*$') pack ON true
    WHERE btrim(given) <> ''
$$;

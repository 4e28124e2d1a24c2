-- As v1, but the key is taken first and looked for once: who holds it cannot miss the answer of whoever held
-- it before, and who does not get it is answered, or is told that a twin is running.
CREATE OR REPLACE FUNCTION epm_claim_idempotency_key(
    for_principal text, for_route text, for_key text, for_request bytea, actor text, door text,
    OUT outcome text, OUT status integer, OUT headers jsonb, OUT body bytea
) LANGUAGE plpgsql AS $$
DECLARE
    -- Assignments: a statement of its own for each would cost several times as much.
    by_whom CONSTANT text := set_config('epm.actor', actor, true);
    by_which CONSTANT text := set_config('epm.door', door, true);
    taken CONSTANT boolean := pg_try_advisory_xact_lock(
        hashtextextended(concat_ws(E'\n', for_principal, for_route, for_key), 0));
BEGIN
    SELECT CASE WHEN known.request_hash = for_request THEN 'answered' ELSE 'reused' END,
           known.response_status, known.response_headers, known.response_body
    INTO outcome, status, headers, body
    FROM platform_idempotencykey known
    WHERE known.principal = for_principal AND known.route = for_route AND known.key = for_key;
    IF NOT FOUND THEN
        outcome := CASE WHEN taken THEN 'taken' ELSE 'running' END;
    END IF;
END
$$;

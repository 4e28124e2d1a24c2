CREATE OR REPLACE FUNCTION epm_claim_idempotency_key(
    for_principal text, for_route text, for_key text, for_request bytea, actor text, door text,
    OUT outcome text, OUT status integer, OUT headers jsonb, OUT body bytea
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('epm.actor', actor, true), set_config('epm.door', door, true);
    FOR look IN 1..2 LOOP
        SELECT CASE WHEN known.request_hash = for_request THEN 'answered' ELSE 'reused' END,
               known.response_status, known.response_headers, known.response_body
        INTO outcome, status, headers, body
        FROM platform_idempotencykey known
        WHERE known.principal = for_principal AND known.route = for_route
          AND known.key = for_key;
        IF FOUND THEN
            RETURN;
        END IF;
        IF look = 1 AND NOT pg_try_advisory_xact_lock(
            hashtextextended(concat_ws(E'\n', for_principal, for_route, for_key), 0)
        ) THEN
            outcome := 'running';
            RETURN;
        END IF;
    END LOOP;
    outcome := 'taken';
END
$$;

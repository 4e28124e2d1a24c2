-- A hold over the API in one statement, which is a transaction by itself: the claim of the request's
-- key, the hold, and its answer. The level of a product that everybody wants is locked for no round
-- trip then.
--
-- `answer` has “$ends” where the moment belongs at which the hold ends. `outcome` is what
-- epm_claim_idempotency_key says; “standing” when the very basket was held before: then nothing is
-- done, and nothing kept. Refusals are inventory_hold's.
CREATE FUNCTION inventory_hold_once(
    for_principal text, for_route text, for_key text, for_request bytea, actor text, door text,
    basket_key uuid, from_store bigint, of_products bigint[], quantities numeric[],
    seconds integer, quota integer, answer text, answer_headers jsonb,
    OUT outcome text, OUT status integer, OUT headers jsonb, OUT body bytea
) LANGUAGE plpgsql AS $$
DECLARE
    ends timestamptz;
BEGIN
    SELECT known.outcome, known.status, known.headers, known.body
    INTO outcome, status, headers, body
    FROM epm_claim_idempotency_key(for_principal, for_route, for_key, for_request, actor, door) known;
    IF outcome <> 'taken' THEN
        RETURN;
    END IF;
    ends := inventory_hold(basket_key, from_store, of_products, quantities, seconds, for_principal,
                           actor, quota);
    IF ends IS NULL THEN
        outcome := 'standing';
        RETURN;
    END IF;
    status := 201;
    headers := answer_headers;
    body := convert_to(replace(answer, '$ends', to_char(
        ends AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')), 'UTF8');
    INSERT INTO platform_idempotencykey (principal, route, key, request_hash,
                                         response_status, response_headers, response_body)
    VALUES (for_principal, for_route, for_key, for_request, status, headers, body);
END;
$$;

-- As v1, but what it calls is assigned, which needs no statement of its own.
CREATE OR REPLACE FUNCTION sales_sell_once(
    for_principal text, for_route text, for_key text, for_request bytea, actor text, door text,
    doc jsonb, answer text, answer_headers jsonb,
    OUT outcome text, OUT status integer, OUT headers jsonb, OUT body bytea
) LANGUAGE plpgsql AS $$
DECLARE
    known record;
    told record;
BEGIN
    known := epm_claim_idempotency_key(for_principal, for_route, for_key, for_request, actor, door);
    outcome := known.outcome;
    IF outcome <> 'taken' THEN
        status := known.status;
        headers := known.headers;
        body := known.body;
        RETURN;
    END IF;
    told := sales_record_ticket(doc);
    IF told.outcome <> 'written' THEN
        outcome := told.outcome;
        RETURN;
    END IF;
    status := 201;
    headers := answer_headers;
    body := convert_to(replace(replace(replace(replace(replace(replace(answer,
        '"$number"', told.number::text),
        '"$session"', told.session::text),
        '"$late"', told.is_late::text),
        '$reference', lpad(told.number::text, greatest(8, length(told.number::text)), '0')),
        '$recorded', to_char(told.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
        '$hash', encode(told.ticket_hash, 'hex')), 'UTF8');
    INSERT INTO platform_idempotencykey (principal, route, key, request_hash,
                                         response_status, response_headers, response_body)
    VALUES (for_principal, for_route, for_key, for_request, status, headers, body);
END;
$$;

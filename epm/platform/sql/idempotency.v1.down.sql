DROP FUNCTION epm_claim_idempotency_key(text, text, text, bytea, text, text);

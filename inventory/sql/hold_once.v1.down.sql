DROP FUNCTION inventory_hold_once(text, text, text, bytea, text, text, uuid, bigint, bigint[], numeric[], integer, integer, text, jsonb);

DROP FUNCTION sales_sell_once(text, text, text, bytea, text, text, jsonb, text, jsonb);

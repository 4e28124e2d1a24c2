DROP TRIGGER closing_chain ON sales_closing;
DROP FUNCTION sales_chain_closing();
DROP FUNCTION sales_closing_hash(bytea, bytea, text);
DROP FUNCTION sales_closing_content(sales_closing);

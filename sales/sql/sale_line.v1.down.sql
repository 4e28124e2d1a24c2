DROP FUNCTION sales_ensure_month(timestamptz);
DROP TABLE sales_saleline;

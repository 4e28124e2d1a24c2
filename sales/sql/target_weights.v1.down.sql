DROP FUNCTION sales_last_year_weights(bigint, date);

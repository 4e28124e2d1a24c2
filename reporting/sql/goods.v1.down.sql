DROP FUNCTION reporting_day_categories(date, bigint[], date[]);
DROP FUNCTION reporting_month_categories(date, bigint[], date[]);
DROP FUNCTION reporting_month_products(date, bigint[], date[]);
DROP FUNCTION reporting_goods_query(text);

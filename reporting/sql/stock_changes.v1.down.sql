DROP FUNCTION reporting_watch_stock(regclass);
DROP FUNCTION reporting_mark_stock_change() CASCADE;

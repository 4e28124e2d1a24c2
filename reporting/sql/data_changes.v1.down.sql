DROP FUNCTION reporting_watch_table(regclass);
DROP FUNCTION reporting_mark_data_change() CASCADE;

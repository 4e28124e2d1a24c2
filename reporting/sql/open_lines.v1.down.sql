DROP FUNCTION reporting_open_lines(bigint[], date[], date[]);

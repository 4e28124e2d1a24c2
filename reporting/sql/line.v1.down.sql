DROP VIEW reporting_ticket;
DROP VIEW reporting_line;
DROP FUNCTION reporting_ht(numeric, numeric, integer);

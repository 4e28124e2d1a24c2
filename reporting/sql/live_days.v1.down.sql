DROP FUNCTION reporting_live_days();

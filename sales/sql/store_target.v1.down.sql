DROP TRIGGER store_target_spread ON sales_storetarget;
DROP FUNCTION sales_spread_target();

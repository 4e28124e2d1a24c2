DROP FUNCTION inventory_out_stretches(bigint, bigint[], date, date);
DROP FUNCTION inventory_layers(bigint, bigint[]);
DROP FUNCTION inventory_demand(bigint, bigint[], date, integer, integer);
DROP FUNCTION inventory_fold_days(bigint, bigint[]);
DROP FUNCTION inventory_trading_days(bigint, date, date);

DROP FUNCTION inventory_mark(bigint, bigint, bigint, numeric, numeric);
DROP TRIGGER unavailable_stock_follows_its_ledger ON inventory_unavailablestock;
DROP TRIGGER stock_level_stays ON inventory_stocklevel;
DROP TRIGGER stock_level_starts_empty ON inventory_stocklevel;
DROP TRIGGER stock_level_follows_its_ledger ON inventory_stocklevel;
DROP FUNCTION inventory_refuse_bare_level();
DROP TRIGGER stock_movement_append_only ON inventory_stockmovement;
DROP TRIGGER stock_movement_applied ON inventory_stockmovement;
DROP FUNCTION inventory_apply_movement();

DROP TRIGGER stock_rule_changes_needs ON inventory_stockrule;
DROP FUNCTION inventory_forget_needs();
DROP FUNCTION inventory_needs(bigint, bigint[], date);
DROP FUNCTION inventory_rules(bigint, bigint[]);

DROP VIEW inventory_planned;
DROP VIEW inventory_supply;

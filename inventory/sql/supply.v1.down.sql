DROP VIEW inventory_incoming;
DROP VIEW inventory_supply;

DROP FUNCTION inventory_alerts_due(bigint, bigint[], date, text[], numeric[]);

DROP FUNCTION inventory_proposals(bigint[]);

DROP FUNCTION sales_broken_links(bigint[]);
DROP FUNCTION sales_broken_hashes(bigint[], uuid, uuid);
DROP FUNCTION sales_ticket_contents(bigint[], uuid, uuid);

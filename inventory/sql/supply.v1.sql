-- Where goods come from, and what is on its way: all that proposals know of orders and transfers.
CREATE VIEW inventory_supply (product_id, supplier_ref, lead_days, pack, moq) AS
SELECT NULL::bigint, NULL::text, NULL::integer, NULL::numeric, NULL::numeric WHERE false;

CREATE VIEW inventory_incoming (store_id, product_id, quantity) AS
SELECT NULL::bigint, NULL::bigint, NULL::numeric WHERE false;

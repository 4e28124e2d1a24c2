-- Where goods come from, and what is on its way or drafted: what proposals know of other documents.
--
-- How a product is bought unless somebody says otherwise: one row per product, or none.
CREATE VIEW inventory_supply (product_id, supplier_id, lead_days, pack, moq) AS
SELECT p.product_id, p.supplier_id, coalesce(p.lead_time_days, s.lead_time_days), p.pack_size,
       p.minimum_quantity
FROM inventory_supplierproduct p JOIN inventory_supplier s ON s.id = p.supplier_id
WHERE p.is_preferred AND s.is_active;

-- What open documents, drafts included, will bring to a store and take from it: so that what is
-- under way is not proposed again. What a ready transfer takes is reserved already.
CREATE VIEW inventory_planned (store_id, product_id, coming, leaving) AS
SELECT store_id, product_id, sum(coming), sum(leaving)
FROM (
    SELECT o.store_id, l.product_id, l.incoming AS coming, 0 AS leaving
    FROM inventory_purchaseorder o JOIN inventory_purchaseorderline l ON l.order_id = o.id
    WHERE o.state NOT IN ('received', 'over_received', 'closed', 'cancelled') AND l.incoming > 0
    UNION ALL
    SELECT t.destination_id, l.product_id,
           CASE WHEN t.state IN ('draft', 'ready') THEN l.quantity ELSE l.in_transit END, 0
    FROM inventory_transfer t JOIN inventory_transferline l ON l.transfer_id = t.id
    WHERE t.state IN ('draft', 'ready') OR l.in_transit > 0
    UNION ALL
    SELECT t.source_id, l.product_id, 0, l.quantity
    FROM inventory_transfer t JOIN inventory_transferline l ON l.transfer_id = t.id
    WHERE t.state = 'draft'
) open
GROUP BY store_id, product_id;

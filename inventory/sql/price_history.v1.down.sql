DROP TRIGGER product_price_history_insert ON inventory_product;
DROP TRIGGER product_price_history_update ON inventory_product;
DROP FUNCTION inventory_record_price_changes();

DROP FUNCTION inventory_barcodes_given(text);
DROP FUNCTION inventory_gtin_is_right(text);

DROP TRIGGER barcode_marks_delete ON inventory_barcode;
DROP TRIGGER barcode_marks_update ON inventory_barcode;
DROP TRIGGER barcode_marks_insert ON inventory_barcode;
DROP FUNCTION inventory_mark_barcodes();
DROP TRIGGER product_marked ON inventory_product;
DROP FUNCTION inventory_mark_product();

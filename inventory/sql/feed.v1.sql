-- Which transaction changed a product last, in what a till must know of it: what a feed of changes
-- reads (selectors/feed.py). A barcode counts as the product's.
CREATE FUNCTION inventory_mark_product() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    here CONSTANT bigint := pg_current_xact_id()::text::bigint;
BEGIN
    IF TG_OP = 'INSERT' OR NEW.changed_in = here
       OR (OLD.sku, OLD.name, OLD.sale_price, OLD.unit, OLD.tax_class_code, OLD.is_active)
          IS DISTINCT FROM
          (NEW.sku, NEW.name, NEW.sale_price, NEW.unit, NEW.tax_class_code, NEW.is_active)
    THEN
        NEW.changed_in := here;
    ELSE  -- whoever writes back a row that was read long ago does not write back its mark
        NEW.changed_in := OLD.changed_in;
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER product_marked BEFORE INSERT OR UPDATE ON inventory_product
    FOR EACH ROW EXECUTE FUNCTION inventory_mark_product();

-- Products of an import are marked already when their barcodes come.
CREATE FUNCTION inventory_mark_barcodes() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    here CONSTANT bigint := pg_current_xact_id()::text::bigint;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        UPDATE inventory_product SET changed_in = here
        WHERE id IN (SELECT product_id FROM after_rows) AND changed_in <> here;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        UPDATE inventory_product SET changed_in = here
        WHERE id IN (SELECT product_id FROM before_rows) AND changed_in <> here;
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER barcode_marks_insert AFTER INSERT ON inventory_barcode
    REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_mark_barcodes();
CREATE TRIGGER barcode_marks_update AFTER UPDATE ON inventory_barcode
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_mark_barcodes();
CREATE TRIGGER barcode_marks_delete AFTER DELETE ON inventory_barcode
    REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_mark_barcodes();

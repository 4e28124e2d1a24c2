-- The same as reporting_mark_data_change, of what only figures of stock depend on: their pages get
-- another version, all others keep theirs. What holds and lets go of goods moves none of it.
ALTER TABLE reporting_dataversion ALTER stock SET DEFAULT gen_random_uuid();

CREATE FUNCTION reporting_mark_stock_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reporting_stockchange ("of") VALUES (TG_TABLE_NAME);
    RETURN NULL;
END;
$$;

-- Call it for a table of a later migration too.
CREATE FUNCTION reporting_watch_stock(watched regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER reporting_marks_stock_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION reporting_mark_stock_change()', watched);
END;
$$;

SELECT reporting_watch_stock(watched::regclass)
FROM unnest(ARRAY[
    'inventory_stockmovement', 'inventory_stockrepair', 'inventory_stockday', 'inventory_stockneed',
    'inventory_stockalert', 'inventory_replenishmentproposal',
    'inventory_transfer', 'inventory_transferline', 'inventory_purchaseorder',
    'inventory_purchaseorderline', 'inventory_supplier', 'inventory_supplierproduct'
]) watched;

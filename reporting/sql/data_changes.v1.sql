-- Whatever figures, names and lists depend on, besides the ledger, marks its change in the writer's
-- transaction: one mark for each statement, however many rows (bulk SQL and COPY alike), also when
-- it changed none. Appended only, so that two writers never wait for each other.
CREATE FUNCTION reporting_mark_data_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reporting_datachange ("of") VALUES (TG_TABLE_NAME);
    RETURN NULL;
END;
$$;

-- Call it for a table of a later migration too.
CREATE FUNCTION reporting_watch_table(watched regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER reporting_marks_data_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION reporting_mark_data_change()', watched);
END;
$$;

SELECT reporting_watch_table(watched::regclass)
FROM unnest(ARRAY[
    'organization_region', 'organization_store',
    'inventory_category', 'inventory_product', 'inventory_barcode',
    'sales_taxclass', 'sales_taxrate', 'sales_customer', 'sales_cashregister',
    'sales_storetarget', 'sales_storedaytarget',
    'reporting_viewrefresh'
]) watched;

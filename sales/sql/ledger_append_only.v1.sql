-- The ledger only grows: a mistake is put right by a counter-document, never by an edit.
-- Row level on purpose: a statement trigger would be bypassed by writes to one partition.
CREATE FUNCTION sales_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only (% refused)', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END;
$$;

CREATE TRIGGER sale_append_only BEFORE UPDATE OR DELETE ON sales_sale
    FOR EACH ROW EXECUTE FUNCTION sales_refuse_change();
CREATE TRIGGER sale_line_append_only BEFORE UPDATE OR DELETE ON sales_saleline
    FOR EACH ROW EXECUTE FUNCTION sales_refuse_change();
CREATE TRIGGER tender_append_only BEFORE UPDATE OR DELETE ON sales_tender
    FOR EACH ROW EXECUTE FUNCTION sales_refuse_change();

-- What was written marks its (store, business date) in the same transaction.
-- Statement triggers with transition tables see writes through the parent only: a loader that
-- attaches a partition of its own marks its buckets itself.
CREATE FUNCTION sales_mark_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sales_ledgerchange (store_id, business_date)
    SELECT DISTINCT store_id, business_date FROM written;
    RETURN NULL;
END;
$$;

CREATE TRIGGER sale_marks_change AFTER INSERT ON sales_sale
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION sales_mark_change();
CREATE TRIGGER sale_line_marks_change AFTER INSERT ON sales_saleline
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION sales_mark_change();

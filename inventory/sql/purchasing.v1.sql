-- Deliveries of purchase orders (models/purchase_order.py, models/purchase_receipt.py).
--
-- What is agreed with a supplier changes while the order is a draft only; `received` follows from
-- the deliveries, and a delivery is never edited.
ALTER TABLE inventory_purchaseorderline
    ALTER received SET DEFAULT 0, ALTER cancelled SET DEFAULT 0;

CREATE FUNCTION inventory_guard_order_line() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    line CONSTANT inventory_purchaseorderline := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.received <> OLD.received AND pg_trigger_depth() = 1 THEN
            RAISE EXCEPTION 'line %: what was received follows from its deliveries', OLD.id
                USING ERRCODE = 'restrict_violation',
                      CONSTRAINT = 'purchase_order_line_received_by_deliveries';
        END IF;
        IF (NEW.order_id, NEW.product_id, NEW.ordered, NEW.pack_size)
               = (OLD.order_id, OLD.product_id, OLD.ordered, OLD.pack_size)
           AND NEW.unit_cost IS NOT DISTINCT FROM OLD.unit_cost
        THEN
            RETURN NEW;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM inventory_purchaseorder
               WHERE id = line.order_id AND state <> 'draft') THEN
        RAISE EXCEPTION 'purchase order %: its lines are settled, it is no draft', line.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_order_edited_as_draft_only';
    END IF;
    RETURN line;
END;
$$;

CREATE TRIGGER purchase_order_line_guard
    BEFORE INSERT OR UPDATE OR DELETE ON inventory_purchaseorderline
    FOR EACH ROW EXECUTE FUNCTION inventory_guard_order_line();

CREATE FUNCTION inventory_count_delivery() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inventory_purchaseorderline l SET received = l.received + NEW.accepted
    FROM inventory_purchasereceipt r
    WHERE l.id = NEW.line_id AND r.id = NEW.receipt_id AND r.order_id = l.order_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'line % is of another order than delivery %', NEW.line_id, NEW.receipt_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_receipt_line_of_its_order';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER purchase_receipt_line_counted BEFORE INSERT ON inventory_purchasereceiptline
    FOR EACH ROW EXECUTE FUNCTION inventory_count_delivery();
CREATE TRIGGER purchase_receipt_append_only BEFORE UPDATE OR DELETE ON inventory_purchasereceipt
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();
CREATE TRIGGER purchase_receipt_line_append_only
    BEFORE UPDATE OR DELETE ON inventory_purchasereceiptline
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();

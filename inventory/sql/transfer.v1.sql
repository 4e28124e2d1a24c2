-- Transfers between stores (models/transfer.py): one currency, a plan that stands once it is
-- ready, deliveries that are never edited.
ALTER TABLE inventory_transfer ALTER state SET DEFAULT 'draft', ALTER version SET DEFAULT 0,
    ALTER note SET DEFAULT '';
ALTER TABLE inventory_transferline
    ALTER shipped SET DEFAULT 0, ALTER accepted SET DEFAULT 0, ALTER rejected SET DEFAULT 0,
    ALTER lost SET DEFAULT 0, ALTER returned SET DEFAULT 0, ALTER over SET DEFAULT 0,
    ALTER costed SET DEFAULT 0, ALTER value SET DEFAULT 0, ALTER shipped_value SET DEFAULT 0;

CREATE FUNCTION inventory_guard_transfer() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'transfer % is “%”: only a draft is deleted', OLD.id, OLD.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_stays_once_ready';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state <> 'draft'
       AND (OLD.source_id, OLD.destination_id) <> (NEW.source_id, NEW.destination_id)
    THEN
        RAISE EXCEPTION 'transfer % is “%”: its stores stand', OLD.id, OLD.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_planned_as_a_draft';
    END IF;
    IF (SELECT count(DISTINCT currency) FROM organization_store
        WHERE id IN (NEW.source_id, NEW.destination_id)) > 1
    THEN
        RAISE EXCEPTION 'stores % and % have different currencies', NEW.source_id, NEW.destination_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_of_one_currency';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER transfer_guarded BEFORE INSERT OR UPDATE OF source_id, destination_id OR DELETE
    ON inventory_transfer FOR EACH ROW EXECUTE FUNCTION inventory_guard_transfer();

-- What is planned changes in a draft only; what moved, while goods may move.
CREATE FUNCTION inventory_guard_transfer_line() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    of_transfer CONSTANT bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.transfer_id
                                        ELSE NEW.transfer_id END;
    now_in text;
BEGIN
    SELECT state INTO now_in FROM inventory_transfer WHERE id = of_transfer FOR SHARE;
    IF now_in = 'draft' OR TG_OP = 'UPDATE' AND now_in IN ('ready', 'in_transit', 'partially_received')
       AND (OLD.transfer_id, OLD.product_id, OLD.quantity)
           = (NEW.transfer_id, NEW.product_id, NEW.quantity)
    THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION 'transfer % is “%”: its lines stand', of_transfer, now_in
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_planned_as_a_draft';
END;
$$;

CREATE TRIGGER transfer_line_guarded BEFORE INSERT OR UPDATE OR DELETE ON inventory_transferline
    FOR EACH ROW EXECUTE FUNCTION inventory_guard_transfer_line();
CREATE TRIGGER transfer_receipt_append_only BEFORE UPDATE OR DELETE ON inventory_transferreceipt
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();
CREATE TRIGGER transfer_receipt_line_append_only BEFORE UPDATE OR DELETE
    ON inventory_transferreceiptline FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();

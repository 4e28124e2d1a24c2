-- Counts and adjustments are written once (models/stocktake.py, models/adjustment.py), and a count
-- belongs to a stocktake that is being counted.
CREATE TRIGGER stocktake_count_append_only BEFORE UPDATE OR DELETE ON inventory_stocktakecount
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();
CREATE TRIGGER stock_adjustment_append_only BEFORE UPDATE OR DELETE ON inventory_stockadjustment
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();
CREATE TRIGGER stock_adjustment_line_append_only
    BEFORE UPDATE OR DELETE ON inventory_stockadjustmentline
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();

-- Uncounted lines are set to zero under review; nothing else is counted after the counting.
CREATE FUNCTION inventory_count_in_its_time() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM inventory_stocktakeline l
        JOIN inventory_stocktake s ON s.id = l.stocktake_id
        WHERE l.id = NEW.line_id
          AND s.state <> CASE NEW.kind WHEN 'zero' THEN 'review' ELSE 'counting' END
    ) THEN
        RAISE EXCEPTION 'a stocktake is counted while it is being counted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stocktake_counted_in_its_time';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER stocktake_counted_in_its_time BEFORE INSERT ON inventory_stocktakecount
    FOR EACH ROW EXECUTE FUNCTION inventory_count_in_its_time();

-- What was approved is what is posted; afterwards a line only ceases to be running.
CREATE FUNCTION inventory_line_is_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM inventory_stocktake
        WHERE id = OLD.stocktake_id AND state NOT IN ('counting', 'review')
    ) THEN
        RAISE EXCEPTION 'the lines of an approved stocktake stay as they are'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stocktake_line_frozen';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER stocktake_line_frozen BEFORE UPDATE ON inventory_stocktakeline
    FOR EACH ROW WHEN (
        (OLD.stocktake_id, OLD.store_id, OLD.product_id, OLD.snapshot, OLD.snapshot_position,
         OLD.round, OLD.entries, OLD.counted, OLD.book, OLD.count_position, OLD.unit_cost)
        IS DISTINCT FROM
        (NEW.stocktake_id, NEW.store_id, NEW.product_id, NEW.snapshot, NEW.snapshot_position,
         NEW.round, NEW.entries, NEW.counted, NEW.book, NEW.count_position, NEW.unit_cost))
    EXECUTE FUNCTION inventory_line_is_frozen();

CREATE FUNCTION inventory_stocktake_is_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what stocktake % counts, and how strictly, is settled once it has started', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'stocktake_settled_once_started';
END;
$$;
CREATE TRIGGER stocktake_settled_once_started BEFORE UPDATE ON inventory_stocktake
    FOR EACH ROW WHEN (OLD.state <> 'scheduled' AND
        (OLD.store_id, OLD.kind, OLD.category_ids, OLD.product_ids, OLD.blind, OLD.started_at,
         OLD.tolerance_units, OLD.tolerance_percent, OLD.tolerance_value)
        IS DISTINCT FROM
        (NEW.store_id, NEW.kind, NEW.category_ids, NEW.product_ids, NEW.blind, NEW.started_at,
         NEW.tolerance_units, NEW.tolerance_percent, NEW.tolerance_value))
    EXECUTE FUNCTION inventory_stocktake_is_frozen();

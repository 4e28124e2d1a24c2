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
        SELECT FROM inserted c
        JOIN inventory_stocktakeline l ON l.id = c.line_id
        JOIN inventory_stocktake s ON s.id = l.stocktake_id
        WHERE s.state <> CASE c.kind WHEN 'zero' THEN 'review' ELSE 'counting' END
    ) THEN
        RAISE EXCEPTION 'a stocktake is counted while it is being counted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stocktake_counted_in_its_time';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER stocktake_counted_in_its_time AFTER INSERT ON inventory_stocktakecount
    REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_count_in_its_time();

-- What was approved is what is posted; afterwards a line only ceases to be running.
CREATE FUNCTION inventory_line_is_frozen() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM after_rows a
        JOIN before_rows b USING (id)
        JOIN inventory_stocktake s ON s.id = a.stocktake_id
        WHERE s.state NOT IN ('counting', 'review')
          AND (a.stocktake_id, a.store_id, a.product_id, a.snapshot, a.snapshot_position, a.round,
               a.entries, a.counted, a.book, a.count_position, a.unit_cost)
              IS DISTINCT FROM
              (b.stocktake_id, b.store_id, b.product_id, b.snapshot, b.snapshot_position, b.round,
               b.entries, b.counted, b.book, b.count_position, b.unit_cost)
    ) THEN
        RAISE EXCEPTION 'the lines of an approved stocktake stay as they are'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stocktake_line_frozen';
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER stocktake_line_frozen AFTER UPDATE ON inventory_stocktakeline
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_line_is_frozen();

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

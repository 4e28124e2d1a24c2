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
        pg_trigger_depth() = 0 AND  -- not what the ledger itself tells, below
        (OLD.stocktake_id, OLD.store_id, OLD.product_id, OLD.snapshot, OLD.snapshot_position,
         OLD.round, OLD.entries, OLD.counted, OLD.book, OLD.count_position, OLD.unit_cost)
        IS DISTINCT FROM
        (NEW.stocktake_id, NEW.store_id, NEW.product_id, NEW.snapshot, NEW.snapshot_position,
         NEW.round, NEW.entries, NEW.counted, NEW.book, NEW.count_position, NEW.unit_cost))
    EXECUTE FUNCTION inventory_line_is_frozen();

-- By when it surely happened. A file of sales that knows days only says the very beginning of a day.
CREATE FUNCTION inventory_happened_by(of_store bigint, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN (at AT TIME ZONE timezone)::time = make_time(day_cutoff_hour, 0, 0)
                THEN (at AT TIME ZONE timezone + interval '1 day') AT TIME ZONE timezone
                ELSE at END
    FROM organization_store WHERE id = of_store
$$;

-- A till that was away tells late what it sold (or took back, or a partner what it received). Whoever
-- counted after that sale has not seen the goods, though the books still had them: they are missing
-- once, not twice. The books of a running count
-- follow. A posted one has taken them off already: what it took is given back as it was counted, and
-- the sale then takes it, whatever was promised since. The ledger's trigger asks this under the lock of
-- the level; it returns whether a posted count gave it back.
CREATE FUNCTION inventory_tell_counts(late inventory_stockmovement) RETURNS boolean
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    happened CONSTANT timestamptz := inventory_happened_by(late.store_id, late.occurred_at);
    seen record;
BEGIN
    SELECT l.stocktake_id, l.counted_at INTO seen
    FROM inventory_stocktakeline l JOIN inventory_stocktake s ON s.id = l.stocktake_id
    WHERE l.store_id = late.store_id AND l.product_id = late.product_id
      AND l.counted_at > happened AND s.state = 'posted'
    ORDER BY l.counted_at DESC LIMIT 1;
    IF FOUND THEN
        INSERT INTO inventory_stockmovement
            (posting, line_no, kind, store_id, product_id, quantity, document_kind, document_ref,
             occurred_at, actor, door, forced)
        VALUES (late.posting, -1 - late.line_no, 'count', late.store_id, late.product_id,
                -late.quantity, 'stocktake', seen.stocktake_id, seen.counted_at, late.actor,
                late.door, true);
        RETURN true;
    END IF;
    UPDATE inventory_stocktakeline SET book = book + late.quantity
    WHERE store_id = late.store_id AND product_id = late.product_id
      AND counted_at > happened AND running;
    RETURN false;
END;
$$;

-- How much of what the books said after movement `number` a till had moved before `moment`, though it
-- told so later; but for what a posted count was given back for.
CREATE FUNCTION inventory_told_late(
    of_store bigint, of_product bigint, number bigint, moment timestamptz
) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(m.quantity), 0) FROM inventory_stockmovement m
    WHERE m.store_id = of_store AND m.product_id = of_product AND m.position > number
      AND m.kind IN ('sale', 'return', 'receipt') AND inventory_happened_by(of_store, m.occurred_at) < moment
      AND NOT EXISTS (SELECT FROM inventory_stockmovement given
                      WHERE given.posting = m.posting AND given.line_no = -1 - m.line_no)
$$;

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

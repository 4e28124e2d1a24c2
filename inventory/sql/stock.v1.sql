-- The ledger of stock and the levels that follow from it (models/movement.py, models/stock.py).
--
-- Whoever inserts a movement changes its level, whoever does not cannot: this trigger is the only
-- writer. Several movements are inserted in the order (store, product), so that two postings never
-- wait for each other in a circle. Never INSERT … ON CONFLICT DO NOTHING into the ledger: a row
-- that is left out then has moved its level already.
ALTER TABLE inventory_stocklevel SET (fillfactor = 80);
ALTER TABLE inventory_stocklevel
    ALTER on_hand SET DEFAULT 0, ALTER reserved SET DEFAULT 0, ALTER unavailable SET DEFAULT 0,
    ALTER shortfall SET DEFAULT 0, ALTER costed SET DEFAULT 0, ALTER value SET DEFAULT 0,
    ALTER position SET DEFAULT 0, ALTER changed_in SET DEFAULT 0;
ALTER TABLE inventory_stockmovement
    ALTER id SET DEFAULT epm_uuid7(clock_timestamp()),
    ALTER quantity SET DEFAULT 0, ALTER blocked SET DEFAULT 0, ALTER reason SET DEFAULT '',
    ALTER occurred_at SET DEFAULT clock_timestamp(), ALTER line_no SET DEFAULT 1,
    ALTER document_kind SET DEFAULT '', ALTER document_ref SET DEFAULT '',
    ALTER note SET DEFAULT '', ALTER actor SET DEFAULT '', ALTER door SET DEFAULT '',
    ALTER forced SET DEFAULT false;

-- Its plans are made once in a session, perhaps while there are three levels, and must still do for a
-- million: never by reading a table from end to end.
CREATE FUNCTION inventory_apply_movement() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    l inventory_stocklevel;
    s record;
    here numeric;      -- on hand after it
    known numeric;     -- of which with a known cost
    restored boolean := false;  -- brings back what it says to have been known
    worth numeric;     -- and what these are worth
    missing numeric;   -- for what was promised, or has left
    given boolean := false;  -- a posted count has just given back what this takes
BEGIN
    -- 'NaN' is more than any number. A cost up to here leaves room for every average and its rounding.
    IF greatest(NEW.quantity, NEW.blocked, NEW.costed, NEW.value) = 'NaN'
       OR NEW.unit_cost > 1000000000
    THEN
        RAISE EXCEPTION 'a quantity or cost is more than can be counted'
            USING ERRCODE = 'numeric_value_out_of_range';
    END IF;
    SELECT * INTO l FROM inventory_stocklevel
    WHERE store_id = NEW.store_id AND product_id = NEW.product_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO inventory_stocklevel (store_id, product_id)
        VALUES (NEW.store_id, NEW.product_id) ON CONFLICT (store_id, product_id) DO NOTHING;
        SELECT * INTO STRICT l FROM inventory_stocklevel
        WHERE store_id = NEW.store_id AND product_id = NEW.product_id FOR NO KEY UPDATE;
    END IF;

    IF NEW.kind IN ('sale', 'return', 'receipt') AND EXISTS (
        SELECT FROM inventory_stocktakeline
        WHERE store_id = NEW.store_id AND product_id = NEW.product_id
          AND counted_at > NEW.occurred_at
    ) THEN
        given := inventory_tell_counts(NEW);
        SELECT * INTO STRICT l FROM inventory_stocklevel WHERE id = l.id;
    END IF;

    -- Moving average (kpis.md 4.4). What is found or comes back without a receipt counts at the
    -- average; a receipt without a cost stays without one. What reverses an adjustment or a write-off
    -- may say `costed` and `value` itself: how much of it has a known cost, and which. To take that off,
    -- it must be there.
    here := l.on_hand + NEW.quantity;
    IF NEW.quantity > 0 AND NEW.kind IN ('adjustment', 'damage', 'expiry', 'theft', 'loss')
       AND NEW.costed BETWEEN 0 AND NEW.quantity AND NEW.value >= 0
    THEN
        NEW.unit_cost := CASE WHEN NEW.costed > 0 THEN round(NEW.value / NEW.costed, 6) END;
        restored := l.on_hand >= 0;
    ELSIF NEW.quantity < 0 AND NEW.kind = 'adjustment' AND here > 0
       AND NEW.costed BETWEEN NEW.quantity AND 0 AND NEW.value <= 0
       AND l.costed + NEW.costed BETWEEN 0 AND here AND l.value + NEW.value >= 0
       AND (l.costed + NEW.costed > 0 OR l.value + NEW.value = 0)
    THEN
        NEW.unit_cost := CASE WHEN NEW.costed < 0 THEN round(NEW.value / NEW.costed, 6) END;
        restored := true;
    ELSIF NEW.quantity > 0
       AND NEW.kind IN ('count', 'adjustment', 'return', 'damage', 'expiry', 'theft', 'loss')
    THEN
        NEW.unit_cost := coalesce(NEW.unit_cost, l.average_cost);
    ELSIF NEW.quantity < 0 THEN
        NEW.unit_cost := CASE WHEN l.costed > 0 OR l.on_hand <= 0 THEN l.average_cost END;
    ELSIF NEW.quantity = 0 THEN
        NEW.unit_cost := NULL;
    END IF;
    IF NEW.quantity = 0 THEN
        known := l.costed;
        worth := l.value;
    ELSIF restored THEN
        known := l.costed + NEW.costed;
        worth := l.value + CASE WHEN NEW.costed <> 0 THEN NEW.value ELSE 0 END;
    ELSIF here = 0 THEN
        known := 0;
        worth := 0;
    ELSIF here < 0 OR l.on_hand < 0 THEN
        -- What was short left at an average. The goods that come then say what it really cost.
        known := CASE WHEN coalesce(NEW.unit_cost, CASE WHEN here < 0 THEN l.average_cost END)
                           IS NULL THEN 0 ELSE here END;
        worth := coalesce(
            round(known * coalesce(NEW.unit_cost, l.average_cost), 6), 0);
    ELSIF NEW.quantity < 0 THEN
        known := l.costed - round(l.costed * -NEW.quantity / l.on_hand, 3);
        worth := CASE WHEN l.costed = 0 THEN 0 ELSE round(l.value * known / l.costed, 6) END;
    ELSIF NEW.unit_cost IS NULL THEN
        known := l.costed;
        worth := l.value;
    ELSE
        known := l.costed + NEW.quantity;
        worth := l.value + round(NEW.quantity * NEW.unit_cost, 6);
    END IF;

    IF NEW.blocked <> 0 THEN
        INSERT INTO inventory_unavailablestock (level_id, reason, quantity)
        VALUES (l.id, NEW.reason, 0) ON CONFLICT (level_id, reason) DO NOTHING;
        UPDATE inventory_unavailablestock SET quantity = quantity + NEW.blocked
        WHERE level_id = l.id AND reason = NEW.reason;
        l.unavailable := l.unavailable + NEW.blocked;
    END IF;

    missing := greatest(0, l.reserved + l.unavailable - here);
    IF missing > l.shortfall AND l.reserved > 0 THEN
        PERFORM inventory_expire_holds(l.store_id, l.product_id);
        SELECT reserved, shortfall INTO l.reserved, l.shortfall
        FROM inventory_stocklevel WHERE id = l.id;
        missing := greatest(0, l.reserved + l.unavailable - here);
    END IF;
    IF (missing > l.shortfall
        -- Handing over what was promised leaves nobody else short; but only what can be sold.
        OR NEW.quantity < NEW.blocked AND here < l.unavailable)
       AND NOT (NEW.forced OR given)
       -- What happened on the shelf is a fact, whatever was promised; but no more than was there.
       AND NOT (here >= l.unavailable AND (
           NEW.kind IN ('count', 'damage', 'expiry', 'theft', 'loss')
           OR NEW.kind = 'status' AND NEW.reason IN ('damaged', 'quality', 'quarantine')))
       AND NOT EXISTS (SELECT FROM inventory_stockpolicy
                       WHERE store_id = NEW.store_id AND negative <> 'forbid')
    THEN
        RAISE EXCEPTION 'store % has not enough of product %', NEW.store_id, NEW.product_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_level_never_oversold',
                  TABLE = 'inventory_stocklevel',
                  DETAIL = json_build_array(json_build_object(
                      'store', l.store_id, 'product', l.product_id,
                      'asked', -NEW.quantity + NEW.blocked,
                      'available', l.on_hand - l.reserved - (l.unavailable - NEW.blocked)));
    END IF;

    SELECT timezone, day_cutoff_hour INTO STRICT s FROM organization_store WHERE id = NEW.store_id;
    NEW.position := l.position + 1;
    NEW.balance := here;
    NEW.worth := worth;
    NEW.costed := known - l.costed;
    NEW.value := worth - l.value;
    NEW.average_cost := CASE WHEN known <> 0 THEN round(worth / known, 6)
                             ELSE coalesce(NEW.unit_cost, l.average_cost) END;
    NEW.business_date := (NEW.occurred_at AT TIME ZONE s.timezone
                          - make_interval(hours => s.day_cutoff_hour))::date;
    NEW.recorded_at := clock_timestamp();
    NEW.actor := left(coalesce(nullif(NEW.actor, ''), nullif(current_setting('epm.actor', true), ''),
                               session_user::text), 150);
    NEW.door := left(coalesce(nullif(NEW.door, ''), nullif(current_setting('epm.door', true), ''),
                              current_setting('application_name')), 32);
    UPDATE inventory_stocklevel
    SET on_hand = here, unavailable = l.unavailable, shortfall = missing, costed = known,
        value = worth, average_cost = NEW.average_cost, position = NEW.position,
        changed_at = NEW.recorded_at, changed_in = pg_current_xact_id()::text::bigint
    WHERE id = l.id;
    RETURN NEW;
END;
$$;

CREATE TRIGGER stock_movement_applied BEFORE INSERT ON inventory_stockmovement
    FOR EACH ROW EXECUTE FUNCTION inventory_apply_movement();
CREATE TRIGGER stock_movement_append_only BEFORE UPDATE OR DELETE ON inventory_stockmovement
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();
-- Only a test's database is emptied, and says so of itself (tests/conftest.py).
CREATE TRIGGER stock_movement_never_emptied BEFORE TRUNCATE ON inventory_stockmovement
    FOR EACH STATEMENT WHEN (coalesce(current_setting('epm.emptying', true), '') <> 'on')
    EXECUTE FUNCTION epm_refuse_change();

-- A mark of one moment of a level: its number, what was on hand, what that was worth. That of a movement
-- is of the moment before it and of the one after it, which is the moment before the next: so over a
-- whole ledger all but the first and the last moment of each level cancel out (selectors/proof.py).
-- PostgreSQL makes it anew of whatever is written into a row, past all triggers, too.
CREATE FUNCTION inventory_mark(
    of_store bigint, of_product bigint, number bigint, balance numeric, worth numeric
) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- A hash of a number knows no sign, and that of its multiple by 10,000 differs in one bit: so all
    -- are far above 0, and the last to be mixed in is a whole one.
    SELECT hashint8extended(number, hash_numeric_extended(balance + 1e12,
           hash_numeric_extended(worth + 1e18, (of_store << 32) # of_product)))
$$;
ALTER TABLE inventory_stockmovement ADD mark bigint NOT NULL GENERATED ALWAYS AS (
    inventory_mark(store_id, product_id, position, balance - quantity, worth - value)
    # inventory_mark(store_id, product_id, position + 1, balance, worth)) STORED;

-- A level changes together with its movement or reservation, never by itself. Only the repair of
-- a projection (inventory/services/levels.py) says that it may.
CREATE FUNCTION inventory_refuse_bare_level() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('epm.rebuilding', true), '') = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a stock level changes through movements and reservations only (% refused)', TG_OP
        USING ERRCODE = 'restrict_violation';
END;
$$;

CREATE TRIGGER stock_level_follows_its_ledger BEFORE UPDATE ON inventory_stocklevel
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION inventory_refuse_bare_level();
CREATE TRIGGER stock_level_starts_empty BEFORE INSERT ON inventory_stocklevel
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND (NEW.on_hand, NEW.reserved, NEW.unavailable,
        NEW.shortfall, NEW.costed, NEW.value, NEW.position) <> (0, 0, 0, 0, 0, 0, 0))
    EXECUTE FUNCTION inventory_refuse_bare_level();
-- No foreign key leads from a movement to its level: the trigger above has just written that very row,
-- and looking for it again would make every movement dearer. So a level with a history stays.
CREATE TRIGGER stock_level_stays BEFORE DELETE ON inventory_stocklevel
    FOR EACH ROW WHEN (OLD.position > 0) EXECUTE FUNCTION epm_refuse_change();
CREATE TRIGGER unavailable_stock_follows_its_ledger
    BEFORE INSERT OR UPDATE OR DELETE ON inventory_unavailablestock
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION inventory_refuse_bare_level();

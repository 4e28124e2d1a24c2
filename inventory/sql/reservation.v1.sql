-- What is promised (models/reservation.py). These triggers keep `reserved` of the levels.
ALTER TABLE inventory_reservation
    ALTER id SET DEFAULT epm_uuid7(clock_timestamp()),
    ALTER consumed SET DEFAULT 0, ALTER state SET DEFAULT 'active',
    ALTER document_kind SET DEFAULT '', ALTER document_ref SET DEFAULT '',
    ALTER held_at SET DEFAULT clock_timestamp(), ALTER extensions SET DEFAULT 0,
    ALTER actor SET DEFAULT '',
    ADD CONSTRAINT reservation_consumed_wholly
        CHECK ((state = 'consumed') = (consumed = quantity));

-- The holds of a level that are over by the clock, put down as such. The caller has locked the level.
CREATE FUNCTION inventory_expire_holds(of_store bigint, of_product bigint) RETURNS void
LANGUAGE sql SET enable_seqscan = off AS $$
    UPDATE inventory_reservation SET state = 'expired', closed_at = clock_timestamp()
    WHERE store_id = of_store AND product_id = of_product
      AND state = 'active' AND expires_at <= clock_timestamp()
$$;

CREATE FUNCTION inventory_reserve() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    NEW.actor := left(coalesce(nullif(NEW.actor, ''), nullif(current_setting('epm.actor', true), ''),
                               session_user::text), 150);
    FOR attempt IN 1..2 LOOP
        UPDATE inventory_stocklevel
        SET reserved = reserved + NEW.quantity, changed_in = pg_current_xact_id()::text::bigint
        WHERE store_id = NEW.store_id AND product_id = NEW.product_id
          AND on_hand - reserved - unavailable >= NEW.quantity;
        IF FOUND THEN
            RETURN NEW;
        END IF;
        PERFORM FROM inventory_stocklevel
        WHERE store_id = NEW.store_id AND product_id = NEW.product_id FOR NO KEY UPDATE;
        PERFORM inventory_expire_holds(NEW.store_id, NEW.product_id);
    END LOOP;
    RAISE EXCEPTION 'store % has not enough of product %', NEW.store_id, NEW.product_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'stock_level_never_oversold',
              TABLE = 'inventory_stocklevel';
END;
$$;

CREATE TRIGGER reservation_takes BEFORE INSERT ON inventory_reservation
    FOR EACH ROW EXECUTE FUNCTION inventory_reserve();

CREATE FUNCTION inventory_change_reservation() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    before numeric := CASE WHEN OLD.state IN ('active', 'committed')
                           THEN OLD.quantity - OLD.consumed ELSE 0 END;
    after numeric := CASE WHEN NEW.state IN ('active', 'committed')
                          THEN NEW.quantity - NEW.consumed ELSE 0 END;
BEGIN
    IF OLD.state || '>' || NEW.state NOT IN (
           'active>active', 'active>committed', 'active>consumed', 'active>released',
           'active>expired', 'committed>committed', 'committed>consumed', 'committed>released')
       OR (OLD.basket, OLD.store_id, OLD.product_id, OLD.quantity, OLD.holder, OLD.held_at)
          <> (NEW.basket, NEW.store_id, NEW.product_id, NEW.quantity, NEW.holder, NEW.held_at)
       OR NEW.consumed < OLD.consumed
    THEN
        RAISE EXCEPTION 'a reservation that is % cannot become % so', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_step_allowed';
    END IF;
    IF OLD.state = 'active' AND NEW.state IN ('active', 'committed', 'consumed')
       AND OLD.expires_at <= clock_timestamp()
    THEN
        RAISE EXCEPTION 'the reservation ended at %', OLD.expires_at
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_still_running';
    END IF;
    IF before <> after THEN
        UPDATE inventory_stocklevel
        SET reserved = reserved - (before - after),
            -- What is handed over is still there: its movement, which follows, says what is short.
            shortfall = CASE WHEN NEW.consumed > OLD.consumed THEN shortfall ELSE
                greatest(0, reserved - (before - after) + unavailable - on_hand) END,
            changed_in = pg_current_xact_id()::text::bigint
        WHERE store_id = NEW.store_id AND product_id = NEW.product_id;
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER reservation_changes BEFORE UPDATE ON inventory_reservation
    FOR EACH ROW EXECUTE FUNCTION inventory_change_reservation();
CREATE TRIGGER reservation_stays BEFORE DELETE ON inventory_reservation
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();

-- Keep a basket back for `seconds`, all of it or nothing, in one statement. Lines of one product
-- are added up, levels locked in the order of their products. Returns when it ends; NULL when the
-- very same basket is held, was committed or handed over already: then nothing is done.
--
-- Refusals (SQLSTATE 23514 by constraint): stock_level_never_oversold, whose detail names what is
-- available of each product of the basket; reservation_key_reused; reservation_quota.
CREATE FUNCTION inventory_hold(
    basket_key uuid, from_store bigint, of_products bigint[], quantities numeric[],
    seconds integer, held_by text, acting text, quota integer
) RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    ends timestamptz := clock_timestamp() + make_interval(secs => seconds);
    lines bigint;
BEGIN
    IF EXISTS (SELECT FROM inventory_reservation WHERE basket = basket_key) THEN
        IF inventory_same_basket(basket_key, from_store, of_products, quantities, held_by) THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'basket % was something else', basket_key
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_key_reused';
    END IF;
    lines := (SELECT count(DISTINCT product) FROM unnest(of_products) product);
    IF quota IS NOT NULL AND lines + (SELECT count(*) FROM (
            SELECT FROM inventory_reservation
            WHERE holder = held_by AND state = 'active' LIMIT quota) held) > quota
       AND lines + (SELECT count(*) FROM inventory_reservation WHERE holder = held_by
                    AND state = 'active' AND expires_at > clock_timestamp()) > quota
    THEN
        RAISE EXCEPTION '% holds too much at once', held_by
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_quota';
    END IF;
    INSERT INTO inventory_reservation (basket, store_id, product_id, quantity, holder, expires_at, actor)
    SELECT basket_key, from_store, asked.product, sum(asked.quantity), held_by, ends, acting
    FROM unnest(of_products, quantities) asked (product, quantity)
    GROUP BY asked.product ORDER BY asked.product;
    RETURN ends;
EXCEPTION WHEN check_violation OR unique_violation THEN
    DECLARE
        broken text;
    BEGIN
        GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
        IF broken IN ('stock_level_never_oversold', 'reservation_one_per_basket_and_product')
           AND EXISTS (SELECT FROM inventory_reservation WHERE basket = basket_key)
        THEN  -- a twin of this very request was quicker, and may have taken the last of it
            IF inventory_same_basket(basket_key, from_store, of_products, quantities, held_by) THEN
                RETURN NULL;
            END IF;
            RAISE EXCEPTION 'basket % was something else', basket_key
                USING ERRCODE = 'check_violation', CONSTRAINT = 'reservation_key_reused';
        END IF;
        IF broken = 'stock_level_never_oversold' THEN
            RAISE EXCEPTION 'not enough for basket %', basket_key
                USING ERRCODE = 'check_violation', CONSTRAINT = broken,
                      DETAIL = inventory_shortages(from_store, of_products, quantities);
        END IF;
        RAISE;
    END;
END;
$$;

-- Whether a basket that is there asked for this. What it has ended as does not matter, but that
-- it was given up does: its key cannot bring it back.
CREATE FUNCTION inventory_same_basket(
    basket_key uuid, from_store bigint, of_products bigint[], quantities numeric[], held_by text
) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM (
            SELECT product, sum(quantity) AS quantity
            FROM unnest(of_products, quantities) asked (product, quantity) GROUP BY product
        ) asked FULL JOIN (
            SELECT product_id, quantity FROM inventory_reservation
            WHERE basket = basket_key AND store_id = from_store AND holder = held_by
        ) held ON held.product_id = asked.product
        WHERE asked.quantity IS DISTINCT FROM held.quantity
    ) AND NOT EXISTS (
        SELECT FROM inventory_reservation
        WHERE basket = basket_key AND (store_id <> from_store OR holder <> held_by))
$$;

-- What can be promised of a level now: holds that are over by the clock do not count.
CREATE FUNCTION inventory_available(l inventory_stocklevel) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT l.on_hand - l.unavailable - l.reserved + CASE WHEN l.reserved = 0 THEN 0 ELSE coalesce((
        SELECT sum(r.quantity - r.consumed) FROM inventory_reservation r
        WHERE r.store_id = l.store_id AND r.product_id = l.product_id
          AND r.state = 'active' AND r.expires_at <= clock_timestamp()), 0) END
$$;

-- The lines of a basket that a store cannot fill, with what it has: [{store, product, asked, available}].
CREATE FUNCTION inventory_shortages(from_store bigint, of_products bigint[], quantities numeric[])
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(json_build_object(
               'store', from_store, 'product', asked.product, 'asked', asked.quantity,
               'available', coalesce(inventory_available(l), 0)) ORDER BY asked.product), '[]')::text
    FROM (
        SELECT product, sum(quantity) AS quantity
        FROM unnest(of_products, quantities) asked (product, quantity) GROUP BY product
    ) asked
    LEFT JOIN inventory_stocklevel l ON l.store_id = from_store AND l.product_id = asked.product
    WHERE coalesce(inventory_available(l), 0) < asked.quantity
$$;

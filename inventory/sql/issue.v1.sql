-- What a plain sale takes, at once: as the ledger's trigger (stock.v1.sql) books it row by row, by the same
-- formulas, in three statements whatever the number of products.
--
-- Nobody reads this view: a row written into it is a sale, its products each once, in ascending order.
-- `unit_costs` comes back by line_no; NULL when the sale is not plain, and then nothing was written:
-- something is short, promised, counted since or new to the store. The ledger's own trigger books that.
CREATE VIEW inventory_issue AS
SELECT NULL::uuid AS posting, NULL::bigint AS store_id, NULL::timestamptz AS occurred_at,
       NULL::boolean AS forced, NULL::bigint[] AS products, NULL::numeric[] AS quantities,
       NULL::integer[] AS line_nos, NULL::jsonb AS unit_costs
WHERE false;

CREATE FUNCTION inventory_book_issue() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    said CONSTANT text := left(coalesce(nullif(current_setting('epm.actor', true), ''),
                                        session_user::text), 150);
    by_door CONSTANT text := left(coalesce(nullif(current_setting('epm.door', true), ''),
                                           current_setting('application_name')), 32);
    xact CONSTANT bigint := pg_current_xact_id()::text::bigint;
    moment timestamptz;
    held bigint;
BEGIN
    -- The next statement sees what whoever held these locks has left.
    PERFORM FROM inventory_stocklevel
    WHERE store_id = NEW.store_id AND product_id = ANY (NEW.products)
    ORDER BY product_id FOR NO KEY UPDATE;
    -- One that came to be while others were waited for is seen by the next statement and held by nobody.
    GET DIAGNOSTICS held = ROW_COUNT;
    IF held < cardinality(NEW.products) THEN
        RETURN NEW;
    END IF;
    moment := clock_timestamp();
    WITH plain AS MATERIALIZED (
        SELECT l.id, l.costed, l.value, g.line_no, g.gone, l.on_hand - g.gone AS here,
               CASE WHEN l.on_hand = g.gone THEN 0
                    ELSE l.costed - round(l.costed * g.gone / l.on_hand, 3) END AS known,
               CASE WHEN l.on_hand = g.gone OR l.costed = 0 THEN 0
                    ELSE round(l.value * (l.costed - round(l.costed * g.gone / l.on_hand, 3))
                               / l.costed, 6) END AS worth,
               CASE WHEN l.costed > 0 THEN l.average_cost END AS unit_cost
        FROM inventory_stocklevel l
        CROSS JOIN LATERAL (
            SELECT NEW.quantities[array_position(NEW.products, l.product_id)]::numeric(12, 3) AS gone,
                   NEW.line_nos[array_position(NEW.products, l.product_id)] AS line_no
            OFFSET 0
        ) g
        WHERE l.store_id = NEW.store_id AND l.product_id = ANY (NEW.products)
          AND l.shortfall = 0 AND g.gone > 0 AND g.gone <> 'NaN'
          AND l.on_hand - g.gone >= l.reserved + l.unavailable
    ), left_over AS (
        UPDATE inventory_stocklevel l
        SET on_hand = p.here, costed = p.known, value = p.worth, position = l.position + 1,
            average_cost = CASE WHEN p.known <> 0 THEN round(p.worth / p.known, 6)
                                ELSE coalesce(p.unit_cost, l.average_cost) END,
            changed_at = moment, changed_in = xact
        FROM plain p
        WHERE l.store_id = NEW.store_id AND l.product_id = ANY (NEW.products) AND l.id = p.id
          AND (SELECT count(*) FROM plain) = cardinality(NEW.products)
          AND NOT EXISTS (
              SELECT FROM inventory_stocktakeline t
              WHERE t.store_id = NEW.store_id AND t.product_id = ANY (NEW.products)
                AND t.counted_at > NEW.occurred_at)
        RETURNING l.product_id, l.position, l.average_cost, p.line_no, p.gone, p.here, p.worth,
                  p.unit_cost, p.known - p.costed AS costed, p.worth - p.value AS value
    ), booked AS (
        INSERT INTO inventory_stockmovement
            (posting, line_no, kind, store_id, product_id, quantity, document_kind, document_ref,
             occurred_at, forced, position, balance, worth, costed, value, average_cost, unit_cost,
             business_date, recorded_at, actor, door)
        SELECT NEW.posting, o.line_no, 'sale', NEW.store_id, o.product_id, -o.gone, 'sale', NEW.posting,
               NEW.occurred_at, NEW.forced, o.position, o.here, o.worth, o.costed, o.value,
               o.average_cost, o.unit_cost,
               (NEW.occurred_at AT TIME ZONE s.timezone
                - make_interval(hours => s.day_cutoff_hour))::date, moment, said, by_door
        FROM left_over o CROSS JOIN organization_store s
        WHERE s.id = NEW.store_id
        RETURNING line_no, unit_cost
    )
    SELECT jsonb_object_agg(line_no, unit_cost) INTO NEW.unit_costs FROM booked;
    RETURN NEW;
END;
$$;
CREATE TRIGGER issue_booked INSTEAD OF INSERT ON inventory_issue
    FOR EACH ROW EXECUTE FUNCTION inventory_book_issue();

-- A movement with its number comes from the trigger above, which has its level already. Whatever else says
-- one, outside of a trigger, is booked as ever.
CREATE OR REPLACE TRIGGER stock_movement_applied BEFORE INSERT ON inventory_stockmovement
    FOR EACH ROW WHEN (NEW.position IS NULL OR pg_trigger_depth() = 0)
    EXECUTE FUNCTION inventory_apply_movement();

-- Spreads a month's target over its days by weight (none given: evenly), in the currency's smallest
-- unit, by largest remainder, the earlier day first: the days sum to the month exactly.
CREATE FUNCTION sales_spread_target() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    places integer := (SELECT epm_currency_exponent(currency) FROM organization_store
                       WHERE id = NEW.store_id);
    days integer := extract(day FROM NEW.month + interval '1 month' - interval '1 day');
    weights numeric[] := coalesce(NEW.day_weights, array_fill(1::numeric, ARRAY[days]));
    units numeric := NEW.amount * 10::numeric ^ places;
BEGIN
    IF cardinality(weights) <> days OR 0 > ANY (weights)
       OR array_position(weights, NULL) IS NOT NULL
       OR (SELECT sum(w) FROM unnest(weights) w) = 0 THEN
        RAISE EXCEPTION 'the target of % needs % day weights, none negative, not all zero', NEW.month, days
            USING ERRCODE = 'check_violation', CONSTRAINT = 'store_target_day_weights';
    END IF;
    IF units <> trunc(units) THEN
        RAISE EXCEPTION 'the target % has more than % decimals', NEW.amount, places
            USING ERRCODE = 'check_violation', CONSTRAINT = 'store_target_amount_decimals';
    END IF;

    DELETE FROM sales_storedaytarget WHERE target_id = NEW.id;
    INSERT INTO sales_storedaytarget (target_id, store_id, day, amount)
    SELECT NEW.id, NEW.store_id, NEW.month + (d::integer - 1),
           (floor_units + CASE WHEN row_number() OVER (ORDER BY exact - floor_units DESC, d)
                                    <= units - sum(floor_units) OVER () THEN 1 ELSE 0 END)
           / 10::numeric ^ places
    FROM (
        SELECT d, units * w / sum(w) OVER () AS exact, floor(units * w / sum(w) OVER ()) AS floor_units
        FROM unnest(weights) WITH ORDINALITY AS weight(w, d)
    ) share;
    RETURN NULL;
END;
$$;

CREATE TRIGGER store_target_spread AFTER INSERT OR UPDATE ON sales_storetarget
    FOR EACH ROW EXECUTE FUNCTION sales_spread_target();

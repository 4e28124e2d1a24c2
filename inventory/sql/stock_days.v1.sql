-- What the ledger comes to per business day (models/stock_day.py), and the demand in it (kpis.md 4.4).
--
-- All of these ask about some products of one store at a time. Plans depend on how many: the functions
-- of one SELECT are part of the statement that calls them, which knows.

-- Which business days a store traded on. `ordinal` counts them from `first`. A day with a sale is
-- one; so is any other day of a weekday on which the store has sold in the eight weeks before
-- `last` (or since `first`), but for its closures and the time before its opening and after its end.
CREATE FUNCTION inventory_trading_days(of_store bigint, first date, last date)
RETURNS TABLE (day date, open boolean, ordinal bigint)
LANGUAGE sql STABLE ROWS 100 AS $$
    WITH seen AS MATERIALIZED (
        SELECT d::date AS day, EXISTS (
            SELECT FROM inventory_stockmovement m
            WHERE m.store_id = of_store AND m.business_date = d::date AND m.kind = 'sale') AS sold
        FROM generate_series(least(first, last - 55), last, interval '1 day') d
    ), judged AS (
        SELECT s.day, s.sold OR (
            extract(isodow FROM s.day) IN (SELECT extract(isodow FROM x.day) FROM seen x WHERE x.sold)
            AND s.day >= coalesce(o.opened_on, s.day) AND s.day <= coalesce(o.closed_on, s.day)
            AND NOT EXISTS (SELECT FROM organization_storeclosure c
                            WHERE c.store_id = of_store
                              AND s.day BETWEEN c.first_day AND c.last_day)) AS open
        FROM seen s JOIN organization_store o ON o.id = of_store
        WHERE s.day >= first
    )
    SELECT judged.day, judged.open, count(*) FILTER (WHERE judged.open) OVER (ORDER BY judged.day)
    FROM judged
$$;

-- Put the movements that are not in the days yet into them; how many days were written. Each level
-- is written again from its first business day with a new movement on: what comes late is put where
-- it belongs. The caller has the store's lock (services/stock_days.py).
CREATE FUNCTION inventory_fold_days(of_store bigint, of_products bigint[]) RETURNS bigint
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    written bigint;
BEGIN
    WITH behind AS MATERIALIZED (
        SELECT l.product_id, l.position, coalesce(n.position, 0) AS known
        FROM unnest(of_products) asked (product_id)
        JOIN inventory_stocklevel l ON l.store_id = of_store AND l.product_id = asked.product_id
        LEFT JOIN inventory_stockneed n ON n.store_id = of_store AND n.product_id = l.product_id
        WHERE l.position > coalesce(n.position, 0)
    ), since AS MATERIALIZED (
        SELECT b.product_id, m.day, m.last, coalesce(before.on_hand, 0) AS on_hand,
               coalesce(before.sellable, 0) AS sellable
        FROM behind b CROSS JOIN LATERAL (
            SELECT min(m.business_date) AS day, max(m.position) AS last
            FROM inventory_stockmovement m
            WHERE m.store_id = of_store AND m.product_id = b.product_id AND m.position > b.known
        ) m
        LEFT JOIN LATERAL (
            SELECT d.on_hand, d.sellable FROM inventory_stockday d
            WHERE d.store_id = of_store AND d.product_id = b.product_id AND d.day < m.day
            ORDER BY d.day DESC LIMIT 1
        ) before ON true
    ), moved AS (
        SELECT s.product_id, s.on_hand, s.sellable AS sellable_before, m.day, m.quantity, m.sellable, m.came, m.sold, m.returned, m.received,
               m.cost, m.costed
        FROM since s CROSS JOIN LATERAL (
            SELECT m.business_date AS day, sum(m.quantity) AS quantity,
                   sum(m.quantity - m.blocked) AS sellable,
                   sum(greatest(m.quantity - m.blocked, 0)) AS came,
                   coalesce(-sum(m.quantity) FILTER (WHERE m.kind = 'sale'), 0) AS sold,
                   coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'return'), 0) AS returned,
                   coalesce(sum(m.quantity) FILTER (WHERE m.quantity > 0
                       AND m.kind IN ('opening', 'receipt', 'transfer_in')), 0) AS received,
                   coalesce(-sum(m.value) FILTER (WHERE m.kind IN ('sale', 'return')), 0) AS cost,
                   coalesce(-sum(m.costed) FILTER (WHERE m.kind IN ('sale', 'return')), 0) AS costed
            FROM inventory_stockmovement m
            WHERE m.store_id = of_store AND m.product_id = s.product_id
              AND m.business_date >= s.day AND m.position <= s.last
            GROUP BY m.business_date
        ) m
    ), closed AS (
        SELECT m.*, m.on_hand + sum(m.quantity) OVER walk AS on_hand_then,
               m.sellable_before + sum(m.sellable) OVER walk AS sellable_then
        FROM moved m
        WINDOW walk AS (PARTITION BY m.product_id ORDER BY m.day)
    ), days AS (
        INSERT INTO inventory_stockday
            (store_id, product_id, day, on_hand, sellable, sold, returned, received, cost, costed,
             in_stock)
        SELECT of_store, c.product_id, c.day, c.on_hand_then, c.sellable_then, c.sold, c.returned,
               c.received, c.cost, c.costed,
               c.sellable_then - c.sellable > 0 OR c.came > 0 OR c.sold > 0
        FROM closed c ORDER BY c.product_id, c.day
        ON CONFLICT (store_id, product_id, day) DO UPDATE
        SET on_hand = EXCLUDED.on_hand, sellable = EXCLUDED.sellable, sold = EXCLUDED.sold,
            returned = EXCLUDED.returned, received = EXCLUDED.received, cost = EXCLUDED.cost,
            costed = EXCLUDED.costed, in_stock = EXCLUDED.in_stock
        RETURNING 1
    ), known AS (
        INSERT INTO inventory_stockneed (store_id, product_id, position)
        SELECT of_store, s.product_id, s.last FROM since s
        ON CONFLICT (store_id, product_id) DO UPDATE SET position = EXCLUDED.position
    )
    SELECT count(*) INTO written FROM days;
    RETURN written;
END;
$$;

-- Average daily sales: net units of the last `most` in-stock trading days before `until`, by the
-- count of these days; looked for in the `back` days before it. `days` tells how many there were.
-- Days without a sale count as 0. `sigma` is the deviation of these days (population).
CREATE FUNCTION inventory_demand(of_store bigint, of_products bigint[], until date,
                                 most integer DEFAULT 28, back integer DEFAULT 91)
RETURNS TABLE (product_id bigint, days bigint, ads numeric, sigma numeric)
LANGUAGE sql STABLE ROWS 1000 AS $$
    WITH calendar AS MATERIALIZED (
        SELECT t.day, t.open, t.ordinal
        FROM inventory_trading_days(of_store, until - back, until - 1) t
    ), seen AS (
        SELECT d.product_id, d.day, d.sold - d.returned AS net, d.in_stock, d.sellable
        FROM unnest(of_products) asked (product_id)
        JOIN inventory_stockday d ON d.store_id = of_store AND d.product_id = asked.product_id
            AND d.day >= until - back AND d.day < until
        UNION ALL  -- how it stood when the window begins
        SELECT d.product_id, until - back - 1, 0, false, d.sellable
        FROM unnest(of_products) asked (product_id)
        CROSS JOIN LATERAL (
            SELECT d.product_id, d.sellable FROM inventory_stockday d
            WHERE d.store_id = of_store AND d.product_id = asked.product_id
              AND d.day < until - back
            ORDER BY d.day DESC LIMIT 1
        ) d
    ), stretches AS (
        SELECT s.product_id, s.day, s.net,
               (s.in_stock AND coalesce(c.open, false))::int AS own,
               CASE WHEN s.sellable > 0 THEN
                   coalesce(e.ordinal, 0) - coalesce(c.ordinal, 0) ELSE 0 END AS after
        FROM (SELECT seen.*, lead(seen.day, 1, until) OVER (
                  PARTITION BY seen.product_id ORDER BY seen.day) AS next FROM seen) s
        LEFT JOIN calendar c ON c.day = s.day
        LEFT JOIN calendar e ON e.day = s.next - 1
    ), latest AS (
        SELECT t.product_id, t.net, t.own, t.after,
               sum(t.own + t.after) OVER (PARTITION BY t.product_id ORDER BY t.day DESC)
                   - t.own - t.after AS later
        FROM stretches t
    ), taken AS (
        SELECT x.product_id,
               CASE WHEN x.own = 1 AND x.later + x.after < most THEN x.net END AS net,
               greatest(0, least(x.own + x.after, most - x.later)) AS days
        FROM latest x
    ), summed AS (
        SELECT y.product_id, sum(y.days)::bigint AS days, coalesce(sum(y.net), 0) AS net,
               coalesce(sum(y.net * y.net), 0) AS squares
        FROM taken y GROUP BY y.product_id
    )
    SELECT z.product_id, z.days,
           CASE WHEN z.days > 0 THEN round(greatest(0, z.net / z.days), 6) END,
           CASE WHEN z.days > 0 THEN round(sqrt(greatest(0,
               z.squares / z.days - (z.net / z.days) * (z.net / z.days))), 6) END
    FROM summed z
$$;

-- What is on hand by the day it came (first in, first out): what is left is of the latest receipts.
-- `day` NULL: more is there than opening, receipts and transfers in account for.
CREATE FUNCTION inventory_layers(of_store bigint, of_products bigint[])
RETURNS TABLE (product_id bigint, day date, quantity numeric)
LANGUAGE sql STABLE ROWS 1000 AS $$
    WITH there AS MATERIALIZED (
        SELECT l.product_id, l.on_hand
        FROM unnest(of_products) asked (product_id)
        JOIN inventory_stocklevel l ON l.store_id = of_store AND l.product_id = asked.product_id
        WHERE l.on_hand > 0
    ), came AS (
        SELECT t.product_id, t.on_hand, d.day, d.received,
               sum(d.received) OVER (PARTITION BY t.product_id ORDER BY d.day DESC) - d.received
                   AS later
        FROM there t
        JOIN inventory_stockday d ON d.store_id = of_store AND d.product_id = t.product_id
        WHERE d.received > 0
    ), layers AS (
        SELECT c.product_id, c.day, least(c.received, c.on_hand - c.later) AS quantity
        FROM came c WHERE c.later < c.on_hand
    )
    SELECT layers.product_id, layers.day, layers.quantity FROM layers
    UNION ALL
    SELECT t.product_id, NULL, t.on_hand - coalesce(sum(y.quantity), 0)
    FROM there t LEFT JOIN layers y USING (product_id)
    GROUP BY t.product_id, t.on_hand HAVING t.on_hand > coalesce(sum(y.quantity), 0)
$$;

-- From when to when products could not be bought, within `first` and `last`, once a store had had
-- them at all. Both days belong to it; `trading` says how many trading days that were.
CREATE FUNCTION inventory_out_stretches(of_store bigint, of_products bigint[], first date, last date)
RETURNS TABLE (product_id bigint, first_day date, last_day date, trading bigint)
LANGUAGE sql STABLE ROWS 1000 AS $$
    WITH calendar AS MATERIALIZED (
        SELECT t.day, t.open, t.ordinal FROM inventory_trading_days(of_store, first, last) t
    ), seen AS (
        SELECT d.product_id, d.day, d.in_stock, d.sellable
        FROM unnest(of_products) asked (product_id)
        JOIN inventory_stockday d ON d.store_id = of_store AND d.product_id = asked.product_id
            AND d.day BETWEEN first AND last
        UNION ALL  -- how it stood before
        SELECT d.product_id, first - 1, true, d.sellable
        FROM unnest(of_products) asked (product_id)
        CROSS JOIN LATERAL (
            SELECT d.product_id, d.sellable FROM inventory_stockday d
            WHERE d.store_id = of_store AND d.product_id = asked.product_id AND d.day < first
            ORDER BY d.day DESC LIMIT 1
        ) d
    ), out AS (
        SELECT s.product_id,
               CASE WHEN s.in_stock THEN s.day + 1 ELSE s.day END AS first_day,
               CASE WHEN s.sellable > 0 THEN s.day ELSE s.next - 1 END AS last_day
        FROM (SELECT seen.*, lead(seen.day, 1, last + 1) OVER (
                  PARTITION BY seen.product_id ORDER BY seen.day) AS next FROM seen) s
        WHERE NOT s.in_stock OR s.sellable <= 0
    )
    SELECT o.product_id, o.first_day, o.last_day,
           e.ordinal - coalesce((SELECT c.ordinal FROM calendar c WHERE c.day = o.first_day - 1), 0)
    FROM out o JOIN calendar e ON e.day = o.last_day
    WHERE o.first_day <= o.last_day
$$;

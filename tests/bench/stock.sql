-- The stock of a synthetic chain, through the product's own ledger; and the least that holding a
-- basket can be in PostgreSQL: bare tables, one function or one statement, nothing checked twice. They
-- are not vacuumed meanwhile: that would weigh on whatever is measured then.

-- An opening and nine sales of each of `products` products in each store: `10 × stores × products`.
CREATE FUNCTION bench.stock(products integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('epm.actor', 'bench', true);
    FOR step IN 0..9 LOOP
        INSERT INTO inventory_stockmovement
            (posting, line_no, kind, store_id, product_id, quantity, unit_cost, occurred_at)
        SELECT gen_random_uuid(), 1, CASE step WHEN 0 THEN 'opening' ELSE 'sale' END,
               s.id, p.id, CASE step WHEN 0 THEN 1000000 ELSE -1 - p.id % 3 END,
               CASE step WHEN 0 THEN 1 + p.id % 50 END, now() - make_interval(days => 10 - step)
        FROM organization_store s, (SELECT id FROM inventory_product ORDER BY id LIMIT products) p
        ORDER BY s.id, p.id;
    END LOOP;
END;
$$;

CREATE SCHEMA raw;
CREATE TABLE raw.level (
    store_id int, product_id int, on_hand int NOT NULL, reserved int NOT NULL DEFAULT 0,
    PRIMARY KEY (store_id, product_id), CHECK (reserved >= 0 AND reserved <= on_hand)
) WITH (fillfactor = 80, autovacuum_enabled = off);
CREATE TABLE raw.reservation (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), basket uuid NOT NULL, store_id int NOT NULL,
    product_id int NOT NULL, quantity int NOT NULL CHECK (quantity > 0),
    state text NOT NULL DEFAULT 'active', expires_at timestamptz NOT NULL,
    UNIQUE (basket, product_id),
    FOREIGN KEY (store_id, product_id) REFERENCES raw.level
) WITH (autovacuum_enabled = off);
CREATE INDEX ON raw.reservation (expires_at) WHERE state = 'active';
INSERT INTO raw.level
SELECT s, p, 2000000000 FROM generate_series(1, 50) s, generate_series(1, 20000) p;

-- Guarded updates in the order of the products, then the lines.
CREATE FUNCTION raw.hold(basket uuid, store int, products int[], quantities int[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..cardinality(products) LOOP
        UPDATE raw.level SET reserved = reserved + quantities[i]
        WHERE store_id = store AND product_id = products[i] AND on_hand - reserved >= quantities[i];
        IF NOT FOUND THEN
            RAISE EXCEPTION 'short' USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    INSERT INTO raw.reservation (basket, store_id, product_id, quantity, expires_at)
    SELECT basket, store, p, q, now() + interval '15 min'
    FROM unnest(products, quantities) asked (p, q);
END;
$$;

-- The least that a sale can be in PostgreSQL: bare tables, one function of guarded updates in the order of
-- the products; a sale, three lines, three movements, six foreign keys, one unique key. Nothing is
-- reckoned, checked twice, chained or kept.
DROP SCHEMA IF EXISTS pos CASCADE;
CREATE SCHEMA pos;
CREATE TABLE pos.store (id int PRIMARY KEY);
CREATE TABLE pos.product (id int PRIMARY KEY);
CREATE TABLE pos.stock (
    store_id int NOT NULL, product_id int NOT NULL, qty int NOT NULL CHECK (qty >= 0),
    PRIMARY KEY (store_id, product_id)
) WITH (fillfactor = 80);
CREATE TABLE pos.sale (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key uuid NOT NULL UNIQUE,
    store_id int NOT NULL REFERENCES pos.store, sold_at timestamptz NOT NULL DEFAULT now(),
    total numeric(16, 2) NOT NULL
);
CREATE TABLE pos.line (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sale_id bigint NOT NULL REFERENCES pos.sale,
    product_id int NOT NULL REFERENCES pos.product, qty int NOT NULL, price numeric(16, 2) NOT NULL
);
CREATE TABLE pos.movement (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sale_id bigint NOT NULL REFERENCES pos.sale,
    store_id int NOT NULL REFERENCES pos.store, product_id int NOT NULL REFERENCES pos.product,
    delta int NOT NULL
);
INSERT INTO pos.store SELECT generate_series(1, 50);
INSERT INTO pos.product SELECT generate_series(1, 20000);
INSERT INTO pos.stock SELECT s, p, 1000000000 FROM generate_series(1, 50) s, generate_series(1, 20000) p;

CREATE FUNCTION pos.sell(key uuid, store int, products int[], quantities int[], prices numeric[])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO pos.sale (key, store_id, total)
    SELECT key, store, sum(q * p) FROM unnest(quantities, prices) l (q, p) RETURNING id INTO made;
    FOR i IN 1..cardinality(products) LOOP
        UPDATE pos.stock SET qty = qty - quantities[i]
        WHERE store_id = store AND product_id = products[i] AND qty >= quantities[i];
        IF NOT FOUND THEN
            RAISE EXCEPTION 'short' USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    INSERT INTO pos.line (sale_id, product_id, qty, price)
    SELECT made, p, q, pr FROM unnest(products, quantities, prices) l (p, q, pr);
    INSERT INTO pos.movement (sale_id, store_id, product_id, delta)
    SELECT made, store, p, -q FROM unnest(products, quantities) l (p, q);
    RETURN made;
END;
$$;
ANALYZE;

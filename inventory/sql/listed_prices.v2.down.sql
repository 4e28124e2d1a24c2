DROP TRIGGER listed_price_marked ON inventory_listedprice;
DROP FUNCTION inventory_mark_listed_price();
CREATE OR REPLACE FUNCTION inventory_keep_listed_prices() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE inventory_listedprice v SET known_until = at
        FROM before_rows b JOIN after_rows a USING (id)
        WHERE v.price_list_id = b.price_list_id AND v.product_id = b.product_id
          AND v.known_until IS NULL
          AND (a.price, a.price_list_id, a.product_id)
              IS DISTINCT FROM (b.price, b.price_list_id, b.product_id);
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE inventory_listedprice v SET known_until = at
        FROM before_rows b
        WHERE v.price_list_id = b.price_list_id AND v.product_id = b.product_id
          AND v.known_until IS NULL;
        RETURN NULL;
    END IF;
    INSERT INTO inventory_listedprice (price_list_id, product_id, price, kind, store_id, currency,
                                       starts_on, ends_on, is_active, known_from)
    SELECT l.id, a.product_id, a.price, l.kind, l.store_id, l.currency,
           l.starts_on, l.ends_on, l.is_active, at
    FROM after_rows a JOIN inventory_pricelist l ON l.id = a.price_list_id
    WHERE NOT EXISTS (
        SELECT FROM inventory_listedprice v
        WHERE v.price_list_id = a.price_list_id AND v.product_id = a.product_id
          AND v.known_until IS NULL);
    RETURN NULL;
END;
$$;

-- What lists say of products, and from when until when they said so: every change of an item or of
-- a list's own words closes the row that told it and opens the next. Past prices stay knowable
-- whatever is edited, ended, taken off a list or dated back afterwards.
-- clock_timestamp(): whoever waited for a lock changes later than the one who held it. Items are
-- changed one behind another with their list: who wrote one while the list's dates changed would
-- keep what the list says no longer.
CREATE FUNCTION inventory_keep_listed_prices() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    lists bigint[];
    at timestamptz;
BEGIN
    IF TG_OP <> 'DELETE' THEN
        lists := ARRAY(SELECT DISTINCT price_list_id FROM after_rows);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        lists := lists || ARRAY(SELECT DISTINCT price_list_id FROM before_rows);
    END IF;
    PERFORM FROM inventory_pricelist WHERE id = ANY (lists) ORDER BY id FOR SHARE;
    at := clock_timestamp();
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

CREATE TRIGGER price_list_item_listed_insert AFTER INSERT ON inventory_pricelistitem
    REFERENCING NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_keep_listed_prices();
CREATE TRIGGER price_list_item_listed_update AFTER UPDATE ON inventory_pricelistitem
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_keep_listed_prices();
CREATE TRIGGER price_list_item_listed_delete AFTER DELETE ON inventory_pricelistitem
    REFERENCING OLD TABLE AS before_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_keep_listed_prices();

CREATE FUNCTION inventory_keep_list_terms() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
BEGIN
    WITH terms AS (
        SELECT a.* FROM after_rows a JOIN before_rows b USING (id)
        WHERE (a.kind, a.store_id, a.currency, a.starts_on, a.ends_on, a.is_active)
              IS DISTINCT FROM (b.kind, b.store_id, b.currency, b.starts_on, b.ends_on, b.is_active)
    )
    UPDATE inventory_listedprice v SET known_until = at
    FROM terms WHERE v.price_list_id = terms.id AND v.known_until IS NULL;
    INSERT INTO inventory_listedprice (price_list_id, product_id, price, kind, store_id, currency,
                                       starts_on, ends_on, is_active, known_from)
    SELECT l.id, i.product_id, i.price, l.kind, l.store_id, l.currency,
           l.starts_on, l.ends_on, l.is_active, at
    FROM after_rows l JOIN inventory_pricelistitem i ON i.price_list_id = l.id
    WHERE NOT EXISTS (
        SELECT FROM inventory_listedprice v
        WHERE v.price_list_id = l.id AND v.product_id = i.product_id AND v.known_until IS NULL);
    RETURN NULL;
END;
$$;

CREATE TRIGGER price_list_listed_update AFTER UPDATE ON inventory_pricelist
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_keep_list_terms();

-- What was done stays done: an edit is undone by another.
CREATE TRIGGER price_edit_append_only BEFORE UPDATE OR DELETE ON inventory_priceedit
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();
CREATE TRIGGER price_edit_row_append_only BEFORE UPDATE OR DELETE ON inventory_priceeditrow
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();

-- Which transaction opened or closed a version: what a feed of changes reads (selectors/feed.py).
CREATE FUNCTION inventory_mark_listed_price() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END;
$$;

CREATE TRIGGER listed_price_marked BEFORE INSERT OR UPDATE ON inventory_listedprice
    FOR EACH ROW EXECUTE FUNCTION inventory_mark_listed_price();

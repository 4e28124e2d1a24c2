CREATE OR REPLACE FUNCTION inventory_record_price_changes() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inventory_pricechange (product_id, kind, old, new, changed_at, actor)
        SELECT p.id, v.kind, NULL, v.price, now(), coalesce(current_setting('epm.actor', true), '')
        FROM after_rows p
        CROSS JOIN LATERAL (VALUES ('sale', p.sale_price), ('purchase', p.purchase_price)) v(kind, price)
        WHERE v.price IS NOT NULL;
    ELSE
        INSERT INTO inventory_pricechange (product_id, kind, old, new, changed_at, actor)
        SELECT p.id, v.kind, v.old, v.new, now(), coalesce(current_setting('epm.actor', true), '')
        FROM after_rows p
        JOIN before_rows b USING (id)
        CROSS JOIN LATERAL (
            VALUES ('sale', b.sale_price, p.sale_price),
                   ('purchase', b.purchase_price, p.purchase_price)
        ) v(kind, old, new)
        WHERE v.old IS DISTINCT FROM v.new;
    END IF;
    RETURN NULL;
END;
$$;

-- A chain of 50 stores and 20,000 products, 20 % VAT, and its sales day by day in bare months.
CREATE SCHEMA bench;

CREATE FUNCTION bench.masters() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setseed(0.42);
    INSERT INTO organization_region (code, name)
    SELECT 'R' || n, 'Region ' || n FROM generate_series(1, 5) n;
    INSERT INTO organization_store (
        code, name, kind, region_id, timezone, day_cutoff_hour, currency, vat_regime, address,
        postal_code, city, country, is_placeholder)
    SELECT 'S' || lpad(n::text, 2, '0'), 'Store ' || n, 'shop',
           (SELECT id FROM organization_region WHERE code = 'R' || (n % 5 + 1)),
           'UTC', 0, 'EUR', 'FR', '', '', '', 'FR', false
    FROM generate_series(1, 50) n;
    INSERT INTO inventory_category (code, name, parent_id)
    SELECT 'C' || n, 'Department ' || n, NULL FROM generate_series(1, 10) n;
    INSERT INTO inventory_category (code, name, parent_id)
    SELECT root.code || '.' || n, root.name || ' / ' || n, root.id
    FROM (SELECT * FROM inventory_category) root, generate_series(1, 20) n;
    INSERT INTO inventory_product (
        sku, name, category_id, brand, attributes, purchase_price, sale_price, tax_class_code,
        unit, is_active, is_placeholder)
    SELECT 'P' || lpad(n::text, 6, '0'), 'Product number ' || n,
           (SELECT min(id) FROM inventory_category WHERE parent_id IS NOT NULL) + n % 200,
           'Brand ' || n % 300, jsonb_build_object('colour', n % 12, 'size', n % 7),
           CASE WHEN n % 5 > 0 THEN round((0.5 + n % 997 / 100.0)::numeric, 4) END,
           round((1 + n % 997 / 50.0)::numeric, 2), 'standard', 'piece', true, false
    FROM generate_series(1, 20000) n;
    INSERT INTO inventory_barcode (product_id, code)
    SELECT id, '40' || lpad(id::text, 11, '0') FROM inventory_product;
    INSERT INTO sales_customer (code, name, email, attributes, is_placeholder)
    SELECT 'K' || n, 'Customer ' || n, '', '{}', false FROM generate_series(1, 10000) n;
END;
$$;

-- `per_day` sales of three lines on each of the days of `first`'s month from `first` on.
CREATE FUNCTION bench.month(first date, per_day integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    first_store bigint := (SELECT min(id) FROM organization_store);
    first_product bigint := (SELECT min(id) FROM inventory_product);
    first_customer bigint := (SELECT min(id) FROM sales_customer);
    last date := date_trunc('month', first::timestamp) + interval '1 month' - interval '1 day';
BEGIN
    PERFORM setseed(extract(month FROM first) / 13.0);
    PERFORM sales_begin_bare_month(first::timestamp AT TIME ZONE 'UTC');
    CREATE TEMP TABLE ticket ON COMMIT DROP AS
    SELECT epm_uuid7(sold_at) AS id, sold_at, sold_at::date AS day, first_store + n % 50 AS store_id,
           CASE WHEN n % 5 < 3 THEN first_customer + floor(random() * 10000)::bigint END AS customer_id,
           CASE WHEN n % 200 = 7 THEN -1 ELSE 1 END AS side
    FROM (
        SELECT n, (day + interval '8 hours' + interval '13 hours' * n / per_day) AT TIME ZONE 'UTC' AS sold_at
        FROM generate_series(first::timestamp, last::timestamp, interval '1 day') day,
             generate_series(0, per_day - 1) n
    ) moment;
    WITH line AS MATERIALIZED (
        SELECT ticket.*, line_no, first_product + floor(random() * 20000)::bigint AS product_id,
               CASE WHEN random() < 0.1 THEN 2 ELSE 1 END AS pieces,
               CASE WHEN random() < 0.15 THEN 0.1 ELSE 0 END AS discount
        FROM ticket, generate_series(1, 3) line_no
    ), priced AS (
        SELECT line.*, product.category_id, product.purchase_price, side * pieces AS quantity,
               side * pieces * product.sale_price AS gross,
               side * round(pieces * product.sale_price * discount, 2) AS loyalty
        FROM line JOIN inventory_product product ON product.id = line.product_id
    )
    INSERT INTO sales_saleline_loading (
        id, sale_id, line_no, store_id, sold_at, business_date, product_id, category_id, kind,
        is_piece, is_correction, quantity, unit_price, gross_ttc, discount_shelf, discount_loyalty,
        discount_coupon, net_ttc, net_ht, vat, tax_rate, unit_cost)
    SELECT epm_uuid7_beside(id, line_no), id, line_no, store_id, sold_at, day, product_id, category_id,
           'item', true, false, quantity, gross / quantity, gross, 0, loyalty, 0, gross - loyalty,
           round((gross - loyalty) / 1.2, 2), gross - loyalty - round((gross - loyalty) / 1.2, 2),
           0.2, purchase_price
    FROM priced ORDER BY id, line_no;
    INSERT INTO sales_sale (
        id, store_id, customer_id, revision, sold_at, business_date, currency, total_ttc, total_ht,
        total_vat, is_pure_return, is_correction)
    SELECT ticket.id, store_id, customer_id, 1, sold_at, day, 'EUR', ttc, ht, vat, side < 0, false
    FROM ticket
    JOIN (SELECT sale_id, sum(net_ttc) AS ttc, sum(net_ht) AS ht, sum(vat) AS vat
          FROM sales_saleline_loading GROUP BY sale_id) total ON total.sale_id = ticket.id
    ORDER BY ticket.id;
    PERFORM sales_attach_bare_month(first::timestamp AT TIME ZONE 'UTC');
END;
$$;

CREATE FUNCTION bench.targets(first date, last date) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO sales_storetarget (store_id, month, amount, phasing, profile)
    SELECT store.id, month::date, 60000, 'even', ''
    FROM organization_store store,
         generate_series(date_trunc('month', first::timestamp), last, interval '1 month') month
$$;

-- One new sale of three lines in each of the 50 stores on `day`: 50 buckets are dirty.
CREATE FUNCTION bench.sell(day date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE fresh ON COMMIT DROP AS
    SELECT epm_uuid7((day + interval '21 hours') AT TIME ZONE 'UTC') AS id, id AS store_id
    FROM organization_store;
    INSERT INTO sales_sale (
        id, store_id, revision, sold_at, business_date, currency, total_ttc, total_ht, total_vat,
        is_pure_return, is_correction)
    SELECT id, store_id, 1, (day + interval '21 hours') AT TIME ZONE 'UTC', day, 'EUR', 36, 30, 6,
           false, false
    FROM fresh;
    INSERT INTO sales_saleline (
        id, sale_id, line_no, store_id, sold_at, business_date, product_id, category_id, kind,
        is_piece, is_correction, quantity, unit_price, gross_ttc, discount_shelf, discount_loyalty,
        discount_coupon, net_ttc, net_ht, vat, tax_rate, unit_cost)
    SELECT epm_uuid7_beside(fresh.id, line_no), fresh.id, line_no, store_id,
           (day + interval '21 hours') AT TIME ZONE 'UTC', day, product.id, category_id, 'item', true,
           false, 1, 12, 12, 0, 0, 0, 12, 10, 2, 0.2, purchase_price
    FROM fresh, generate_series(1, 3) line_no,
         LATERAL (SELECT * FROM inventory_product
                  WHERE id = (SELECT min(id) FROM inventory_product) + store_id * 7 + line_no) product;
END;
$$;

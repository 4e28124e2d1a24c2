-- The sales ledger's lines, one partition a month, cut by the UUIDv7 key's own time (= sold_at, UTC).
-- There is no default partition: sales_ensure_month() makes a missing month before it is written.
CREATE TABLE sales_saleline (
    id uuid NOT NULL,
    sale_id uuid NOT NULL,
    line_no integer NOT NULL,
    store_id bigint NOT NULL,
    sold_at timestamptz NOT NULL,
    business_date date NOT NULL,
    product_id bigint NOT NULL,
    category_id bigint,
    kind varchar(8) NOT NULL,
    is_piece boolean NOT NULL,
    is_correction boolean NOT NULL,
    quantity numeric(12, 3) NOT NULL,
    unit_price numeric(18, 6),
    gross_ttc numeric(16, 3) NOT NULL,
    discount_shelf numeric(16, 3) NOT NULL,
    discount_loyalty numeric(16, 3) NOT NULL,
    discount_coupon numeric(16, 3) NOT NULL,
    net_ttc numeric(16, 3) NOT NULL,
    net_ht numeric(16, 3) NOT NULL,
    vat numeric(16, 3) NOT NULL,
    tax_rate numeric(7, 6) NOT NULL,
    unit_cost numeric(18, 6),
    origin_line_id uuid,

    CONSTRAINT sale_line_pkey PRIMARY KEY (id),
    CONSTRAINT sale_line_kind_known CHECK (kind IN ('item', 'fee')),
    CONSTRAINT sale_line_number_positive CHECK (line_no > 0),
    CONSTRAINT sale_line_sold_since_2000 CHECK (sold_at >= timestamptz '2000-01-01 00:00:00+00'),
    CONSTRAINT sale_line_net_is_gross_less_discounts
        CHECK (net_ttc = gross_ttc - discount_shelf - discount_loyalty - discount_coupon),
    CONSTRAINT sale_line_ttc_is_ht_plus_vat CHECK (net_ttc = net_ht + vat),
    CONSTRAINT sale_line_tax_rate_is_a_fraction CHECK (tax_rate >= 0 AND tax_rate < 1),
    CONSTRAINT sale_line_unit_cost_not_negative CHECK (unit_cost >= 0),
    CONSTRAINT sale_line_amounts_share_its_sign CHECK (
        kind = 'fee'
        OR (quantity >= 0 AND gross_ttc >= 0 AND net_ttc >= 0
            AND discount_shelf >= 0 AND discount_loyalty >= 0 AND discount_coupon >= 0)
        OR (quantity <= 0 AND gross_ttc <= 0 AND net_ttc <= 0
            AND discount_shelf <= 0 AND discount_loyalty <= 0 AND discount_coupon <= 0)
    ),
    CONSTRAINT sale_line_sale_fk FOREIGN KEY (sale_id) REFERENCES sales_sale (id),
    CONSTRAINT sale_line_store_fk FOREIGN KEY (store_id) REFERENCES organization_store (id),
    CONSTRAINT sale_line_product_fk FOREIGN KEY (product_id) REFERENCES inventory_product (id),
    CONSTRAINT sale_line_category_fk FOREIGN KEY (category_id) REFERENCES inventory_category (id),
    CONSTRAINT sale_line_origin_fk FOREIGN KEY (origin_line_id) REFERENCES sales_saleline (id)
) PARTITION BY RANGE (id);

CREATE INDEX sale_line_sale_idx ON sales_saleline (sale_id);
CREATE INDEX sale_line_store_day_idx ON sales_saleline (store_id, business_date);
CREATE INDEX sale_line_product_day_idx ON sales_saleline (product_id, business_date);
CREATE INDEX sale_line_origin_idx ON sales_saleline (origin_line_id)
    WHERE origin_line_id IS NOT NULL;

-- The partition of the month that `at` falls in (UTC), made first when it is missing.
-- ATTACH, not PARTITION OF: that one would lock out every reader of the ledger.
CREATE FUNCTION sales_ensure_month(at timestamptz) RETURNS regclass
LANGUAGE plpgsql AS $$
DECLARE
    first_moment timestamptz := date_trunc('month', at, 'UTC');
    next_moment timestamptz := (date_trunc('month', at AT TIME ZONE 'UTC') + interval '1 month')
                               AT TIME ZONE 'UTC';
    partition text := 'sales_saleline_' || to_char(at AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN to_regclass(partition);
    END IF;
    IF at < timestamptz '2000-01-01 00:00:00+00' OR at > now() + interval '1 day' THEN
        RAISE EXCEPTION 'a sale of % is before 2000 or more than a day ahead', at
            USING ERRCODE = 'datetime_field_overflow';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('sales_saleline partitions', 0));
    IF to_regclass(partition) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE sales_saleline INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       partition);
        EXECUTE format('ALTER TABLE sales_saleline ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       partition, epm_uuid7_floor(first_moment), epm_uuid7_floor(next_moment));
    END IF;
    RETURN to_regclass(partition);
END;
$$;

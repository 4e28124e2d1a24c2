ALTER TABLE sales_saleline
    DROP CONSTRAINT sale_line_kind_known,
    DROP CONSTRAINT sale_line_goods_are_a_product,
    DROP CONSTRAINT sale_line_amounts_share_its_sign,
    DROP CONSTRAINT sale_line_disposition_known;
ALTER TABLE sales_saleline
    ADD CONSTRAINT sale_line_kind_known
        CHECK (kind IN ('item', 'fee', 'tip', 'rounding', 'value')),
    ADD CONSTRAINT sale_line_goods_are_a_product
        CHECK (product_id IS NOT NULL OR kind NOT IN ('item', 'fee')),
    ADD CONSTRAINT sale_line_amounts_share_its_sign CHECK (
        kind <> 'item'
        OR (quantity >= 0 AND gross_ttc >= 0 AND net_ttc >= 0 AND discount_shelf >= 0
            AND discount_loyalty >= 0 AND discount_coupon >= 0 AND discount_manual >= 0)
        OR (quantity <= 0 AND gross_ttc <= 0 AND net_ttc <= 0 AND discount_shelf <= 0
            AND discount_loyalty <= 0 AND discount_coupon <= 0 AND discount_manual <= 0)
    ),
    ADD CONSTRAINT sale_line_disposition_known
        CHECK (disposition IN ('sellable', 'damaged', 'quarantine'));

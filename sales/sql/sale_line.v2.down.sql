DROP TRIGGER sale_line_never_more_than_sold ON sales_saleline;
DROP FUNCTION sales_refuse_more_than_sold();
ALTER TABLE sales_saleline
    DROP CONSTRAINT sale_line_kind_known,
    DROP CONSTRAINT sale_line_goods_are_a_product,
    DROP CONSTRAINT sale_line_net_is_gross_less_discounts,
    DROP CONSTRAINT sale_line_amounts_share_its_sign,
    DROP CONSTRAINT sale_line_disposition_known,
    DROP CONSTRAINT sale_line_what_came_back_went_somewhere,
    DROP discount_manual, DROP taxes, DROP disposition,
    ALTER product_id SET NOT NULL;
ALTER TABLE sales_saleline
    ADD CONSTRAINT sale_line_kind_known CHECK (kind IN ('item', 'fee')),
    ADD CONSTRAINT sale_line_net_is_gross_less_discounts
        CHECK (net_ttc = gross_ttc - discount_shelf - discount_loyalty - discount_coupon),
    ADD CONSTRAINT sale_line_amounts_share_its_sign CHECK (
        kind = 'fee'
        OR (quantity >= 0 AND gross_ttc >= 0 AND net_ttc >= 0
            AND discount_shelf >= 0 AND discount_loyalty >= 0 AND discount_coupon >= 0)
        OR (quantity <= 0 AND gross_ttc <= 0 AND net_ttc <= 0
            AND discount_shelf <= 0 AND discount_loyalty <= 0 AND discount_coupon <= 0)
    );

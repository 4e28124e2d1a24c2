-- As v2, but the laws of a row are said in few words. PostgreSQL reads the laws of a table anew for each
-- statement that writes into it, word by word: a list of values in brackets costs it more than the row.
ALTER TABLE sales_saleline
    DROP CONSTRAINT sale_line_kind_known,
    DROP CONSTRAINT sale_line_goods_are_a_product,
    DROP CONSTRAINT sale_line_amounts_share_its_sign,
    DROP CONSTRAINT sale_line_disposition_known;
ALTER TABLE sales_saleline
    ADD CONSTRAINT sale_line_kind_known
        CHECK (kind = ANY ('{item,fee,tip,rounding,value}'::text[])) NOT VALID,
    ADD CONSTRAINT sale_line_goods_are_a_product
        CHECK (product_id IS NOT NULL OR kind <> ALL ('{item,fee}'::text[])) NOT VALID,
    ADD CONSTRAINT sale_line_amounts_share_its_sign CHECK (
        kind <> 'item'
        OR least(quantity, gross_ttc, net_ttc, discount_shelf, discount_loyalty, discount_coupon,
                 discount_manual) >= 0
        OR greatest(quantity, gross_ttc, net_ttc, discount_shelf, discount_loyalty, discount_coupon,
                    discount_manual) <= 0
    ) NOT VALID,
    ADD CONSTRAINT sale_line_disposition_known
        CHECK (disposition = ANY ('{sellable,damaged,quarantine}'::text[])) NOT VALID;
ALTER TABLE sales_saleline
    VALIDATE CONSTRAINT sale_line_kind_known,
    VALIDATE CONSTRAINT sale_line_goods_are_a_product,
    VALIDATE CONSTRAINT sale_line_amounts_share_its_sign,
    VALIDATE CONSTRAINT sale_line_disposition_known;

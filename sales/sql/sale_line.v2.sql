-- What tills add to a line: a discount given by hand, lines that are no goods, several taxes, what
-- became of goods that came back.
ALTER TABLE sales_saleline
    ADD discount_manual numeric(16, 3) NOT NULL DEFAULT 0,
    ADD taxes jsonb,
    ADD disposition varchar(12),
    ALTER product_id DROP NOT NULL,
    DROP CONSTRAINT sale_line_kind_known,
    DROP CONSTRAINT sale_line_net_is_gross_less_discounts,
    DROP CONSTRAINT sale_line_amounts_share_its_sign;
ALTER TABLE sales_saleline
    ADD CONSTRAINT sale_line_kind_known
        CHECK (kind IN ('item', 'fee', 'tip', 'rounding', 'value')) NOT VALID,
    ADD CONSTRAINT sale_line_goods_are_a_product
        CHECK (product_id IS NOT NULL OR kind NOT IN ('item', 'fee')) NOT VALID,
    ADD CONSTRAINT sale_line_net_is_gross_less_discounts CHECK (
        net_ttc = gross_ttc - discount_shelf - discount_loyalty - discount_coupon - discount_manual
    ) NOT VALID,
    ADD CONSTRAINT sale_line_amounts_share_its_sign CHECK (
        kind <> 'item'
        OR (quantity >= 0 AND gross_ttc >= 0 AND net_ttc >= 0 AND discount_shelf >= 0
            AND discount_loyalty >= 0 AND discount_coupon >= 0 AND discount_manual >= 0)
        OR (quantity <= 0 AND gross_ttc <= 0 AND net_ttc <= 0 AND discount_shelf <= 0
            AND discount_loyalty <= 0 AND discount_coupon <= 0 AND discount_manual <= 0)
    ) NOT VALID,
    ADD CONSTRAINT sale_line_disposition_known
        CHECK (disposition IN ('sellable', 'damaged', 'quarantine')) NOT VALID,
    ADD CONSTRAINT sale_line_what_came_back_went_somewhere CHECK (
        disposition IS NULL OR (kind = 'item' AND quantity < 0)) NOT VALID;
ALTER TABLE sales_saleline
    VALIDATE CONSTRAINT sale_line_kind_known,
    VALIDATE CONSTRAINT sale_line_goods_are_a_product,
    VALIDATE CONSTRAINT sale_line_net_is_gross_less_discounts,
    VALIDATE CONSTRAINT sale_line_amounts_share_its_sign,
    VALIDATE CONSTRAINT sale_line_disposition_known,
    VALIDATE CONSTRAINT sale_line_what_came_back_went_somewhere;

-- Never more comes back than was sold, whoever writes it: the line sold is locked, so that of two
-- returns of one line the second one sees the first.
CREATE FUNCTION sales_refuse_more_than_sold() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    sold sales_saleline;
    back numeric;
BEGIN
    SELECT * INTO sold FROM sales_saleline WHERE id = NEW.origin_line_id FOR NO KEY UPDATE;
    SELECT -coalesce(sum(quantity), 0) INTO back FROM sales_saleline
    WHERE origin_line_id = NEW.origin_line_id AND NOT is_correction;
    IF back - NEW.quantity > sold.quantity OR NEW.quantity > 0 THEN
        RAISE EXCEPTION 'more of line % comes back than was sold', NEW.origin_line_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'sale_line_never_more_than_sold',
                  DETAIL = json_build_object('line', NEW.line_no, 'sold', sold.quantity,
                                             'returned', back, 'asked', -NEW.quantity);
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER sale_line_never_more_than_sold BEFORE INSERT ON sales_saleline
    FOR EACH ROW WHEN (NEW.origin_line_id IS NOT NULL AND NOT NEW.is_correction)
    EXECUTE FUNCTION sales_refuse_more_than_sold();

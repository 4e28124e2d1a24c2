-- The kinds of models/tender.py, in few words (sale_line.v3.sql says why).
ALTER TABLE sales_tender DROP CONSTRAINT tender_kind_known;
ALTER TABLE sales_tender ADD CONSTRAINT tender_kind_known CHECK (kind = ANY (
    '{cash,card,cheque,gift_card,store_credit,manufacturer_coupon,other}'::text[])) NOT VALID;
ALTER TABLE sales_tender VALIDATE CONSTRAINT tender_kind_known;

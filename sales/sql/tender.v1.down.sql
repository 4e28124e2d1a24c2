ALTER TABLE sales_tender DROP CONSTRAINT tender_kind_known;
ALTER TABLE sales_tender ADD CONSTRAINT tender_kind_known CHECK (kind IN (
    'cash', 'card', 'cheque', 'gift_card', 'store_credit', 'manufacturer_coupon', 'other'));

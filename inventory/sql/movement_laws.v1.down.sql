CREATE OR REPLACE FUNCTION inventory_mark(
    of_store bigint, of_product bigint, number bigint, balance numeric, worth numeric
) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- A hash of a number knows no sign, and that of its multiple by 10,000 differs in one bit: so all
    -- are far above 0, and the last to be mixed in is a whole one.
    SELECT hashint8extended(number, hash_numeric_extended(balance + 1e12,
           hash_numeric_extended(worth + 1e18, (of_store << 32) # of_product)))
$$;
DROP FUNCTION inventory_mark_of_all(bigint, bigint, bigint, numeric, numeric);
ALTER TABLE inventory_stockmovement
    DROP CONSTRAINT stock_movement_kind_known,
    DROP CONSTRAINT stock_movement_sign_of_its_kind,
    DROP CONSTRAINT stock_movement_blocks_for_a_reason;
ALTER TABLE inventory_stockmovement
    ADD CONSTRAINT stock_movement_kind_known CHECK (kind IN (
        'opening', 'receipt', 'sale', 'return', 'supplier_return', 'transfer_out', 'transfer_in',
        'adjustment', 'count', 'damage', 'expiry', 'theft', 'loss', 'status')),
    ADD CONSTRAINT stock_movement_sign_of_its_kind CHECK (
        (kind IN ('receipt', 'return', 'transfer_in') AND quantity > 0)
        OR (kind IN ('sale', 'supplier_return', 'transfer_out') AND quantity < 0)
        OR (kind = 'status' AND quantity = 0)
        OR kind IN ('opening', 'adjustment', 'count', 'damage', 'expiry', 'theft', 'loss')),
    ADD CONSTRAINT stock_movement_blocks_for_a_reason CHECK (
        (blocked = 0 AND reason = '')
        OR reason IN ('damaged', 'quality', 'quarantine', 'safety', 'display', 'other'));

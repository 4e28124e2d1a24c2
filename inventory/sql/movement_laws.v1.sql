-- The laws of a movement of models/movement.py, in few words: PostgreSQL reads them anew for each
-- statement that writes a movement, and a list of values in brackets costs it more than the row.
ALTER TABLE inventory_stockmovement
    DROP CONSTRAINT stock_movement_kind_known,
    DROP CONSTRAINT stock_movement_sign_of_its_kind,
    DROP CONSTRAINT stock_movement_blocks_for_a_reason;
ALTER TABLE inventory_stockmovement
    ADD CONSTRAINT stock_movement_kind_known CHECK (kind = ANY (
        '{opening,receipt,sale,return,supplier_return,transfer_out,transfer_in,adjustment,count,damage,expiry,theft,loss,status}'::text[]
    )) NOT VALID,
    ADD CONSTRAINT stock_movement_sign_of_its_kind CHECK (
        (quantity < 0 AND kind = ANY ('{sale,supplier_return,transfer_out}'::text[]))
        OR (quantity > 0 AND kind = ANY ('{receipt,return,transfer_in}'::text[]))
        OR (quantity = 0 AND kind = 'status')
        OR kind = ANY ('{opening,adjustment,count,damage,expiry,theft,loss}'::text[])
    ) NOT VALID,
    ADD CONSTRAINT stock_movement_blocks_for_a_reason CHECK (
        (blocked = 0 AND reason = '')
        OR reason = ANY ('{damaged,quality,quarantine,safety,display,other}'::text[])
    ) NOT VALID;
ALTER TABLE inventory_stockmovement
    VALIDATE CONSTRAINT stock_movement_kind_known,
    VALIDATE CONSTRAINT stock_movement_sign_of_its_kind,
    VALIDATE CONSTRAINT stock_movement_blocks_for_a_reason;

-- Where it is called row by row, it is called: to be put in the place of its call, as SQL is, it would be
-- parsed for each statement. `inventory_mark_of_all` is the same for a whole table at once.
CREATE FUNCTION inventory_mark_of_all(
    of_store bigint, of_product bigint, number bigint, balance numeric, worth numeric
) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    -- A hash of a number knows no sign, and that of its multiple by 10,000 differs in one bit: so all
    -- are far above 0, and the last to be mixed in is a whole one.
    SELECT hashint8extended(number, hash_numeric_extended(balance + 1e12,
           hash_numeric_extended(worth + 1e18, (of_store << 32) # of_product)))
$$;
CREATE OR REPLACE FUNCTION inventory_mark(
    of_store bigint, of_product bigint, number bigint, balance numeric, worth numeric
) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN hashint8extended(number, hash_numeric_extended(balance + 1e12,
           hash_numeric_extended(worth + 1e18, (of_store << 32) # of_product)));
END;
$$;

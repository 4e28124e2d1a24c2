DROP FUNCTION inventory_hold(uuid, bigint, bigint[], numeric[], integer, text, text, integer);
DROP FUNCTION inventory_shortages(bigint, bigint[], numeric[]);
DROP FUNCTION inventory_available(inventory_stocklevel);
DROP FUNCTION inventory_same_basket(uuid, bigint, bigint[], numeric[], text);
DROP TRIGGER reservation_stays ON inventory_reservation;
DROP TRIGGER reservation_changes ON inventory_reservation;
DROP FUNCTION inventory_change_reservation();
DROP TRIGGER reservation_takes ON inventory_reservation;
DROP FUNCTION inventory_reserve();
DROP FUNCTION inventory_expire_holds(bigint, bigint);
ALTER TABLE inventory_reservation DROP CONSTRAINT reservation_has_its_level,
    DROP CONSTRAINT reservation_consumed_wholly;

CREATE OR REPLACE TRIGGER stock_movement_applied BEFORE INSERT ON inventory_stockmovement
    FOR EACH ROW EXECUTE FUNCTION inventory_apply_movement();
DROP VIEW inventory_issue;
DROP FUNCTION inventory_book_issue();

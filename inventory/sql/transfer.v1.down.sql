DROP TRIGGER transfer_receipt_line_append_only ON inventory_transferreceiptline;
DROP TRIGGER transfer_receipt_append_only ON inventory_transferreceipt;
DROP TRIGGER transfer_line_guarded ON inventory_transferline;
DROP FUNCTION inventory_guard_transfer_line();
DROP TRIGGER transfer_guarded ON inventory_transfer;
DROP FUNCTION inventory_guard_transfer();

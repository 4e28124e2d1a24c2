DROP TRIGGER state_change_append_only ON platform_statechange;
DROP FUNCTION epm_guard_state();

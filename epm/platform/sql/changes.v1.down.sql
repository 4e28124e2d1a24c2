DROP TRIGGER change_append_only ON platform_change;
DROP FUNCTION epm_refuse_change();
DROP FUNCTION epm_record_changes();

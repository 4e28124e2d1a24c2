-- A document's state is changed by a transition only (epm/platform/transitions.py), which names its
-- event in `epm.event`; what happened is written down here, whoever did it. A document whose state
-- has no way on is never edited again.
--
-- Arguments: the first state, the states without a way on (by commas), then every step
-- `state>event>state`. `state` and `version` are columns of the document, `id` its bigint key.
CREATE FUNCTION epm_guard_state() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    event CONSTANT text := coalesce(current_setting('epm.event', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> TG_ARGV[0] THEN
            RAISE EXCEPTION '% begins as “%”, not as “%”', TG_TABLE_NAME, TG_ARGV[0], NEW.state
                USING ERRCODE = 'check_violation', CONSTRAINT = 'document_begins_at_the_beginning';
        END IF;
        RETURN NEW;
    END IF;
    IF event = '' AND OLD.state = NEW.state AND OLD.state <> ALL (string_to_array(TG_ARGV[1], ','))
    THEN
        RETURN NEW;
    END IF;
    IF event = '' OR OLD.state || '>' || event || '>' || NEW.state <> ALL (TG_ARGV[2:]) THEN
        RAISE EXCEPTION '% %: “%” does not become “%” by “%”',
            TG_TABLE_NAME, OLD.id, OLD.state, NEW.state, event
            USING ERRCODE = 'check_violation', CONSTRAINT = 'document_moves_by_transitions';
    END IF;
    INSERT INTO platform_statechange
        (subject, object_id, from_state, to_state, event, reason, changed_at, actor, door)
    VALUES (TG_TABLE_NAME, OLD.id, OLD.state, NEW.state, event,
            coalesce(current_setting('epm.reason', true), ''), clock_timestamp(),
            left(coalesce(nullif(current_setting('epm.actor', true), ''), session_user::text), 150),
            left(coalesce(nullif(current_setting('epm.door', true), ''),
                          current_setting('application_name')), 32));
    RETURN NEW;
END;
$$;

CREATE TRIGGER state_change_append_only BEFORE UPDATE OR DELETE ON platform_statechange
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();

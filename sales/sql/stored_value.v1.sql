-- The ledger of gift cards and store credit, and the balances that follow from it
-- (models/stored_value.py).
--
-- Whoever inserts an entry changes its account, whoever does not cannot: this trigger is the only
-- writer. Several entries are inserted in the order of their account's id, so that two tills never
-- wait for each other in a circle. Never INSERT … ON CONFLICT DO NOTHING into the ledger: a row that
-- is left out then has moved its balance already.
ALTER TABLE sales_storedvalue SET (fillfactor = 80);
ALTER TABLE sales_storedvalue
    ALTER balance SET DEFAULT 0, ALTER position SET DEFAULT 0, ALTER is_blocked SET DEFAULT false,
    ALTER issued_at SET DEFAULT clock_timestamp();
ALTER TABLE sales_storedvalueentry
    ALTER id SET DEFAULT epm_uuid7(clock_timestamp()), ALTER note SET DEFAULT '',
    ALTER occurred_at SET DEFAULT clock_timestamp(), ALTER line_no SET DEFAULT 1,
    ALTER actor SET DEFAULT '', ALTER door SET DEFAULT '';

CREATE FUNCTION sales_apply_stored_value() RETURNS trigger
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    a sales_storedvalue;
    s record;
BEGIN
    SELECT * INTO a FROM sales_storedvalue WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no account % of stored value', NEW.account_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'stored_value_known',
                  TABLE = 'sales_storedvalueentry';
    END IF;
    SELECT timezone, day_cutoff_hour, currency INTO STRICT s
    FROM organization_store WHERE id = NEW.store_id;
    IF s.currency <> a.currency THEN
        RAISE EXCEPTION 'account % is of %, store % of %', a.id, a.currency, NEW.store_id, s.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_value_of_one_currency',
                  TABLE = 'sales_storedvalueentry',
                  DETAIL = json_build_object('account', a.currency, 'store', s.currency);
    END IF;
    -- 'NaN' is more than any number, and no multiple of a cent.
    IF NEW.amount = 'NaN' OR NEW.amount <> round(NEW.amount, epm_currency_exponent(a.currency)) THEN
        RAISE EXCEPTION 'nobody can pay % %', NEW.amount, a.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_value_payable',
                  TABLE = 'sales_storedvalueentry';
    END IF;
    NEW.business_date := (NEW.occurred_at AT TIME ZONE s.timezone
                          - make_interval(hours => s.day_cutoff_hour))::date;

    -- A refund is given back whatever became of the card: it is the customer's. It stays where it is
    -- until somebody unblocks the account or lets it run for longer.
    IF NEW.kind IN ('issue', 'load', 'redeem') THEN
        IF a.is_blocked THEN
            RAISE EXCEPTION 'account % of stored value is blocked', a.id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_value_blocked',
                      TABLE = 'sales_storedvalueentry';
        ELSIF NEW.business_date > a.expires_on THEN
            RAISE EXCEPTION 'account % of stored value was usable until %', a.id, a.expires_on
                USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_value_expired',
                      TABLE = 'sales_storedvalueentry', DETAIL = a.expires_on::text;
        END IF;
    ELSIF NEW.kind = 'expire' AND NEW.business_date <= coalesce(a.expires_on, 'infinity'::date) THEN
        RAISE EXCEPTION 'account % of stored value has not expired', a.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_value_not_expired',
                  TABLE = 'sales_storedvalueentry';
    END IF;
    NEW.balance := a.balance + NEW.amount;
    IF NEW.balance < 0 THEN
        RAISE EXCEPTION 'account % of stored value holds %, asked for %', a.id, a.balance, -NEW.amount
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stored_value_not_overdrawn',
                  TABLE = 'sales_storedvalueentry',
                  DETAIL = json_build_object('asked', -NEW.amount, 'available', a.balance,
                                             'currency', a.currency);
    END IF;

    NEW.position := a.position + 1;
    NEW.recorded_at := clock_timestamp();
    NEW.actor := left(coalesce(nullif(NEW.actor, ''), nullif(current_setting('epm.actor', true), ''),
                               session_user::text), 150);
    NEW.door := left(coalesce(nullif(NEW.door, ''), nullif(current_setting('epm.door', true), ''),
                              current_setting('application_name')), 32);
    UPDATE sales_storedvalue SET balance = NEW.balance, position = NEW.position WHERE id = a.id;
    RETURN NEW;
END;
$$;

CREATE TRIGGER stored_value_entry_applied BEFORE INSERT ON sales_storedvalueentry
    FOR EACH ROW EXECUTE FUNCTION sales_apply_stored_value();
CREATE TRIGGER stored_value_entry_append_only BEFORE UPDATE OR DELETE ON sales_storedvalueentry
    FOR EACH ROW EXECUTE FUNCTION epm_refuse_change();
-- Only a test's database is emptied, and says so of itself (tests/conftest.py).
CREATE TRIGGER stored_value_entry_never_emptied BEFORE TRUNCATE ON sales_storedvalueentry
    FOR EACH STATEMENT WHEN (coalesce(current_setting('epm.emptying', true), '') <> 'on')
    EXECUTE FUNCTION epm_refuse_change();

-- A balance changes together with its entry, never by itself; what an account is never changes.
CREATE FUNCTION sales_refuse_bare_balance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the balance of stored value changes through entries only (% refused)', TG_OP
        USING ERRCODE = 'restrict_violation';
END;
$$;

CREATE TRIGGER stored_value_follows_its_ledger BEFORE UPDATE ON sales_storedvalue
    FOR EACH ROW WHEN (pg_trigger_depth() = 0
        AND (NEW.id, NEW.kind, NEW.code, NEW.currency, NEW.store_id, NEW.balance, NEW.position)
            IS DISTINCT FROM
            (OLD.id, OLD.kind, OLD.code, OLD.currency, OLD.store_id, OLD.balance, OLD.position))
    EXECUTE FUNCTION sales_refuse_bare_balance();
CREATE TRIGGER stored_value_starts_empty BEFORE INSERT ON sales_storedvalue
    FOR EACH ROW WHEN ((NEW.balance, NEW.position) <> (0, 0))
    EXECUTE FUNCTION sales_refuse_bare_balance();
-- No foreign key leads from an entry to its account: the trigger above has just locked that very row.
CREATE TRIGGER stored_value_stays BEFORE DELETE ON sales_storedvalue
    FOR EACH ROW WHEN (OLD.position > 0) EXECUTE FUNCTION epm_refuse_change();
CREATE TRIGGER stored_value_never_emptied BEFORE TRUNCATE ON sales_storedvalue
    FOR EACH STATEMENT WHEN (coalesce(current_setting('epm.emptying', true), '') <> 'on')
    EXECUTE FUNCTION epm_refuse_change();

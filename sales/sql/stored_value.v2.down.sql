CREATE OR REPLACE FUNCTION sales_apply_stored_value() RETURNS trigger
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

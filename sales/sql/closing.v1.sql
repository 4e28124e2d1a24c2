-- The chain of closings (models/closing.py): one for each register and kind.

-- What the hash of a closing covers, as text. Version 1: a change is a version 2 beside it.
CREATE FUNCTION sales_closing_content(c sales_closing) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT format('Z|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', c.register_id, c.store_id,
                  c.kind, c.number, c.session_id, c.first_day - date '2000-01-01',
                  c.last_day - date '2000-01-01', c.first_number, c.last_number, c.tickets,
                  c.late_tickets, c.sales_ttc, c.returns_ttc, c.total_ttc, c.total_ht, c.total_vat,
                  c.grand_total, (extract(epoch FROM c.closed_at) * 1000000)::bigint)
           || E'\n' || c.totals
$$;

-- The link: the hash of the closing before, that of the last ticket, and the content, by SHA-256.
CREATE FUNCTION sales_closing_hash(previous bytea, of_ticket bytea, content text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(format(E'%s|%s\n%s', encode(previous, 'hex'), encode(of_ticket, 'hex'),
                                    content), 'UTF8'))
$$;

-- A closing goes on exactly where the one before it ended; its link is made here, not told.
CREATE FUNCTION sales_chain_closing() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    before sales_closing;
    ending sales_ticket;
BEGIN
    SELECT * INTO before FROM sales_closing
    WHERE register_id = NEW.register_id AND kind = NEW.kind ORDER BY number DESC LIMIT 1;
    SELECT * INTO ending FROM sales_ticket
    WHERE register_id = NEW.register_id AND number = NEW.last_number;
    IF NEW.number <> coalesce(before.number, 0) + 1
       OR NEW.first_number <> coalesce(before.last_number, 0) + 1
       OR NEW.grand_total <> coalesce(before.grand_total, 0) + NEW.total_ttc
       OR NEW.grand_total <> coalesce(ending.grand_total, 0)
    THEN
        RAISE EXCEPTION 'closing % (%) of register % does not go on from the one before',
            NEW.number, NEW.kind, NEW.register_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closing_goes_on_from_the_last';
    END IF;
    NEW.previous_hash := coalesce(before.hash, '');
    NEW.hash := sales_closing_hash(NEW.previous_hash, coalesce(ending.hash, ''),
                                   sales_closing_content(NEW));
    RETURN NEW;
END;
$$;
CREATE TRIGGER closing_chain BEFORE INSERT ON sales_closing
    FOR EACH ROW EXECUTE FUNCTION sales_chain_closing();

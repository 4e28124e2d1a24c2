-- As v1, but a plain sale takes its stock at once (inventory/sql/issue.v1.sql; `issue` of the document: its
-- products in ascending order, their quantities and lines, NULL when there is more to it than that), and
-- sale, lines and tenders are one statement, which says what the hash covers. What was sold before an
-- earlier session of the same day was counted is late, too, when it was sold offline: its money lies in that
-- one's drawer. A till whose clock is a little slow still sells into the open one.
CREATE OR REPLACE FUNCTION sales_record_ticket(
    doc jsonb,
    OUT outcome text, OUT sale uuid, OUT number bigint, OUT session bigint, OUT is_late boolean,
    OUT ticket_hash bytea, OUT recorded_at timestamptz
) LANGUAGE plpgsql SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    s sales_sale := jsonb_populate_record(NULL::sales_sale, doc -> 'sale');
    till_uuid CONSTANT uuid := doc ->> 'uuid';
    till_digest CONSTANT bytea := decode(doc ->> 'digest', 'hex');
    offline CONSTANT boolean := (doc ->> 'offline')::boolean;
    chain sales_registerchain;
    open_since record;
    costs jsonb;
    content text;
    known bytea;
    waited text;
BEGIN
    waited := pg_advisory_xact_lock(hashtextextended('ticket ' || till_uuid::text, 0));
    SELECT digest INTO known FROM sales_ticket WHERE uuid = till_uuid;
    IF FOUND THEN
        SELECT CASE WHEN known = till_digest THEN 'known' ELSE 'reused' END,
               t.sale_id, t.number, t.session_id, r.is_late, t.hash, o.recorded_at
        INTO outcome, sale, number, session, is_late, ticket_hash, recorded_at
        FROM sales_ticket t
        JOIN sales_sale o ON o.id = t.sale_id
        JOIN sales_registersession r ON r.id = t.session_id
        WHERE t.uuid = till_uuid;
        RETURN;
    END IF;
    IF to_regclass('sales_saleline_' || to_char(s.sold_at AT TIME ZONE 'UTC', 'YYYY_MM')) IS NULL THEN
        PERFORM sales_ensure_month(s.sold_at);
    END IF;

    -- Lines that come back are locked by their keys before the first of them is written.
    IF doc -> 'origins' <> 'null' THEN
        PERFORM FROM sales_saleline
        WHERE id = ANY (SELECT jsonb_array_elements_text(doc -> 'origins')::uuid)
        ORDER BY id FOR NO KEY UPDATE;
    END IF;

    -- What leaves is worth the level's average, what comes back what it had left for.
    IF doc -> 'issue' <> 'null' THEN
        INSERT INTO inventory_issue (posting, store_id, occurred_at, forced, products, quantities, line_nos)
        VALUES (s.id, s.store_id, s.sold_at, offline, (doc #>> '{issue,products}')::bigint[],
                (doc #>> '{issue,quantities}')::numeric[], (doc #>> '{issue,line_nos}')::integer[])
        RETURNING unit_costs INTO costs;
    END IF;
    IF costs IS NULL THEN
        WITH moved AS (
            INSERT INTO inventory_stockmovement
                (posting, line_no, kind, store_id, product_id, quantity, unit_cost, blocked, reason,
                 document_kind, document_ref, occurred_at, forced)
            SELECT s.id, m.line_no, CASE WHEN m.quantity < 0 THEN 'sale' ELSE 'return' END, s.store_id,
                   m.product_id, m.quantity, m.unit_cost, coalesce(m.blocked, 0),
                   coalesce(m.reason, ''), 'sale', s.id, s.sold_at, offline
            FROM jsonb_to_recordset(doc -> 'moves') m (line_no integer, product_id bigint,
                 quantity numeric, unit_cost numeric, blocked numeric, reason text)
            ORDER BY m.product_id, m.line_no
            RETURNING line_no, unit_cost)
        SELECT jsonb_object_agg(line_no, unit_cost) INTO costs FROM moved;
    END IF;

    -- What sales_ticket_content() says of them, said here: called for each row, it would cost as much as
    -- the row.
    WITH sold AS (
        INSERT INTO sales_sale (id, store_id, register_id, customer_id, cashier_id, revision, sold_at,
            business_date, recorded_at, currency, total_ttc, total_ht, total_vat, is_pure_return,
            is_correction)
        VALUES (s.id, s.store_id, s.register_id, s.customer_id, s.cashier_id, 1, s.sold_at,
            s.business_date, clock_timestamp(), s.currency, s.total_ttc, s.total_ht, s.total_vat,
            s.is_pure_return, false)
        RETURNING recorded_at, format('S|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', id, store_id, register_id,
            (extract(epoch FROM sold_at) * 1000000)::bigint, business_date - date '2000-01-01',
            currency, total_ttc, total_ht, total_vat, cashier_id, customer_id, is_pure_return) AS said
    ), lines AS (
        INSERT INTO sales_saleline (id, sale_id, line_no, store_id, sold_at, business_date, product_id,
            category_id, kind, is_piece, is_correction, quantity, unit_price, gross_ttc,
            discount_shelf, discount_loyalty, discount_coupon, discount_manual, net_ttc, net_ht, vat,
            tax_rate, unit_cost, origin_line_id, taxes, disposition)
        SELECT epm_uuid7_beside(s.id, l.line_no), s.id, l.line_no, s.store_id, s.sold_at,
            s.business_date, l.product_id, l.category_id, l.kind, l.is_piece, false, l.quantity,
            l.unit_price, l.gross_ttc, l.discount_shelf, l.discount_loyalty, l.discount_coupon,
            l.discount_manual, l.net_ttc, l.net_ht, l.vat, l.tax_rate,
            CASE WHEN l.origin_line_id IS NULL THEN (costs ->> l.line_no::text)::numeric
                 ELSE l.unit_cost END,
            l.origin_line_id, l.taxes, l.disposition
        FROM jsonb_populate_recordset(NULL::sales_saleline, doc -> 'lines') l
        RETURNING line_no, format(E'\nL|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', line_no,
            kind, product_id, quantity, unit_price, gross_ttc, discount_shelf, discount_loyalty,
            discount_coupon, discount_manual, net_ttc, net_ht, vat, tax_rate, taxes, unit_cost,
            origin_line_id, disposition) AS said
    ), tenders AS (
        INSERT INTO sales_tender (id, sale_id, line_no, kind, amount, reference)
        SELECT epm_uuid7_beside(s.id, 100000 + t.line_no), s.id, t.line_no, t.kind, t.amount,
               coalesce(t.reference, '')
        FROM jsonb_populate_recordset(NULL::sales_tender, doc -> 'tenders') t
        RETURNING line_no, format(E'\nT|%s|%s|%s|%s', line_no, kind, amount, to_json(reference)) AS said
    )
    SELECT sold.recorded_at,
           sold.said || (SELECT string_agg(said, '' ORDER BY line_no) FROM lines)
           || coalesce((SELECT string_agg(said, '' ORDER BY line_no) FROM tenders), '')
    INTO recorded_at, content FROM sold;

    -- New cards first; then entries in the order of their accounts, as everybody books them.
    IF doc -> 'cards' <> 'null' THEN
        INSERT INTO sales_storedvalue (kind, code, currency, store_id, customer_id, issued_at)
        SELECT c.kind, c.code, s.currency, s.store_id, s.customer_id, s.sold_at
        FROM jsonb_to_recordset(doc -> 'cards') c (kind text, code text);
    END IF;
    IF doc -> 'entries' <> 'null' THEN
        INSERT INTO sales_storedvalueentry
            (posting, line_no, kind, account_id, amount, sale_id, store_id, occurred_at)
        SELECT s.id, e.line_no, e.kind, a.id, e.amount, s.id, s.store_id, s.sold_at
        FROM jsonb_to_recordset(doc -> 'entries') e (line_no integer, kind text, code text, amount numeric)
        JOIN sales_storedvalue a ON a.code = e.code
        ORDER BY a.id, e.line_no;
    END IF;
    IF doc -> 'overrides' <> 'null' THEN
        INSERT INTO sales_override (sale_id, line_no, register_id, kind, amount, reason_id, note, approved_by_id)
        SELECT s.id, o.line_no, s.register_id, o.kind, o.amount, o.reason_id, coalesce(o.note, ''),
               o.approved_by_id
        FROM jsonb_populate_recordset(NULL::sales_override, doc -> 'overrides') o ORDER BY o.line_no;
    END IF;
    IF doc ->> 'approval' IS NOT NULL THEN
        UPDATE sales_approval SET used_for_id = s.id
        WHERE id = (doc ->> 'approval')::uuid AND used_for_id IS NULL
          AND store_id = s.store_id AND expires_at > clock_timestamp();
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the approval was used, or its time is over'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_used_once';
        END IF;
    END IF;

    -- Last, for a till that waits for its own register only.
    SELECT * INTO STRICT chain FROM sales_registerchain
    WHERE register_id = s.register_id FOR NO KEY UPDATE;
    SELECT id, opened_at, business_date INTO open_since FROM sales_registersession
    WHERE id = chain.session_id;
    is_late := open_since.id IS NULL
               OR (s.sold_at < open_since.opened_at
                   AND (s.business_date <> open_since.business_date
                        OR offline AND EXISTS (SELECT FROM sales_registersession before
                                               WHERE before.register_id = s.register_id
                                                 AND before.business_date = s.business_date AND NOT before.is_late
                                                 AND before.state = 'closed' AND before.closing_at > s.sold_at)));
    IF open_since.id IS NULL AND NOT offline THEN
        RAISE EXCEPTION 'register % is not open', s.register_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_in_an_open_session';
    ELSIF NOT is_late THEN
        session := open_since.id;
    ELSE
        INSERT INTO sales_registersession (register_id, store_id, is_late, business_date, opened_at)
        VALUES (s.register_id, s.store_id, true, s.business_date, clock_timestamp())
        ON CONFLICT (register_id, business_date) WHERE is_late AND state <> 'closed' DO NOTHING;
        SELECT id INTO STRICT session FROM sales_registersession
        WHERE register_id = s.register_id AND business_date = s.business_date
          AND is_late AND state <> 'closed';
    END IF;
    sale := s.id;
    number := chain.number + 1;
    -- As sales_ticket_hash() says it.
    ticket_hash := sha256(convert_to(format(E'%s|%s|%s|%s|%s\n%s', encode(chain.last_hash, 'hex'),
        s.register_id, number, session, chain.grand_total + s.total_ttc, content), 'UTF8'));
    WITH gone_on AS (
        UPDATE sales_registerchain SET number = chain.number + 1, last_hash = ticket_hash,
            grand_total = chain.grand_total + s.total_ttc
        WHERE register_id = s.register_id)
    INSERT INTO sales_ticket (sale_id, register_id, session_id, number, uuid, digest, taxes, is_offline,
        told_at, discrepancies, grand_total, previous_hash, hash)
    VALUES (s.id, s.register_id, session, chain.number + 1, till_uuid, till_digest, doc -> 'taxes',
        offline, (doc ->> 'told_at')::timestamptz, nullif(doc -> 'discrepancies', 'null'),
        chain.grand_total + s.total_ttc, chain.last_hash, ticket_hash);
    outcome := 'written';
END;
$$;

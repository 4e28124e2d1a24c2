-- Proving the tickets by sets. Everything here only reads; `of_registers` NULL: of all registers.

-- What the hashes of tickets cover, of the sales from `first` to before `beyond` (keys sort by time):
-- the same text as sales_ticket_content() of ticket.v1.sql, for many at once. Lines and tenders are
-- found by their sale, wherever they lie. The formats are repeated here because PostgreSQL would
-- call those functions row by row, which takes several times as long; a test holds both together.
CREATE FUNCTION sales_ticket_contents(of_registers bigint[], first uuid, beyond uuid)
RETURNS TABLE (sale_id uuid, content text)
LANGUAGE sql STABLE AS $$
    SELECT s.id,
           format('S|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', s.id, s.store_id, s.register_id,
                  (extract(epoch FROM s.sold_at) * 1000000)::bigint, s.business_date - date '2000-01-01',
                  s.currency, s.total_ttc, s.total_ht, s.total_vat, s.cashier_id, s.customer_id,
                  s.is_pure_return) || lines.said || coalesce(tenders.said, '')
    FROM sales_sale s
    JOIN (
        SELECT l.sale_id, string_agg(
            format(E'\nL|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s', l.line_no, l.kind,
                   l.product_id, l.quantity, l.unit_price, l.gross_ttc, l.discount_shelf,
                   l.discount_loyalty, l.discount_coupon, l.discount_manual, l.net_ttc, l.net_ht,
                   l.vat, l.tax_rate, l.taxes, l.unit_cost, l.origin_line_id, l.disposition),
            '' ORDER BY l.line_no) AS said
        FROM sales_saleline l
        WHERE l.sale_id >= first AND l.sale_id < beyond
          AND l.sale_id IN (
              SELECT t.sale_id FROM sales_ticket t
              WHERE t.sale_id >= first AND t.sale_id < beyond
                AND (of_registers IS NULL OR t.register_id = ANY (of_registers)))
        GROUP BY l.sale_id
    ) lines ON lines.sale_id = s.id
    LEFT JOIN (
        SELECT p.sale_id, string_agg(
            format(E'\nT|%s|%s|%s|%s', p.line_no, p.kind, p.amount, to_json(p.reference)),
            '' ORDER BY p.line_no) AS said
        FROM sales_tender p
        WHERE p.sale_id >= first AND p.sale_id < beyond
        GROUP BY p.sale_id
    ) tenders ON tenders.sale_id = s.id
    WHERE s.id >= first AND s.id < beyond
$$;

-- The tickets whose hash is not that of what the ledger holds.
CREATE FUNCTION sales_broken_hashes(of_registers bigint[], first uuid, beyond uuid)
RETURNS TABLE (register_id bigint, number bigint, sale_id uuid)
LANGUAGE sql STABLE AS $$
    SELECT t.register_id, t.number, t.sale_id
    FROM sales_ticket t
    LEFT JOIN sales_ticket_contents(of_registers, first, beyond) told ON told.sale_id = t.sale_id
    WHERE t.sale_id >= first AND t.sale_id < beyond
      AND (of_registers IS NULL OR t.register_id = ANY (of_registers))
      AND t.hash IS DISTINCT FROM sales_ticket_hash(t.previous_hash, t.register_id, t.number,
                                                    t.session_id, t.grand_total, told.content)
$$;

-- The tickets that do not go on from the one before, and why: “missing” (the number has none),
-- “previous” (another hash before), “grand-total” (not the one before plus its total), “chain” (the
-- register's row ends elsewhere), “no-ticket” (a sale of a register without a number).
CREATE FUNCTION sales_broken_links(of_registers bigint[])
RETURNS TABLE (register_id bigint, number bigint, sale_id uuid, checks text[])
LANGUAGE sql STABLE AS $$
    SELECT w.register_id, w.number_before + 1, NULL::uuid, ARRAY['missing']
    FROM (
        SELECT t.register_id, t.number,
               lag(t.number, 1, 0::bigint) OVER (PARTITION BY t.register_id ORDER BY t.number)
                   AS number_before
        FROM sales_ticket t WHERE of_registers IS NULL OR t.register_id = ANY (of_registers)
    ) w WHERE w.number <> w.number_before + 1
    UNION ALL
    SELECT w.register_id, w.number, w.sale_id, array_remove(ARRAY[
               CASE WHEN w.previous_hash <> w.hash_before THEN 'previous' END,
               CASE WHEN w.grand_total IS DISTINCT FROM w.total_before + w.total_ttc
                    THEN 'grand-total' END], NULL)
    FROM (
        SELECT t.register_id, t.number, t.sale_id, t.previous_hash, t.grand_total, s.total_ttc,
               lag(t.hash, 1, ''::bytea) OVER walk AS hash_before,
               lag(t.grand_total, 1, 0::numeric) OVER walk AS total_before
        FROM sales_ticket t LEFT JOIN sales_sale s ON s.id = t.sale_id
        WHERE of_registers IS NULL OR t.register_id = ANY (of_registers)
        WINDOW walk AS (PARTITION BY t.register_id ORDER BY t.number)
    ) w
    WHERE w.previous_hash <> w.hash_before
       OR w.grand_total IS DISTINCT FROM w.total_before + w.total_ttc
    UNION ALL
    SELECT r.id, CASE WHEN c.number > l.number THEN l.number + 1 ELSE l.number END,
           CASE WHEN c.number > l.number THEN NULL ELSE l.sale_id END,
           ARRAY[CASE WHEN c.number > l.number THEN 'missing' ELSE 'chain' END]
    FROM sales_cashregister r
    LEFT JOIN sales_registerchain c ON c.register_id = r.id
    LEFT JOIN LATERAL (
        SELECT t.number, t.hash, t.grand_total, t.sale_id FROM sales_ticket t
        WHERE t.register_id = r.id ORDER BY t.number DESC LIMIT 1
    ) last ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(last.number, 0) AS number, coalesce(last.hash, '') AS hash,
               coalesce(last.grand_total, 0) AS grand_total, last.sale_id
    ) l
    WHERE (of_registers IS NULL OR r.id = ANY (of_registers))
      AND (c.number, c.last_hash, c.grand_total)
          IS DISTINCT FROM (l.number, l.hash, l.grand_total)
    UNION ALL
    SELECT s.register_id, NULL, s.id, ARRAY['no-ticket']
    FROM sales_sale s
    WHERE s.register_id IS NOT NULL
      AND (of_registers IS NULL OR s.register_id = ANY (of_registers))
      AND NOT EXISTS (SELECT FROM sales_ticket t WHERE t.sale_id = s.id)
$$;

-- What the days of a month weigh by last year's weekdays, and whose they are: the store's own, else
-- those of its region, else of the chain (stores of its kind and currency), else none, and every
-- open day weighs the same. Days on which the store is closed weigh 0; weights are NULL when it is
-- closed on all of them. A weekday weighs its share of a week in percent.
--
-- Day d is compared with day d - 364, which is of the same weekday. A weekday's sales are the mean
-- of the store days that could have had some: those from the store's first sale to its last, without
-- its closures. A profile is known when each weekday has such a day and something was sold at all.
-- Net sales excl. tax of goods; a weekday on which more came back than was sold weighs nothing.
CREATE FUNCTION sales_last_year_weights(of_store bigint, of_month date)
RETURNS TABLE (weights numeric[], profile text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    store organization_store := (SELECT s FROM organization_store s WHERE s.id = of_store);
    first_day date := of_month - 364;
    last_day date := (of_month + interval '1 month' - interval '1 day')::date - 364;
    is_open boolean[] := (
        SELECT array_agg(
            day >= coalesce(store.opened_on, day) AND day <= coalesce(store.closed_on, day)
            AND NOT EXISTS (SELECT FROM organization_storeclosure c
                            WHERE c.store_id = of_store AND day BETWEEN c.first_day AND c.last_day)
            ORDER BY day)
        FROM (SELECT generate_series(of_month, last_day + 364, interval '1 day')::date AS day) d);
    peers bigint[];
    mean numeric[];
BEGIN
    FOREACH profile IN ARRAY ARRAY['store', 'region', 'chain'] LOOP
        peers := (SELECT array_agg(s.id) FROM organization_store s
                  WHERE CASE profile
                        WHEN 'store' THEN s.id = store.id
                        WHEN 'region' THEN s.region_id = store.region_id
                        ELSE true END
                    AND s.kind = store.kind AND s.currency = store.currency);
        SELECT array_agg(w.mean ORDER BY w.weekday) INTO mean
        FROM (
            SELECT extract(isodow FROM d.day) AS weekday,
                   greatest(coalesce(sum(sold.net_ht), 0) / count(*), 0) AS mean
            FROM (
                SELECT s.id AS store_id, each::date AS day
                FROM organization_store s
                CROSS JOIN LATERAL (SELECT business_date FROM sales_sale WHERE store_id = s.id
                                    ORDER BY business_date LIMIT 1) first
                CROSS JOIN LATERAL (SELECT business_date FROM sales_sale WHERE store_id = s.id
                                    ORDER BY business_date DESC LIMIT 1) last
                CROSS JOIN LATERAL generate_series(
                    greatest(first_day, first.business_date),
                    least(last_day, last.business_date), interval '1 day') each
                WHERE s.id = ANY (peers)
                  AND NOT EXISTS (SELECT FROM organization_storeclosure c
                                  WHERE c.store_id = s.id
                                    AND each::date BETWEEN c.first_day AND c.last_day)
            ) d
            LEFT JOIN (
                SELECT l.store_id, l.business_date AS day, sum(l.net_ht) AS net_ht
                FROM sales_saleline l
                WHERE l.kind = 'item' AND l.store_id = ANY (peers)
                  AND l.business_date BETWEEN first_day AND last_day
                  -- Where keys of these business days lie: the other months are not opened.
                  AND l.id >= epm_uuid7_floor(first_day::timestamp AT TIME ZONE 'UTC' - interval '14 hours')
                  AND l.id < epm_uuid7_floor(last_day::timestamp AT TIME ZONE 'UTC' + interval '59 hours')
                GROUP BY 1, 2
            ) sold USING (store_id, day)
            GROUP BY 1
        ) w;
        IF cardinality(mean) = 7 THEN
            weights := (
                SELECT array_agg(
                    CASE WHEN o.open THEN round(100 * mean[extract(isodow FROM of_month + (o.n::integer - 1))::integer]
                                                / nullif((SELECT sum(m) FROM unnest(mean) m), 0), 6)
                         ELSE 0 END ORDER BY o.n)
                FROM unnest(is_open) WITH ORDINALITY AS o (open, n));
            IF (SELECT sum(w) FROM unnest(weights) w) > 0 THEN
                RETURN NEXT;
                RETURN;
            END IF;
        END IF;
    END LOOP;
    profile := 'none';
    weights := CASE WHEN true = ANY (is_open)
                    THEN (SELECT array_agg(o.open::integer::numeric ORDER BY o.n)
                          FROM unnest(is_open) WITH ORDINALITY AS o (open, n)) END;
    RETURN NEXT;
END;
$$;

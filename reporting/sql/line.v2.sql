-- What one line of the ledger adds to each sum. Facts, reads between refreshes and questions by
-- category or product all add up these columns: the only place that says what counts as what.
--
-- Goods only: fees, tips, cash rounding and gift cards sold stay outside, and a ticket of those alone
-- has no line here: it is no transaction. NULL adds nothing.
-- A line is on the return side when its quantity is negative, or zero with a negative amount. A
-- correction carries the negated amounts of the line it corrects and takes them from the same side.
-- Discounts are those of goods sold; what is returned was already net of them.
CREATE FUNCTION reporting_ht(ttc numeric, rate numeric, places integer) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN rate = 0 THEN ttc ELSE round(ttc / (1 + rate), places) END
$$;

CREATE VIEW reporting_line AS
SELECT
    l.id, l.sale_id, l.store_id, l.business_date AS day, l.product_id, l.category_id, l.is_piece,
    l.net_ht,
    CASE WHEN side.returned THEN -l.net_ht END AS returned_ht,
    CASE WHEN l.discount_shelf <> 0 AND NOT side.returned
         THEN reporting_ht(l.discount_shelf, l.tax_rate, epm_currency_exponent(s.currency)) END AS shelf_ht,
    CASE WHEN l.discount_loyalty <> 0 AND NOT side.returned
         THEN reporting_ht(l.discount_loyalty, l.tax_rate, epm_currency_exponent(s.currency)) END AS loyalty_ht,
    CASE WHEN l.discount_coupon <> 0 AND NOT side.returned
         THEN reporting_ht(l.discount_coupon, l.tax_rate, epm_currency_exponent(s.currency)) END AS coupon_ht,
    CASE WHEN l.discount_manual <> 0 AND NOT side.returned
         THEN reporting_ht(l.discount_manual, l.tax_rate, epm_currency_exponent(s.currency)) END AS manual_ht,
    l.net_ttc,
    CASE WHEN side.returned THEN -l.net_ttc END AS returned_ttc,
    CASE WHEN l.discount_shelf <> 0 AND NOT side.returned THEN l.discount_shelf END AS shelf_ttc,
    CASE WHEN l.discount_loyalty <> 0 AND NOT side.returned THEN l.discount_loyalty END AS loyalty_ttc,
    CASE WHEN l.discount_coupon <> 0 AND NOT side.returned THEN l.discount_coupon END AS coupon_ttc,
    CASE WHEN l.discount_manual <> 0 AND NOT side.returned THEN l.discount_manual END AS manual_ttc,
    CASE WHEN l.is_piece THEN l.quantity END AS units,
    CASE WHEN l.is_piece AND side.returned THEN -l.quantity END AS returned_units,
    CASE WHEN NOT l.is_piece THEN l.net_ht END AS loose_ht,
    CASE WHEN l.unit_cost IS NULL THEN NULL WHEN l.is_correction THEN -1 ELSE 1 END AS covered_lines,
    CASE WHEN l.unit_cost IS NOT NULL THEN l.net_ht END AS covered_ht,
    l.quantity * l.unit_cost AS cost
FROM sales_saleline l
LEFT JOIN organization_store s ON s.id = l.store_id  -- left: left out where no rounding asks for it
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.quantity > 0 THEN l.is_correction
                WHEN l.quantity < 0 THEN NOT l.is_correction
                WHEN l.is_correction THEN l.net_ttc > 0
                ELSE l.net_ttc < 0 END AS returned
) side
WHERE l.kind = 'item';

-- Tickets that count: not those that only bring goods back. A correction takes its ticket away.
CREATE VIEW reporting_ticket AS
SELECT id AS sale_id, store_id, business_date AS day, customer_id,
       CASE WHEN is_correction THEN -1 ELSE 1 END AS transactions
FROM sales_sale
WHERE NOT is_pure_return;

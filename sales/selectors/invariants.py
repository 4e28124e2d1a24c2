"""What must always be true of the sales ledger."""

from typing import Final

from epm.platform.invariants import Invariant

# The first 48 bits of a key are the milliseconds of `sold_at`.
_KEY_OF_ANOTHER_TIME: Final = """
    left(replace(id::text, '-', ''), 12)
    <> lpad(to_hex(floor(extract(epoch FROM sold_at) * 1000)::bigint), 12, '0')
"""

INVARIANTS: Final = (
    Invariant(
        "sales/totals",
        "The lines of a sale sum to its totals.",
        """
        SELECT s.id::text, format('total %s, lines %s', s.total_ttc, coalesce(l.ttc, 0))
        FROM sales_sale s
        LEFT JOIN (
            SELECT sale_id, sum(net_ttc) AS ttc, sum(net_ht) AS ht, sum(vat) AS vat
            FROM sales_saleline GROUP BY sale_id
        ) l ON l.sale_id = s.id
        WHERE (s.total_ttc, s.total_ht, s.total_vat)
              IS DISTINCT FROM (coalesce(l.ttc, 0), coalesce(l.ht, 0), coalesce(l.vat, 0))
        """,
    ),
    Invariant(
        "sales/lines-repeat-their-sale",
        "A line repeats the store, time, business date and correction mark of its sale.",
        """
        SELECT l.id::text, 'differs from its sale ' || s.id
        FROM sales_saleline l JOIN sales_sale s ON s.id = l.sale_id
        WHERE (l.store_id, l.sold_at, l.business_date, l.is_correction)
              <> (s.store_id, s.sold_at, s.business_date, s.is_correction)
        """,
    ),
    Invariant(
        "sales/keys-carry-the-time",
        "The key of a sale and of a line carries its time, to the millisecond.",
        f"""
        SELECT id::text, 'sold at ' || sold_at FROM sales_sale WHERE {_KEY_OF_ANOTHER_TIME}
        UNION ALL
        SELECT id::text, 'sold at ' || sold_at FROM sales_saleline WHERE {_KEY_OF_ANOTHER_TIME}
        """,  # noqa: S608
    ),
    Invariant(
        "sales/business-date-window",
        "A business date lies within 14 hours before to 59 hours after its own UTC midnight.",
        """
        SELECT id::text, format('sold at %s, business date %s', sold_at, business_date)
        FROM sales_sale
        WHERE sold_at < (business_date::timestamp AT TIME ZONE 'UTC') - interval '14 hours'
           OR sold_at >= (business_date::timestamp AT TIME ZONE 'UTC') + interval '59 hours'
        """,
    ),
    Invariant(
        "sales/currency",
        "A sale is in the currency of its store.",
        """
        SELECT s.id::text, format('%s in a store of %s', s.currency, o.currency)
        FROM sales_sale s JOIN organization_store o ON o.id = s.store_id
        WHERE s.currency <> o.currency
        """,
    ),
    Invariant(
        "sales/pure-returns",
        "A sale is marked a pure return when all its goods come back, and only then.",
        """
        SELECT s.id::text,
               CASE WHEN s.is_pure_return THEN 'sells goods' ELSE 'only returns goods' END
        FROM sales_sale s
        LEFT JOIN (
            SELECT sale_id, bool_and(
                CASE WHEN is_correction THEN quantity > 0 ELSE quantity < 0 END) AS returned
            FROM sales_saleline WHERE kind = 'item' GROUP BY sale_id
        ) l ON l.sale_id = s.id
        WHERE s.is_pure_return <> coalesce(l.returned, false)
        """,
    ),
    Invariant(
        "sales/corrections",
        "A correction takes away exactly what it corrects, where it stood.",
        """
        SELECT c.id::text, 'does not mirror ' || o.id
        FROM sales_sale c JOIN sales_sale o ON o.id = c.corrects_id
        WHERE (c.total_ttc, c.total_ht, c.total_vat) <> (-o.total_ttc, -o.total_ht, -o.total_vat)
           OR (c.store_id, c.business_date, c.currency, c.is_pure_return)
              <> (o.store_id, o.business_date, o.currency, o.is_pure_return)
           OR o.is_correction
        """,
    ),
    Invariant(
        "sales/target-days",
        "The day targets of a month sum to it.",
        """
        SELECT format('%s %s', o.code, t.month),
               format('target %s, days %s', t.amount, coalesce(d.amount, 0))
        FROM sales_storetarget t
        JOIN organization_store o ON o.id = t.store_id
        LEFT JOIN (
            SELECT target_id, sum(amount) AS amount FROM sales_storedaytarget GROUP BY target_id
        ) d ON d.target_id = t.id
        WHERE t.amount IS DISTINCT FROM coalesce(d.amount, 0)
        """,
    ),
)

"""What must always be true of gift cards and store credit."""

from typing import Final

from epm.platform.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "sales/stored-value-balances",
        "The balance of a card is the sum of its entries, and its number that of the last one.",
        """
        SELECT a.id::text, format('balance %s after %s entries, the ledger says %s after %s',
                                  a.balance, a.position, coalesce(e.amount, 0), coalesce(e.last, 0))
        FROM sales_storedvalue a
        LEFT JOIN (
            SELECT account_id, sum(amount) AS amount, max(position) AS last
            FROM sales_storedvalueentry GROUP BY account_id
        ) e ON e.account_id = a.id
        WHERE (a.balance, a.position) <> (coalesce(e.amount, 0), coalesce(e.last, 0))
        UNION ALL
        SELECT e.id::text, 'is of no account' FROM sales_storedvalueentry e
        WHERE NOT EXISTS (SELECT FROM sales_storedvalue a WHERE a.id = e.account_id)
        """,
    ),
    Invariant(
        "sales/stored-value-positions",
        "The entries of a card are numbered without a gap; each says what was left after it.",
        """
        SELECT id::text, format('number %s after %s, left %s after %s and %s',
                                position, before, balance, was, amount)
        FROM (
            SELECT id, position, balance, amount,
                   lag(position, 1, 0::bigint) OVER w AS before,
                   lag(balance, 1, 0::numeric) OVER w AS was
            FROM sales_storedvalueentry WINDOW w AS (PARTITION BY account_id ORDER BY position)
        ) entries
        WHERE position <> before + 1 OR balance <> was + amount
        """,
    ),
    Invariant(
        "sales/stored-value-not-negative",
        "No card ever held less than nothing.",
        """
        SELECT id::text, 'balance ' || balance FROM sales_storedvalue WHERE balance < 0
        UNION ALL
        SELECT id::text, 'left ' || balance FROM sales_storedvalueentry WHERE balance < 0
        """,
    ),
    Invariant(
        "sales/stored-value-currency",
        "Every entry of a card happened in a store of its currency.",
        """
        SELECT e.id::text, format('%s in a store of %s', a.currency, s.currency)
        FROM sales_storedvalueentry e
        JOIN sales_storedvalue a ON a.id = e.account_id
        JOIN organization_store s ON s.id = e.store_id
        WHERE s.currency <> a.currency
        """,
    ),
)

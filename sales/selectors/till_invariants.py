"""What must always be true of sessions and closings. The tickets' chain: ticket_invariants.py."""

from typing import Final

from epm.platform.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "sales/chain-knows-its-session",
        "A register sells into its session that is open, and into no other.",
        """
        SELECT format('register %s', c.register_id),
               format('sells into session %s; open is %s', c.session_id, r.id)
        FROM sales_registerchain c
        LEFT JOIN sales_registersession r
          ON r.register_id = c.register_id AND NOT r.is_late AND r.state = 'open'
        WHERE c.session_id IS DISTINCT FROM r.id
        """,
    ),
    Invariant(
        "sales/closing-comes-to-an-end",
        "No session has been closing for more than an hour.",
        """
        SELECT format('session %s', id),
               format('closing since %s: %s', closing_at, closing_failed)
        FROM sales_registersession
        WHERE state = 'closing' AND closing_at < now() - interval '1 hour'
        """,
    ),
    Invariant(
        "sales/closed-tickets-are-in-closed-sessions",
        "A ticket up to the last Z report of its register is in a session that is closed.",
        """
        SELECT format('register %s ticket %s', k.register_id, k.number),
               format('session %s is %s', r.id, r.state)
        FROM sales_registersession r
        JOIN sales_ticket k ON k.session_id = r.id AND k.register_id = r.register_id
        JOIN LATERAL (
            SELECT last_number FROM sales_closing
            WHERE register_id = r.register_id AND kind = 'session' ORDER BY number DESC LIMIT 1
        ) z ON k.number <= z.last_number
        WHERE r.state <> 'closed'
        """,
    ),
    Invariant(
        "sales/closing-is-its-tickets",
        "A closing is the sum of the tickets of its numbers.",
        """
        SELECT format('closing %s', c.id),
               format('%s tickets, %s; there are %s, %s', c.tickets, c.total_ttc, k.tickets, k.ttc)
        FROM sales_closing c
        CROSS JOIN LATERAL (
            SELECT count(*) AS tickets, coalesce(sum(s.total_ttc), 0) AS ttc,
                   coalesce(sum(s.total_ht), 0) AS ht, coalesce(sum(s.total_vat), 0) AS vat,
                   count(*) FILTER (WHERE r.is_late) AS late
            FROM sales_ticket t
            JOIN sales_sale s ON s.id = t.sale_id
            JOIN sales_registersession r ON r.id = t.session_id
            WHERE t.register_id = c.register_id
              AND t.number BETWEEN c.first_number AND c.last_number
        ) k
        WHERE (c.tickets, c.late_tickets, c.total_ttc, c.total_ht, c.total_vat)
              <> (k.tickets, k.late, k.ttc, k.ht, k.vat)
        """,
    ),
    Invariant(
        "sales/closings-go-on",
        "A closing goes on where the one before it of its kind ended, in numbers and grand total.",
        """
        SELECT format('closing %s', id),
               format('number %s after %s, ticket %s after %s, grand total %s after %s and %s',
                      number, before, first_number, last_before, grand_total, grand_before,
                      total_ttc)
        FROM (
            SELECT *, coalesce(lag(number) OVER chain, 0) AS before,
                   coalesce(lag(last_number) OVER chain, 0) AS last_before,
                   coalesce(lag(grand_total) OVER chain, 0) AS grand_before
            FROM sales_closing
            WINDOW chain AS (PARTITION BY register_id, kind ORDER BY number)
        ) found
        WHERE number <> before + 1 OR first_number <> last_before + 1
           OR grand_total <> grand_before + total_ttc
        """,
    ),
    Invariant(
        "sales/closings-are-chained",
        "The hash of a closing covers the one before, its last ticket and every figure of it.",
        """
        SELECT format('closing %s', c.id), 'the hash does not fit what it says'
        FROM sales_closing c
        LEFT JOIN sales_closing b
          ON b.register_id = c.register_id AND b.kind = c.kind AND b.number = c.number - 1
        LEFT JOIN sales_ticket k ON k.register_id = c.register_id AND k.number = c.last_number
        WHERE c.previous_hash <> coalesce(b.hash, '')
           OR c.hash <> sales_closing_hash(c.previous_hash, coalesce(k.hash, ''),
                                           sales_closing_content(c))
        """,
    ),
    Invariant(
        "sales/drawer-is-what-went-through-it",
        "A Z report expects the float, the session's cash, and what was put in and taken out.",
        """
        SELECT format('closing %s', c.id),
               format('expects %s; there were %s, %s and %s', c.totals #>> '{expected,cash}',
                      r.opening_float, m.moved, p.cash)
        FROM sales_closing c
        JOIN sales_registersession r ON r.id = c.session_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS moved FROM sales_drawermovement
            WHERE session_id = r.id
        ) m
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(t.amount), 0) AS cash
            FROM sales_ticket k JOIN sales_tender t ON t.sale_id = k.sale_id AND t.kind = 'cash'
            WHERE k.register_id = c.register_id AND k.session_id = r.id
              AND k.number BETWEEN c.first_number AND c.last_number
        ) p
        WHERE (c.totals #>> '{expected,cash}')::numeric IS DISTINCT FROM
              r.opening_float + m.moved + p.cash
        """,
    ),
)

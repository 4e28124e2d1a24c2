"""What must always be true of the tickets: the cheap part of `manage.py verify_tickets`."""

from typing import Final

from epm.platform.invariants import Invariant

_REFERENCE: Final = """
    format('%s %s-%s', o.code, r.code, coalesce(lpad(b.number::text, 8, '0'), b.sale_id::text))
"""
_REGISTERS: Final = """
    JOIN sales_cashregister r ON r.id = b.register_id
    JOIN organization_store o ON o.id = r.store_id
"""

INVARIANTS: Final = (
    Invariant(
        "sales/tickets-chain",
        "A register's tickets have no gap, each goes on from the one before, to the chain's end.",
        f"""
        SELECT {_REFERENCE}, array_to_string(b.checks, ', ')
        FROM sales_broken_links(NULL) b {_REGISTERS}
        """,  # noqa: S608
    ),
    Invariant(
        "sales/tickets-content",
        "A ticket of the last 31 days is what was hashed; `verify_tickets` proves all of them.",
        f"""
        SELECT {_REFERENCE}, 'hash'
        FROM sales_broken_hashes(NULL, epm_uuid7_floor(now() - interval '31 days'),
                                 'ffffffff-ffff-ffff-ffff-ffffffffffff') b {_REGISTERS}
        """,  # noqa: S608
    ),
)

"""What the registers of a store are doing, and what was missing in their drawers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import connection

REGISTERS: Final = """
    SELECT r.id, r.code, r.name, r.is_active, n.state, n.business_date, n.opened_at
    FROM sales_cashregister r
    LEFT JOIN sales_registerchain c ON c.register_id = r.id
    LEFT JOIN sales_registersession n ON n.id = c.session_id
    WHERE r.store_id = %(store)s
    ORDER BY r.code
"""
# Cash counted, less the float, what went in and out of the drawer, and the cash of the tickets.
# A session that was not counted, or is not closed, is not known.
VARIANCES: Final = """
    SELECT n.register_id, n.business_date,
           CASE WHEN bool_and(n.counted ->> 'cash' IS NOT NULL) THEN
               sum((n.counted ->> 'cash')::numeric - n.opening_float - moved.amount - paid.amount)
           END
    FROM sales_registersession n
    JOIN sales_closing z ON z.session_id = n.id
    CROSS JOIN LATERAL (SELECT coalesce(sum(m.amount), 0) AS amount
                        FROM sales_drawermovement m WHERE m.session_id = n.id) moved
    CROSS JOIN LATERAL (SELECT coalesce(sum(p.amount), 0) AS amount
                        FROM sales_ticket t JOIN sales_tender p ON p.sale_id = t.sale_id
                        WHERE t.session_id = n.id AND p.kind = 'cash') paid
    WHERE n.register_id = ANY (%(registers)s) AND NOT n.is_late
      AND n.business_date BETWEEN %(start)s AND %(end)s
    GROUP BY n.register_id, n.business_date
"""


@dataclass(frozen=True, slots=True)
class Register:
    """A register and its open session; `state` None: it has none."""

    id: int
    code: str
    name: str
    is_active: bool
    state: str | None
    business_date: date | None
    opened_at: datetime | None


def registers_of(store_id: int) -> list[Register]:
    """One query. Whether one may see the store is for the caller."""
    with connection.cursor() as cursor:
        cursor.execute(REGISTERS, {"store": store_id})
        return [Register(*row) for row in cursor.fetchall()]


def cash_variances(
    registers: Sequence[int], *, start: date, end: date
) -> dict[tuple[int, date], Decimal | None]:
    """Counted less expected cash of the Z reports by register and business day, in the store's
    currency; None where one was not counted. A day without a Z report has no entry."""
    with connection.cursor() as cursor:
        cursor.execute(VARIANCES, {"registers": list(registers), "start": start, "end": end})
        return {(register, day): amount for register, day, amount in cursor.fetchall()}

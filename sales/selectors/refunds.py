"""What has been taken back already that counts towards a cashier's limit."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

# Of the same tickets, whoever took it back and whenever: their lines are no way to split a refund.
OF_TICKETS: Final = """
    SELECT coalesce(-sum(b.net_ttc), 0)
    FROM sales_saleline l JOIN sales_saleline b ON b.origin_line_id = l.id
    WHERE l.sale_id = ANY (%(sales)s) AND NOT b.is_correction
"""
# Without a receipt there is no ticket to count by, so it is by who served, that day. Nobody named:
# by the register.
WITHOUT_RECEIPT: Final = """
    SELECT coalesce(sum(o.amount), 0)
    FROM sales_sale s JOIN sales_override o ON o.sale_id = s.id AND o.kind = 'no_receipt'
    WHERE s.store_id = %(store)s AND s.business_date = %(on)s AND o.approved_by_id IS NULL
      AND CASE WHEN %(cashier)s::bigint IS NULL
               THEN s.cashier_id IS NULL AND s.register_id = %(register)s
               ELSE s.cashier_id = %(cashier)s END
"""


def back_of(sale_ids: Collection[UUID]) -> Decimal:
    """What goods of these sales that came back were worth, incl. tax, in their currency."""
    return _asked(OF_TICKETS, {"sales": list(sale_ids)})


def back_without_receipt(
    *, store_id: int, register_id: int, cashier_id: int | None, on: date
) -> Decimal:
    """What came back without a receipt on a business day that nobody approved, incl. tax."""
    words = {"store": store_id, "register": register_id, "cashier": cashier_id, "on": on}
    return _asked(WITHOUT_RECEIPT, words)


def _asked(statement: str, words: dict[str, Any]) -> Decimal:
    with connection.cursor() as cursor:
        cursor.execute(statement, words)
        return Decimal(cursor.fetchone()[0])

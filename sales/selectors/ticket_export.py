"""The tickets of a register as a file that proves itself: scripts/verify_tickets.py reads it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
from django.db import connection

from sales.models import CashRegister

FORMAT: Final = "epm-tickets"
VERSION: Final = 1
AT_ONCE: Final = 5_000
"""Tickets read by one statement: a few megabytes, whatever the file comes to."""

# Numbers from the first to the last ticket of these days: what came late lies among them, of
# whatever day it is, so that a file has no gap.
RANGE: Final = """
    SELECT min(t.number), max(t.number)
    FROM sales_ticket t JOIN sales_sale s ON s.id = t.sale_id
    WHERE t.register_id = %(register)s
      AND (%(start)s::date IS NULL OR s.business_date >= %(start)s::date)
      AND (%(end)s::date IS NULL OR s.business_date <= %(end)s::date)
"""
COUNT: Final = """
    SELECT count(*) FROM sales_ticket
    WHERE register_id = %(register)s AND number BETWEEN %(first)s AND %(last)s
"""
TICKETS: Final = """
    SELECT number, session_id, encode(previous_hash, 'hex'), encode(hash, 'hex'),
           grand_total::text, sales_ticket_content(sale_id)
    FROM sales_ticket
    WHERE register_id = %(register)s AND number > %(after)s AND number <= %(last)s
    ORDER BY number LIMIT %(many)s
"""


@dataclass(frozen=True, slots=True)
class Export:
    """Tickets `first` to `last` of a register; `count` of them. Both 0 where there are none."""

    register: CashRegister
    start: date | None
    end: date | None
    first: int
    last: int
    count: int

    def lines(self, *, now: datetime) -> Iterator[bytes]:
        """The header, then a ticket a line, by number."""
        yield _line(self._header(now))
        after = self.first - 1
        while rows := _rows(
            TICKETS,
            {"register": self.register.pk, "after": after, "last": self.last, "many": AT_ONCE},
        ):
            for number, session, previous, digest, grand_total, content in rows:
                yield _line(
                    {
                        "register": self.register.pk,
                        "number": number,
                        "session": session,
                        "previous_hash": previous,
                        "hash": digest,
                        "grand_total": grand_total,
                        "content": content,
                    }
                )
            after = rows[-1][0]

    def _header(self, now: datetime) -> dict[str, Any]:
        """What the file is, and the hash of just that: so a changed byte of it shows too."""
        header = {
            "format": FORMAT,
            "version": VERSION,
            "store": self.register.store.code,
            "register": {"id": self.register.pk, "code": self.register.code},
            "created": now.isoformat(),
            "from": self.start and self.start.isoformat(),
            "to": self.end and self.end.isoformat(),
            "first": self.first,
            "last": self.last,
            "count": self.count,
        }
        return header | {"sha256": hashlib.sha256(_line(header)).hexdigest()}


def export_of(register: CashRegister, *, start: date | None, end: date | None) -> Export:
    """The tickets from the first to the last of the business days start..end (None: open)."""
    words = {"register": register.pk, "start": start, "end": end}
    ((first, last),) = _rows(RANGE, words)
    if first is None:
        return Export(register, start, end, 0, 0, 0)
    ((count,),) = _rows(COUNT, words | {"first": first, "last": last})
    return Export(register, start, end, first, last, count)


def _rows(statement: str, words: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, words)
        return list(cursor.fetchall())


def _line(told: dict[str, Any]) -> bytes:
    """In the one spelling that the verifier accepts."""
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)

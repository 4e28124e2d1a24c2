"""Are tickets what they were when they were numbered? Of each register, the first that is not."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from sales.models import Ticket

AT_ONCE: Final = 20_000
"""Tickets hashed by one statement: a second or two, some tens of megabytes."""
FIRST: Final = UUID(int=0)
BEYOND: Final = UUID(int=2**128 - 1)
CHECKS: Final = ("missing", "previous", "grand-total", "hash", "chain", "no-ticket")
"""What may be wrong with a ticket, said in sales/sql/ticket_proof.v1.sql and docs/fiscal.md."""

# The lowest number of each register at which something is wrong; sales without a number come last.
LINKS: Final = """
    SELECT register_id, number, sale_id, checks FROM (
        SELECT *, rank() OVER (PARTITION BY register_id ORDER BY number, sale_id) AS place
        FROM sales_broken_links(%(registers)s::bigint[])
    ) broken WHERE place = 1
"""
HASHES: Final = """
    SELECT DISTINCT ON (register_id) register_id, number, sale_id, ARRAY['hash']
    FROM sales_broken_hashes(%(registers)s::bigint[], %(first)s::uuid, %(beyond)s::uuid)
    ORDER BY register_id, number
"""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first ticket of a register that is not as it was written, and the checks it fails.

    `sale_id` None: there is no ticket of this number. `number` None: a sale without a ticket.
    """

    register_id: int
    number: int | None
    sale_id: UUID | None
    checks: Sequence[str]

    @property
    def place(self) -> tuple[bool, int]:
        return self.number is None, self.number or 0


def count_of(registers: Sequence[int]) -> int:
    return Ticket.objects.filter(register__in=registers).count()


def first_broken(
    registers: Sequence[int], *, proved: Callable[[int], object] = lambda _many: None
) -> dict[int, Broken]:
    """The first ticket that is wrong, of those registers that have one.

    Links, numbers and grand totals of all of them by one statement, then every hash from the
    ledger, some 20,000 tickets at a time in their order of time; `proved` is told how many.
    """
    found: dict[int, Broken] = {}
    _note(found, LINKS, {"registers": list(registers)})
    for first, beyond, many in _windows(registers):
        _note(found, HASHES, {"registers": list(registers), "first": first, "beyond": beyond})
        proved(many)
    return found


def _note(found: dict[int, Broken], statement: str, words: dict[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Sets are met as sets: a plan that asks for each ticket takes a thousand times as long, and
        # is chosen where the planner takes 20,000 of them for two.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(statement, words)
        rows = [Broken(*row) for row in cursor.fetchall()]
    for row in rows:
        known = found.get(row.register_id)
        if known is not None and known.place == row.place:
            checks = {*known.checks, *row.checks}
            found[row.register_id] = Broken(
                row.register_id,
                row.number,
                known.sale_id or row.sale_id,
                [check for check in CHECKS if check in checks],
            )
        elif known is None or row.place < known.place:
            found[row.register_id] = row


def _windows(registers: Sequence[int]) -> Iterator[tuple[UUID, UUID, int]]:
    """Keys [first, beyond) that hold so many tickets of these registers."""
    tickets = Ticket.objects.filter(register__in=registers).order_by("sale_id")
    keys = tickets.values_list("sale_id", flat=True)
    first = FIRST
    while True:
        here = keys.filter(sale_id__gte=first)
        beyond = here[AT_ONCE : AT_ONCE + 1].first()
        if beyond is None:
            yield first, BEYOND, here.count()
            return
        yield first, beyond, AT_ONCE
        first = beyond

"""A hold over the API in one statement: sql/hold_once.v1.sql.

What `WriteEndpoint.done` does in four, with as many round trips during which nobody else could have
the product. Whatever is not plain goes its way.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from epm.platform import idempotency
from epm.platform.idempotency import Asked, Reply
from inventory.services.reservations import Wanted
from inventory.services.stock_refusals import refused_by_law

ENDS: Final = "$ends"
"""Stands in the answer for the moment that only the database knows."""
HOLD: Final = """
    SELECT outcome, status, headers, body
    FROM inventory_hold_once(%s, %s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s::numeric[],
                             %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """A basket to be held, for so many seconds, by who may hold `quota` lines at once."""

    basket: UUID
    store_id: int
    lines: Sequence[Wanted]
    seconds: int
    quota: int | None


def hold_once(
    asked: Asked, wish: Wish, *, answer: str, headers: Mapping[str, str]
) -> tuple[Reply, bool] | None:
    """The answer, and whether it was given before; None when the very basket was held before.

    `asked.principal` is who holds it. Raise what the claim and `reservations.hold` raise.
    """
    values = [
        *(asked.principal, asked.route, asked.key, asked.digest, asked.actor, asked.door),
        *(wish.basket, wish.store_id),
        [line.product_id for line in wish.lines],
        [line.quantity for line in wish.lines],
        *(wish.seconds, wish.quota, answer, asked.kept(headers)),
    ]
    alone = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with idempotency.claimed_once(), alone, refused_by_law(), connection.cursor() as cursor:
        cursor.execute(HOLD, values)
        outcome, status, kept, body = cursor.fetchone()
    if outcome == "standing":
        return None
    known = idempotency.answered(asked, outcome, status, kept, body)
    return (known, True) if known else (Reply(status, headers, bytes(body)), False)

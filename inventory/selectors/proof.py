"""Is the stock what its movements say? Each level, and where it is not, the first bad row."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

# One pass over the ledger, no sort. Where every movement continues the balance before it,
# Σ balance + Σ quantity·position = (n + 1)·Σ quantity: two wrong rows that cancel out in the sum
# of quantities do not in this one.
BROKEN: Final = """
    SELECT l.id, l.store_id, l.product_id
    FROM inventory_stocklevel l
    LEFT JOIN (
        SELECT store_id, product_id, count(*) AS movements, max(position) AS last,
               sum(quantity) AS quantity, sum(quantity * position) AS weighted,
               sum(balance) AS balances, sum(value) AS value, sum(costed) AS costed,
               sum(blocked) AS blocked
        FROM inventory_stockmovement WHERE {movements} GROUP BY store_id, product_id
    ) m USING (store_id, product_id)
    LEFT JOIN (
        SELECT store_id, product_id, sum(quantity - consumed) AS reserved
        FROM inventory_reservation WHERE state IN ('active', 'committed') AND {movements}
        GROUP BY store_id, product_id
    ) r USING (store_id, product_id)
    WHERE {levels} AND (
        (l.on_hand, l.value, l.costed, l.unavailable, l.position, l.position)
        <> (coalesce(m.quantity, 0), coalesce(m.value, 0), coalesce(m.costed, 0),
            coalesce(m.blocked, 0), coalesce(m.movements, 0), coalesce(m.last, 0))
        OR m.balances + m.weighted <> (m.movements + 1) * m.quantity
        OR l.reserved <> coalesce(r.reserved, 0)
        OR l.shortfall <> greatest(0, l.reserved + l.unavailable - l.on_hand))
"""
# The movements of one level in their order, each with what it should continue.
FIRST_BAD: Final = """
    SELECT id, position, wrong FROM (
        SELECT id, position, CASE
            WHEN position <> row_number() OVER walk THEN format(
                'is number %%s, should be %%s', position, row_number() OVER walk)
            WHEN balance <> coalesce(lag(balance) OVER walk, 0) + quantity THEN format(
                'balance %%s, should be %%s', balance,
                coalesce(lag(balance) OVER walk, 0) + quantity)
            END AS wrong
        FROM inventory_stockmovement
        WHERE store_id = {store} AND product_id = {product}
        WINDOW walk AS (ORDER BY position)
    ) walked WHERE wrong IS NOT NULL ORDER BY position LIMIT 1
"""
ONE: Final = """
    SELECT l.on_hand, l.value, l.reserved, l.unavailable, m.quantity, m.value, m.movements,
           opening.quantity, r.reserved,
           EXISTS (SELECT FROM ({broken}) broken), bad.id, bad.position, bad.wrong
    FROM inventory_stocklevel l
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(quantity), 0) AS quantity, coalesce(sum(value), 0) AS value,
               count(*) AS movements
        FROM inventory_stockmovement
        WHERE store_id = l.store_id AND product_id = l.product_id
    ) m
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(quantity), 0) AS quantity FROM inventory_stockmovement
        WHERE store_id = l.store_id AND product_id = l.product_id AND kind = 'opening'
    ) opening
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(quantity - consumed), 0) AS reserved FROM inventory_reservation
        WHERE store_id = l.store_id AND product_id = l.product_id
          AND state IN ('active', 'committed')
    ) r
    LEFT JOIN LATERAL ({first_bad}) bad ON true
    WHERE l.store_id = %(store)s AND l.product_id = %(product)s
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """opening + Σ other movements = on_hand, and what is wrong where it is not.

    Quantities in the product's unit, values excl. tax in the store's currency. `bad_id` is the
    first movement that does not continue the one before it; None when the movements are sound and
    only the level differs.
    """

    on_hand: Decimal
    value: Decimal
    reserved: Decimal
    unavailable: Decimal
    sum_quantity: Decimal
    sum_value: Decimal
    movements: int
    opening: Decimal
    sum_reserved: Decimal
    differs: bool
    bad_id: UUID | None
    bad_position: int | None
    wrong: str | None

    @property
    def holds(self) -> bool:
        return not self.differs and self.bad_id is None


def prove(*, store_id: int, product_id: int) -> Proof | None:
    """Whether this level is the sum of its movements; None when there is no such level."""
    statement = ONE.format(
        broken=BROKEN.format(
            movements="store_id = %(store)s AND product_id = %(product)s",
            levels="l.store_id = %(store)s AND l.product_id = %(product)s",
        ),
        first_bad=FIRST_BAD.format(store="l.store_id", product="l.product_id"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"store": store_id, "product": product_id})
        row = cursor.fetchone()
    return Proof(*row) if row else None


def broken_levels(
    *, store_id: int | None = None, product_id: int | None = None
) -> list[tuple[int, int, int]]:
    """Every level (of that store, of that product) that is not the sum of its movements: its id,
    store, product."""
    given = {"store_id": store_id, "product_id": product_id}
    asked = {name: key for name, key in given.items() if key is not None}
    movements = " AND ".join(f"{name} = %({name})s" for name in asked) or "true"
    levels = " AND ".join(f"l.{name} = %({name})s" for name in asked) or "true"
    with connection.cursor() as cursor:
        cursor.execute(BROKEN.format(movements=movements, levels=levels), asked)
        return list(cursor.fetchall())

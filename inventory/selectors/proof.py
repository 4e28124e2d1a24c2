"""Is the stock what its movements say? Each level, and where it is not, the first bad row."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection

# One pass over the whole ledger, nothing grouped or sorted. Each movement takes its level from one
# moment to the next; the marks of all moments but the first and last of each level cancel out,
# unless a row was changed, taken out or put in. (A mark has 64 bits: a wrong ledger passes for a
# sound one once in 10^19.)
SOUND: Final = """
    SELECT m.marks = l.marks AND m.movements = l.movements AND m.costed = l.costed
    FROM (
        SELECT coalesce(bit_xor(mark), 0) AS marks, count(*) AS movements,
               coalesce(sum(costed), 0) AS costed
        FROM inventory_stockmovement
    ) m, (
        SELECT coalesce(bit_xor(inventory_mark_of_all(store_id, product_id, 1, 0, 0)
                       # inventory_mark_of_all(store_id, product_id, position + 1, on_hand,
                                               value)), 0) AS marks,
               coalesce(sum(position), 0) AS movements, coalesce(sum(costed), 0) AS costed
        FROM inventory_stocklevel
    ) l
"""
# Level by level: which do not begin at nothing, go on without a gap and end where the level is.
# Also movements whose level is gone.
UNEQUAL: Final = """
    SELECT l.id, store_id, product_id
    FROM (SELECT * FROM inventory_stocklevel WHERE {movements}) l
    FULL JOIN (
        SELECT store_id, product_id, count(*) AS movements, sum(quantity) AS quantity,
               sum(value) AS value, sum(costed) AS costed, bit_xor(mark) AS marks
        FROM inventory_stockmovement WHERE {movements} GROUP BY store_id, product_id
    ) m USING (store_id, product_id)
    WHERE (l.on_hand, l.value, l.costed, l.position)
        IS DISTINCT FROM (coalesce(m.quantity, 0), coalesce(m.value, 0), coalesce(m.costed, 0),
                          coalesce(m.movements, 0))
       OR m.marks <> inventory_mark_of_all(store_id, product_id, 1, 0, 0)
           # inventory_mark_of_all(store_id, product_id, l.position + 1, l.on_hand, l.value)
"""
# What a unit is worth follows from the level itself; where none has a known cost, from the last
# movement.
MISPRICED: Final = """
    SELECT l.id, l.store_id, l.product_id FROM inventory_stocklevel l
    WHERE {movements} AND l.average_cost IS DISTINCT FROM CASE
        WHEN l.costed <> 0 THEN round(l.value / l.costed, 6)
        ELSE (SELECT average_cost FROM inventory_stockmovement
              WHERE store_id = l.store_id AND product_id = l.product_id
              ORDER BY position DESC LIMIT 1) END
"""
# What else a level says of itself, where it says anything: most have nothing promised or blocked.
MISTOLD: Final = """
    SELECT coalesce(l.id, (SELECT id FROM inventory_stocklevel bare
                           WHERE bare.store_id = told.store_id
                             AND bare.product_id = told.product_id)) AS id,
           coalesce(l.store_id, told.store_id) AS store_id,
           coalesce(l.product_id, told.product_id) AS product_id
    FROM (
        SELECT store_id, product_id, sum(reserved) AS reserved, sum(blocked) AS blocked
        FROM (
            SELECT store_id, product_id, quantity - consumed AS reserved, 0 AS blocked
            FROM inventory_reservation WHERE state IN ('active', 'committed') AND {movements}
            UNION ALL
            SELECT store_id, product_id, 0, blocked
            FROM inventory_stockmovement WHERE blocked <> 0 AND {movements}
        ) each GROUP BY store_id, product_id
    ) told
    FULL JOIN (
        SELECT * FROM inventory_stocklevel
        WHERE (reserved <> 0 OR unavailable <> 0 OR shortfall <> 0 OR on_hand < 0) AND {movements}
    ) l ON l.store_id = told.store_id AND l.product_id = told.product_id
    WHERE coalesce(l.reserved, 0) <> coalesce(told.reserved, 0)
       OR coalesce(l.unavailable, 0) <> coalesce(told.blocked, 0)
       OR l.shortfall <> greatest(0, l.reserved + l.unavailable - l.on_hand)
"""
EVERYTHING: Final = {"movements": "true"}
BROKEN: Final = f"""
    SELECT * FROM ({MISTOLD.format(**EVERYTHING)}) mistold
    UNION
    SELECT * FROM ({MISPRICED.format(**EVERYTHING)}) mispriced
    UNION
    SELECT * FROM ({UNEQUAL.format(**EVERYTHING)}) unequal WHERE NOT ({SOUND})
"""  # noqa: S608
# The movements of one level in their order, each with what it should continue.
FIRST_BAD: Final = """
    SELECT id, position, wrong FROM (
        SELECT id, position, CASE
            WHEN position <> row_number() OVER walk THEN format(
                'is number %%s, should be %%s', position, row_number() OVER walk)
            WHEN balance <> coalesce(lag(balance) OVER walk, 0) + quantity THEN format(
                'balance %%s, should be %%s', balance,
                coalesce(lag(balance) OVER walk, 0) + quantity)
            WHEN worth <> coalesce(lag(worth) OVER walk, 0) + value THEN format(
                'worth %%s, should be %%s', worth, coalesce(lag(worth) OVER walk, 0) + value)
            END AS wrong
        FROM inventory_stockmovement
        WHERE store_id = {store} AND product_id = {product}
        WINDOW walk AS (ORDER BY position)
    ) walked WHERE wrong IS NOT NULL ORDER BY position LIMIT 1
"""
ONE: Final = """
    SELECT l.on_hand, l.value, l.reserved, l.unavailable, m.quantity, m.value, m.movements,
           opening.quantity, r.reserved,
           EXISTS (SELECT FROM ({unequal}) u UNION ALL SELECT FROM ({mistold}) m
                   UNION ALL SELECT FROM ({mispriced}) p),
           bad.id, bad.position, bad.wrong
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
    here = {"movements": "store_id = %(store)s AND product_id = %(product)s"}
    statement = ONE.format(
        unequal=UNEQUAL.format(**here),
        mistold=MISTOLD.format(**here),
        mispriced=MISPRICED.format(**here),
        first_bad=FIRST_BAD.format(store="l.store_id", product="l.product_id"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"store": store_id, "product": product_id})
        row = cursor.fetchone()
    return Proof(*row) if row else None


def broken_levels(
    *, store_id: int | None = None, product_id: int | None = None
) -> list[tuple[int | None, int, int]]:
    """Every level (of that store, of that product) that is not the sum of its movements: its id
    (None where it is gone), store, product."""
    given = {"store_id": store_id, "product_id": product_id}
    asked = {name: key for name, key in given.items() if key is not None}
    here = {"movements": " AND ".join(f"{name} = %({name})s" for name in asked)}
    statement = f"{MISTOLD} UNION {MISPRICED} UNION {UNEQUAL}".format(**here) if asked else BROKEN
    with connection.cursor() as cursor:
        cursor.execute(statement, asked or None)
        return list(cursor.fetchall())

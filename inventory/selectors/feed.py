"""What changed of products and of a store's stock since a till asked last. Nothing is lost.

Rows carry the transaction that changed them (`changed_in`). Transactions commit in another order
than they begin; so the next question begins at the oldest one that was still running, and what
committed after that one began may be told twice. Numbers of transactions are of one database on one
timeline: after a restore, a move or a switch to a standby, everything is told anew.

Chunk by chunk: nothing is kept open while a till reads slowly. Neither table has an index on its
mark: it would cost each hold and each sale more than a till's question costs by one scan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import connection

CHUNK: Final = 1_000

HERE: Final = """
    SELECT concat_ws('-', (pg_control_system()).system_identifier,
                     left(pg_walfile_name(pg_current_wal_lsn()), 8),
                     (SELECT oid FROM pg_database WHERE datname = current_database())),
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""
# A mark beyond the snapshot is of the database that this one was restored from.
CHANGED: Final = """
    (%(since)s::bigint IS NULL OR {row}.changed_in >= %(since)s
     AND {row}.changed_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
"""
PRODUCTS: Final = f"""
    SELECT p.id, p.sku, p.name, p.sale_price, p.unit, p.tax_class_code, p.is_active,
           ARRAY(SELECT b.code FROM inventory_barcode b WHERE b.product_id = p.id ORDER BY b.code)
    FROM inventory_product p
    WHERE p.id > %(after)s AND {CHANGED.format(row="p")}
    ORDER BY p.id LIMIT {CHUNK}
"""  # noqa: S608
# Holds that are over by the clock count no more, though nobody has swept them yet.
LEVELS: Final = f"""
    WITH over AS (
        SELECT product_id, sum(quantity - consumed) AS quantity FROM inventory_reservation
        WHERE store_id = %(store)s AND state = 'active' AND expires_at <= clock_timestamp()
        GROUP BY product_id)
    SELECT l.product_id, l.on_hand - l.unavailable - l.reserved + coalesce(over.quantity, 0)
    FROM inventory_stocklevel l LEFT JOIN over ON over.product_id = l.product_id
    WHERE l.store_id = %(store)s AND l.product_id > %(after)s
      AND ({CHANGED.format(row="l")} OR over.product_id IS NOT NULL)
    ORDER BY l.product_id LIMIT {CHUNK}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """Where a feed ended: in which database, before which transaction."""

    database: str
    transaction: int


@dataclass(frozen=True, slots=True)
class TillProduct:
    """A product as a till needs it. `sale_price` incl. tax; None: not known."""

    id: int
    sku: str
    name: str
    sale_price: Decimal | None
    unit: str
    tax_class: str
    is_active: bool
    barcodes: list[str]


@dataclass(frozen=True, slots=True)
class TillLevel:
    """What a store can promise of a product, in its unit."""

    product: int
    available: Decimal


def here() -> Place:
    """The place to ask from next time. Take it before anything is read."""
    with connection.cursor() as cursor:
        cursor.execute(HERE)
        return Place(*cursor.fetchone())


def goes_on(since: Place, *, now: Place) -> bool:
    """Whether what changed since then can be told: the same database, which has got on."""
    return since.database == now.database and since.transaction <= now.transaction


def products(*, since: Place | None) -> Iterator[TillProduct]:
    """All products, or those that changed in what a till knows; also inactive ones. By id."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(PRODUCTS, {"after": after, "since": since and since.transaction})
            rows = cursor.fetchall()
        yield from (TillProduct(*row) for row in rows)
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]


def levels(*, store_id: int, since: Place | None) -> Iterator[TillLevel]:
    """All levels of a store, or those that changed. By product."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                LEVELS,
                {"store": store_id, "after": after, "since": since and since.transaction},
            )
            rows = cursor.fetchall()
        yield from (TillLevel(*row) for row in rows)
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]

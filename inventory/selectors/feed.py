"""What changed for a till since it asked last: products, its store's prices and stock.

Rows carry the transaction that changed them (`changed_in`). Transactions commit in another order
than they begin; so the next question begins at the oldest one that was still running, and what
committed after that one began may be told twice. Nothing is lost. Numbers of transactions are of
one database on one timeline: after a restore, a move or a switch to a standby, everything is told
anew.

A price changes with no transaction too, on the day that a list begins or has ended. So a till also
says which business day of its store it was told the prices of.

Chunk by chunk: nothing is kept open while a till reads slowly. Neither products nor levels have an
index on their mark: it would cost each hold and each sale more than a till's question costs by one
scan. What lists say is written seldom, kept for ever, and has one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from epm.organization.models import Store
from inventory.selectors.prices import business_day, held

CHUNK: Final = 1_000

# The message says nothing: its commit puts on disk that the numbers up to here are used. Those that
# no log knows of are given again after a crash: a till would take such a change for an older one.
HERE: Final = """
    SELECT concat_ws('-', (pg_control_system()).system_identifier,
                     left(pg_walfile_name(pg_current_wal_lsn()), 8),
                     (SELECT oid FROM pg_database WHERE datname = current_database())),
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
           pg_logical_emit_message(true, 'epm feed', '')
"""
# A mark beyond the snapshot is of the database that this one was restored from.
CHANGED: Final = """
    (%(since)s::bigint IS NULL OR {row}.changed_in >= %(since)s
     AND {row}.changed_in < pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
"""
OF_PLACE: Final = """
    {row}.is_active AND {row}.currency = %(currency)s
    AND ({row}.store_id IS NULL OR {row}.store_id = %(store)s)
"""
# Some list's word on them was changed and is of either day; or a list is of one day and not of the
# other. Words that were changed back, or that another list beats, tell a product without need.
REPRICED: Final = f"""
    SELECT v.product_id FROM inventory_listedprice v
    WHERE {CHANGED.format(row="v")} AND {OF_PLACE.format(row="v")}
      AND v.starts_on <= greatest(%(then)s, %(on)s)
      AND (v.ends_on IS NULL OR v.ends_on >= least(%(then)s, %(on)s))
    UNION ALL
    SELECT i.product_id FROM inventory_pricelistitem i
    WHERE i.product_id > %(after)s AND i.price_list_id = ANY (ARRAY(
        SELECT l.id FROM inventory_pricelist l
        WHERE {OF_PLACE.format(row="l")}
          AND (%(then)s BETWEEN l.starts_on AND coalesce(l.ends_on, 'infinity'))
           <> (%(on)s BETWEEN l.starts_on AND coalesce(l.ends_on, 'infinity'))))
"""  # noqa: S608
PRODUCTS: Final = f"""
    SELECT p.id, p.sku, p.name, coalesce(held.price, p.sale_price), p.unit, p.tax_class_code,
           p.is_active, codes.codes, codes.sizes
    FROM inventory_product p CROSS JOIN organization_store place
    LEFT JOIN LATERAL ({held(on="%(on)s::date", most="1")}) held ON true
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(b.code ORDER BY b.code), '{{}}') AS codes,
               coalesce(array_agg(b.pack_size ORDER BY b.code), '{{}}') AS sizes
        FROM inventory_barcode b WHERE b.product_id = p.id) codes
    WHERE place.id = %(store)s AND p.id > %(after)s
      AND ({CHANGED.format(row="p")} OR p.id IN ({REPRICED}))
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
    """Where a feed ended: in which database, before which transaction, with the prices of which
    business day in which currency."""

    database: str
    transaction: int
    day: date
    currency: str


@dataclass(frozen=True, slots=True)
class TillBarcode:
    """A code and how many of the product's unit one scan of it means: a pack's content."""

    code: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class TillProduct:
    """A product as a till needs it. `price`: the one that holds in its store, incl. tax; None: not
    known."""

    id: int
    sku: str
    name: str
    price: Decimal | None
    unit: str
    tax_class: str
    is_active: bool
    barcodes: list[TillBarcode]


@dataclass(frozen=True, slots=True)
class TillLevel:
    """What a store can promise of a product, in its unit."""

    product: int
    available: Decimal


def here(*, store: Store, at: datetime) -> Place:
    """The place to ask from next time, of what is told now. Take it before anything is read."""
    with connection.cursor() as cursor:
        cursor.execute(HERE)
        database, transaction, _logged = cursor.fetchone()
    return Place(database, transaction, business_day(store, at=at), store.currency)


def goes_on(since: Place, *, now: Place) -> bool:
    """Whether what changed since then can be told: the same database, which has got on.

    A store that has another currency has other lists: all its prices are told anew.
    """
    same = (since.database, since.currency) == (now.database, now.currency)
    return same and since.transaction <= now.transaction


def products(*, store_id: int, since: Place | None, now: Place) -> Iterator[TillProduct]:
    """All products with the prices of `now` in a store, or those that changed in what a till knows.

    Also inactive ones. By id.
    """
    days = {"then": (since or now).day, "on": now.day, "currency": now.currency}
    for row in _rows(PRODUCTS, since, store=store_id, most=1, **days):
        barcodes = [TillBarcode(*each) for each in zip(*row[-2:], strict=True)]
        told = (*row[:-2], barcodes)
        yield TillProduct(*told)


def levels(*, store_id: int, since: Place | None) -> Iterator[TillLevel]:
    """All levels of a store, or those that changed. By product."""
    for row in _rows(LEVELS, since, store=store_id):
        yield TillLevel(*row)


def _rows(statement: str, since: Place | None, **words: Any) -> Iterator[tuple[Any, ...]]:
    """Chunk by chunk, by the id that is the first column."""
    after, rows = 0, [()] * CHUNK
    first = None if since is None else since.transaction
    while len(rows) == CHUNK:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"after": after, "since": first, **words})
            rows = cursor.fetchall()
        yield from rows
        after = rows[-1][0] if rows else 0

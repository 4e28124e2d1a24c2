"""Keep the facts equal to the ledger, bucket by bucket. The only writer of `reporting_storeday`.

Facts about goods that such a bucket is part of are opened in the same transaction; `services.goods`
keeps them.

One refresher at a time. The lock is taken in a statement of its own: the statements after it see
everything committed before, which READ COMMITTED grants a new statement only.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from reporting.models import StoreDay
from reporting.services import versions

COLUMNS: Final = tuple(field.attname for field in StoreDay._meta.concrete_fields)  # noqa: SLF001
KEY: Final = ("store_id", "day")

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('reporting facts', 0))"
TAKE_MARKS: Final = """
    WITH taken AS (DELETE FROM sales_ledgerchange RETURNING store_id, business_date)
    SELECT (SELECT count(*) FROM taken), array_agg(store_id), array_agg(business_date)
    FROM (SELECT DISTINCT store_id, business_date FROM taken) bucket
"""
ALL_BUCKETS: Final = """
    WITH taken AS (DELETE FROM sales_ledgerchange)
    SELECT 0, array_agg(store_id), array_agg(business_date)
    FROM (SELECT store_id, business_date FROM sales_sale
          UNION SELECT store_id, day FROM reporting_storeday) bucket
"""
RECOMPUTE: Final = f"""
    INSERT INTO reporting_storeday ({", ".join(COLUMNS)})
    SELECT {", ".join(COLUMNS)} FROM reporting_store_days(%s::bigint[], %s::date[])
    ON CONFLICT (store_id, day) DO UPDATE
    SET {", ".join(f"{column} = EXCLUDED.{column}" for column in COLUMNS if column not in KEY)}
"""  # noqa: S608 - column names of the model
FORGET_EMPTY: Final = """
    DELETE FROM reporting_storeday fact
    USING unnest(%(stores)s::bigint[], %(days)s::date[]) AS bucket (store_id, day)
    WHERE fact.store_id = bucket.store_id AND fact.day = bucket.day
      AND NOT EXISTS (SELECT FROM reporting_store_days(%(stores)s::bigint[], %(days)s::date[]) live
                      WHERE live.store_id = fact.store_id AND live.day = fact.day)
"""
# What is kept of goods is behind where a day that it holds was written.
OPEN_MONTHS: Final = """
    DELETE FROM reporting_goodsmonth g
    USING unnest(%s::bigint[], %s::date[]) AS bucket (store_id, day)
    WHERE g.store_id = bucket.store_id AND bucket.day BETWEEN g.month AND g.through
"""
MANY: Final = 10_000
"""Marks or buckets from which we clean up after ourselves and do not wait for autovacuum."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many marks were taken away and how many buckets recomputed."""

    marks: int
    buckets: int


def refresh() -> Refreshed:
    """Recompute the buckets that were written since the last refresh, in one transaction."""
    return _recomputed(TAKE_MARKS)


def rebuild() -> Refreshed:
    """Recompute every bucket of the ledger and forget those that are not in it."""
    return _recomputed(ALL_BUCKETS)


def _recomputed(which: str) -> Refreshed:
    with transaction.atomic():
        _lock()
        done = _recompute(which)
        versions.renew(marks_taken=bool(done.marks or done.buckets))
    if max(done.marks, done.buckets) >= MANY and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) sales_ledgerchange, reporting_storeday")
    return done


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def _recompute(which: str) -> Refreshed:
    with connection.cursor() as cursor:
        cursor.execute(which)
        marks, stores, days = cursor.fetchone()
        if not stores:
            return Refreshed(marks=marks, buckets=0)
        cursor.execute(OPEN_MONTHS, [stores, days])
        cursor.execute(RECOMPUTE, [stores, days])
        if cursor.rowcount < len(stores):
            cursor.execute(FORGET_EMPTY, {"stores": stores, "days": days})
    return Refreshed(marks=marks, buckets=len(stores))

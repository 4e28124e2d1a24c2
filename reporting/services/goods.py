"""Keep the facts about goods equal to the ledger, a store's month at a time.

A month is kept up to a day (`GoodsMonth.through`). `facts.refresh` opens the months in which such a
day was written, in the transaction that takes the marks; what is open is read from the ledger until
it is kept again. The facts speak of the tree in `GoodsTree`, which changes here only; a reader
compares it with today's. So nothing that happens meanwhile makes a figure wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection, models, transaction

from reporting.models import StoreDayCategory, StoreMonthCategory, StoreMonthProduct
from reporting.services.facts import LOCK

TREE_NOW: Final = """
    WITH RECURSIVE now (category_id, parent_id) AS (
        SELECT id, parent_id FROM inventory_category WHERE parent_id IS NULL
        UNION ALL
        SELECT c.id, c.parent_id FROM inventory_category c JOIN now n ON n.category_id = c.parent_id
    )
"""
# Shelves whose rows another tree changes: what has moved with all below it, and what has its
# first or last shelf below it.
OPEN_MOVED: Final = f"""
    {TREE_NOW}, moved (category_id) AS (
        SELECT t.category_id FROM reporting_goodstree t JOIN now n USING (category_id)
        WHERE n.parent_id IS DISTINCT FROM t.parent_id
        UNION
        SELECT t.category_id FROM reporting_goodstree t
        WHERE NOT EXISTS (SELECT FROM now n WHERE n.category_id = t.category_id)
        UNION
        SELECT t.category_id FROM reporting_goodstree t
        JOIN moved m ON m.category_id = t.parent_id
    ), other (category_id) AS (
        SELECT category_id FROM moved
        UNION
        SELECT t.category_id FROM reporting_goodstree t
        WHERE EXISTS (SELECT FROM now n WHERE n.parent_id = t.category_id)
           <> EXISTS (SELECT FROM reporting_goodstree b WHERE b.parent_id = t.category_id)
    )
    DELETE FROM reporting_goodsmonth g
    WHERE EXISTS (SELECT FROM reporting_storemonthcategory f
                  WHERE f.store_id = g.store_id AND f.month = g.month
                    AND f.category_id = ANY (ARRAY(SELECT category_id FROM other)))
"""  # noqa: S608 - constants
TAKE_TREE: Final = f"""
    {TREE_NOW}, gone AS (
        DELETE FROM reporting_goodstree t
        WHERE NOT EXISTS (SELECT FROM now n WHERE n.category_id = t.category_id)
    )
    INSERT INTO reporting_goodstree (category_id, parent_id) SELECT category_id, parent_id FROM now
    ON CONFLICT (category_id) DO UPDATE SET parent_id = EXCLUDED.parent_id
    WHERE reporting_goodstree.parent_id IS DISTINCT FROM EXCLUDED.parent_id
"""  # noqa: S608 - constants
# Days before today; later ones change too often.
BEHIND: Final = """
    SELECT f.store_id, f.month, f.through
    FROM (SELECT store_id, date_trunc('month', day::timestamp)::date AS month, max(day) AS through
          FROM reporting_storeday WHERE day < %(today)s GROUP BY 1, 2) f
    LEFT JOIN reporting_goodsmonth g ON g.store_id = f.store_id AND g.month = f.month
    WHERE g.through IS DISTINCT FROM f.through
"""
MONTHS_BEHIND: Final = f"SELECT DISTINCT month FROM ({BEHIND}) behind ORDER BY month"  # noqa: S608
STORES_BEHIND: Final = f"""
    SELECT array_agg(store_id), array_agg(through) FROM ({BEHIND}) behind WHERE month = %(month)s
"""  # noqa: S608 - constants
# Rows that have not changed are not written.
WRITE: Final = """
    WITH live AS MATERIALIZED (
        SELECT {columns} FROM {source}(%(month)s, %(stores)s::bigint[], %(throughs)s::date[])
    ), gone AS (
        DELETE FROM {table} f
        WHERE f.store_id = ANY (%(stores)s) AND {in_month}
          AND NOT EXISTS (SELECT FROM live l WHERE {same_key})
    )
    INSERT INTO {table} ({columns})
    SELECT {columns} FROM live l
    WHERE NOT EXISTS (SELECT FROM {table} f
                      WHERE {same_key} AND {in_month} AND ({kept}) IS NOT DISTINCT FROM ({found}))
    ON CONFLICT ({key}) DO UPDATE SET {updated}
"""
KEEP: Final = """
    INSERT INTO reporting_goodsmonth (store_id, month, through)
    SELECT kept.store_id, %(month)s, kept.through
    FROM unnest(%(stores)s::bigint[], %(throughs)s::date[]) AS kept (store_id, through)
    ON CONFLICT (store_id, month) DO UPDATE SET through = EXCLUDED.through
"""
OF_NO_MONTH: Final = """
    DELETE FROM {table} f
    WHERE NOT EXISTS (SELECT FROM reporting_goodsmonth g
                      WHERE g.store_id = f.store_id AND {of_month})
"""
# Of rows just loaded the planner has no statistics: it takes thousands for one, and would compare
# each with each.
BY_HASH: Final = "SET LOCAL enable_nestloop = off"
AS_IT_LIKES: Final = "SET LOCAL enable_nestloop = on"
MANY: Final = 100
"""Store months from which we clean up after ourselves and do not wait for autovacuum."""


def _write(model: type[models.Model], *, source: str, key: Sequence[str]) -> str:
    columns = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001
    sums = [name for name in columns if name not in key]
    return WRITE.format(
        table=model._meta.db_table,  # noqa: SLF001
        source=source,
        columns=", ".join(columns),
        key=", ".join(key),
        in_month=_in_month(key),
        same_key=" AND ".join(f"f.{name} = l.{name}" for name in key),
        kept=", ".join(f"f.{name}" for name in sums),
        found=", ".join(f"l.{name}" for name in sums),
        updated=", ".join(f"{name} = EXCLUDED.{name}" for name in sums),
    )


def _in_month(key: Sequence[str]) -> str:
    if "month" in key:
        return "f.month = %(month)s"
    return "f.day >= %(month)s AND f.day < %(month)s::date + interval '1 month'"


FACTS: Final[tuple[tuple[type[models.Model], str, tuple[str, ...]], ...]] = (
    (StoreMonthProduct, "reporting_month_products", ("store_id", "month", "product_id")),
    (
        StoreMonthCategory,
        "reporting_month_categories",
        ("store_id", "month", "category_id", "whole"),
    ),
    (StoreDayCategory, "reporting_day_categories", ("store_id", "day", "category_id")),
)
WRITES: Final = tuple(_write(model, source=source, key=key) for model, source, key in FACTS)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many store months were computed."""

    store_months: int


def keep(*, today: date) -> Kept:
    """Compute the store months that are open or end too early, up to the day before `today`.

    One transaction for each month. Refresh the facts first: days they do not know are not kept.
    """
    with transaction.atomic():
        _lock_and(OPEN_MOVED, TAKE_TREE)
    return _kept(today=today)


def rebuild(*, today: date) -> Kept:
    """Compute every store month, by today's tree, and forget what belongs to none."""
    with transaction.atomic():
        _lock_and("DELETE FROM reporting_goodsmonth", TAKE_TREE)
    done = _kept(today=today)
    with transaction.atomic():
        _lock_and(
            *(
                OF_NO_MONTH.format(
                    table=model._meta.db_table,  # noqa: SLF001
                    of_month="g.month = f.month"
                    if "month" in key
                    else "g.month = date_trunc('month', f.day::timestamp)::date",
                )
                for model, _, key in FACTS
            )
        )
    return done


def _kept(*, today: date) -> Kept:
    with connection.cursor() as cursor:
        cursor.execute(MONTHS_BEHIND, {"today": today})
        months = [month for (month,) in cursor.fetchall()]
    done = Kept(store_months=sum(_keep_month(month, today=today) for month in months))
    if done.store_months >= MANY and not connection.in_atomic_block:
        tables = ", ".join(model._meta.db_table for model, _, _ in FACTS)  # noqa: SLF001
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) reporting_goodsmonth, {tables}")
    return done


@transaction.atomic
def _keep_month(month: date, *, today: date) -> int:
    _lock_and()
    with connection.cursor() as cursor:
        words: dict[str, Any] = {"month": month, "today": today}
        cursor.execute(STORES_BEHIND, words)
        stores, throughs = cursor.fetchone()
        if not stores:
            return 0
        words |= {"stores": stores, "throughs": throughs}
        for statement in (BY_HASH, *WRITES, KEEP, AS_IT_LIKES):
            cursor.execute(statement, words)
    return len(stores)


def _lock_and(*statements: str) -> None:
    """Take the refreshers' lock in a statement of its own, then run the others."""
    with connection.cursor() as cursor:
        for statement in (LOCK, *statements):
            cursor.execute(statement)

"""What must always be true of the facts."""

from collections.abc import Sequence
from typing import Final

from django.db import models

from epm.platform.invariants import Invariant
from reporting.models import StoreDay, StoreDayCategory, StoreMonthCategory, StoreMonthProduct

_SUMS: Final = [
    field.attname
    for field in StoreDay._meta.concrete_fields  # noqa: SLF001
    if field.attname not in ("store_id", "day")
]
_FACTS: Final = ", ".join(f"f.{name}" for name in _SUMS)
_LEDGER: Final = ", ".join(f"l.{name}" for name in _SUMS)


def _goods(model: type[models.Model], *, source: str, key: Sequence[str]) -> str:
    """What is kept of goods beside what the ledger says of the same days, by the same tree."""
    columns = [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001
    sums = [name for name in columns if name not in key]
    month = "date_trunc('month', f.day::timestamp)::date" if "day" in key else "f.month"
    time = "day" if "day" in key else "month"
    return f"""
        SELECT format('%s %s', o.code, coalesce(f.{time}, l.{time})),
               format('{key[2]} %s: fact %s, ledger %s net excl. tax',
                      coalesce(f.{key[2]}, l.{key[2]}), f.net_ht, l.net_ht)
        FROM (SELECT f.* FROM {model._meta.db_table} f
              JOIN reporting_goodsmonth g ON g.store_id = f.store_id AND g.month = {month}) f
        FULL JOIN (
            SELECT live.*
            FROM (SELECT month, array_agg(store_id) AS stores, array_agg(through) AS throughs
                  FROM reporting_goodsmonth GROUP BY month) kept
            CROSS JOIN LATERAL {source}(kept.month, kept.stores, kept.throughs) live
        ) l ON {" AND ".join(f"l.{name} = f.{name}" for name in key)}
        JOIN organization_store o ON o.id = coalesce(f.store_id, l.store_id)
        WHERE ({", ".join(f"f.{name}" for name in sums)})
              IS DISTINCT FROM ({", ".join(f"l.{name}" for name in sums)})
          AND NOT EXISTS (
              SELECT FROM sales_ledgerchange c
              WHERE c.store_id = coalesce(f.store_id, l.store_id)
                AND date_trunc('month', c.business_date::timestamp)
                    = date_trunc('month', coalesce(f.{time}, l.{time})::timestamp))
        ORDER BY 1, 2
    """  # noqa: S608, SLF001


_KEPT: Final = (
    (StoreMonthProduct, "reporting_month_products", ("store_id", "month", "product_id")),
    (
        StoreMonthCategory,
        "reporting_month_categories",
        ("store_id", "month", "category_id", "whole"),
    ),
    (StoreDayCategory, "reporting_day_categories", ("store_id", "day", "category_id")),
)
INVARIANTS: Final = (
    Invariant(
        "reporting/facts",
        "A fact says what the ledger says, except where a mark tells that it is behind.",
        f"""
        SELECT format('%s %s', o.code, coalesce(f.day, l.day)),
               format('fact %s, ledger %s net excl. tax', f.net_ht, l.net_ht)
        FROM reporting_storeday f
        FULL JOIN (
            SELECT live.*
            FROM (SELECT array_agg(store_id) AS stores, array_agg(business_date) AS days
                  FROM (SELECT DISTINCT store_id, business_date FROM sales_sale) bucket) every
            CROSS JOIN LATERAL reporting_store_days(every.stores, every.days) live
            WHERE every.stores IS NOT NULL
        ) l ON l.store_id = f.store_id AND l.day = f.day
        JOIN organization_store o ON o.id = coalesce(f.store_id, l.store_id)
        WHERE ({_FACTS}) IS DISTINCT FROM ({_LEDGER})
          AND NOT EXISTS (SELECT FROM sales_ledgerchange c
                          WHERE c.store_id = coalesce(f.store_id, l.store_id)
                            AND c.business_date = coalesce(f.day, l.day))
        """,  # noqa: S608
    ),
    *(
        Invariant(
            f"reporting/goods-{key[1]}-{key[2].removesuffix('_id')}",
            "What is kept of goods says what the ledger says, except where a mark tells otherwise.",
            _goods(model, source=source, key=key),
        )
        for model, source, key in _KEPT
    ),
)

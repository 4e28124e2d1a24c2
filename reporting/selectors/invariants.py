"""What must always be true of the facts."""

from typing import Final

from epm.platform.invariants import Invariant
from reporting.models import StoreDay

_SUMS: Final = [
    field.attname
    for field in StoreDay._meta.concrete_fields  # noqa: SLF001
    if field.attname not in ("store_id", "day")
]
_FACTS: Final = ", ".join(f"f.{name}" for name in _SUMS)
_LEDGER: Final = ", ".join(f"l.{name}" for name in _SUMS)

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
)

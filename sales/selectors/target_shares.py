"""Whom the target of a region, or of the chain, is shared over, and what each of them weighs."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import connection

from epm.access.selectors.scope import Principal, scope_of
from epm.organization.models import Region, Store, StoreKind

WEIGHED: Final = """
    SELECT s.id,
           (SELECT count(*) FROM generate_series(
                %(first)s::date, %(last)s::date, interval '1 day') d
            WHERE d::date >= coalesce(s.opened_on, d::date)
              AND d::date <= coalesce(s.closed_on, d::date)
              AND NOT EXISTS (SELECT FROM organization_storeclosure c WHERE c.store_id = s.id
                              AND d::date BETWEEN c.first_day AND c.last_day)),
           (SELECT count(*)
            FROM (SELECT min(day) AS first, max(day) AS last FROM (
                    (SELECT business_date AS day FROM sales_sale WHERE store_id = s.id
                     ORDER BY business_date LIMIT 1)
                    UNION ALL
                    (SELECT business_date FROM sales_sale WHERE store_id = s.id
                     ORDER BY business_date DESC LIMIT 1)) ends) span
            CROSS JOIN LATERAL generate_series(
                greatest(%(first)s::date - 364, span.first),
                least(%(last)s::date - 364, span.last), interval '1 day') d
            WHERE NOT EXISTS (SELECT FROM organization_storeclosure c WHERE c.store_id = s.id
                              AND d::date BETWEEN c.first_day AND c.last_day)),
           (SELECT greatest(coalesce(sum(l.net_ht), 0), 0) FROM sales_saleline l
            WHERE l.kind = 'item' AND l.store_id = s.id
              AND l.business_date BETWEEN %(first)s::date - 364 AND %(last)s::date - 364
              -- Where keys of these business days lie: the other months are not opened.
              AND l.id >= epm_uuid7_floor((%(first)s::date - 364)::timestamp AT TIME ZONE 'UTC'
                                          - interval '14 hours')
              AND l.id < epm_uuid7_floor((%(last)s::date - 364)::timestamp AT TIME ZONE 'UTC'
                                         + interval '59 hours'))
    FROM organization_store s WHERE s.id = ANY (%(stores)s)
"""


@dataclass(frozen=True, slots=True)
class Sharer:
    """A store that trades in the month. `open_days` are those of the month; `sold` is net excl.
    tax, in `days` days 364 days before: none where it did not trade then."""

    store: Store
    open_days: int
    days: int
    sold: Decimal

    @property
    def is_known(self) -> bool:
        return self.days > 0 and self.sold > 0


def sharers(principal: Principal, *, region: Region | None, month: date) -> list[Sharer]:
    """The stores that sell in the month that begins then, by code; all of the chain without region.

    Empty where the principal does not see the whole region: its target is not for her to share.
    Warehouses sell nothing; a store that is closed all month has no share.
    """
    stores = Store.objects.exclude(kind=StoreKind.WAREHOUSE).order_by("code")
    if region is not None:
        stores = stores.filter(region=region)
    found = list(stores)
    scope = scope_of(principal)
    if not all(scope.allows(store.pk) for store in found) or not (region or scope.all_stores):
        return []
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with connection.cursor() as cursor:
        ids = [store.pk for store in found]
        cursor.execute(WEIGHED, {"first": month, "last": last, "stores": ids})
        known = {pk: row for pk, *row in cursor.fetchall()}
    every = [Sharer(store, *known[store.pk]) for store in found]
    return [each for each in every if each.open_days]


def by_last_year(of: list[Sharer]) -> list[Decimal]:
    """What each weighs: last year's mean net sales of a day × its open days of the month.

    A store that nothing is known of sells a day what the others do on average; where nothing is
    known of any, each open day weighs the same.
    """
    days = sum(each.days for each in of if each.is_known)
    sold = sum((each.sold for each in of if each.is_known), Decimal(0))
    mean = sold / days if days else Decimal(1)
    return [
        (each.sold / each.days if each.is_known else mean) * each.open_days for each in of
    ]  # fmt: skip

"""What goods that vanished have cost (kpis.md 4.4, démarque). What is lost is positive here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import SHRINK, MovementKind, StockAdjustment

# What is put back by reversing a write-off is of the same kind, and positive.
MOVED: Final = """
    SELECT m.store_id, m.kind AS cause, -sum(m.quantity), -sum(m.costed), -sum(m.value)
    FROM inventory_stockmovement m
    WHERE m.business_date BETWEEN %(first)s AND %(last)s
      AND (%(everywhere)s OR m.store_id = ANY (%(stores)s)) AND m.kind = ANY (%(causes)s)
    GROUP BY m.store_id, cause ORDER BY m.store_id, cause
"""


@dataclass(frozen=True, slots=True)
class Shrink:
    """What one store lost by one cause: in units, and excl. tax in the store's currency.

    `count` is what counts found (unknown shrink), the other causes are known. `value` covers the
    `costed` units of `quantity`; None where no cost of any is known.
    """

    store_id: int
    cause: str
    quantity: Decimal
    costed: Decimal
    covered: Decimal

    @property
    def known(self) -> bool:
        return self.cause != MovementKind.COUNT

    @property
    def value(self) -> Decimal | None:
        return None if self.quantity and not self.costed and not self.covered else self.covered


def adjustments_visible_to(principal: Principal) -> QuerySet[StockAdjustment]:
    """Adjustments of the stores in scope."""
    return StockAdjustment.objects.filter(scope_of(principal).covers("store"))


def shrink(
    *, principal: Principal, first: date, last: date, store_ids: Collection[int] | None = None
) -> list[Shrink]:
    """By store and cause, of the business days `first` to `last`, in the stores in scope (or
    those of them named): one query."""
    scope = scope_of(principal)
    named = scope.store_ids if store_ids is None else {s for s in store_ids if scope.allows(s)}
    with connection.cursor() as cursor:
        cursor.execute(
            MOVED,
            {
                "first": first,
                "last": last,
                "everywhere": scope.all_stores and store_ids is None,
                "stores": list(named),
                "causes": [MovementKind.COUNT, *SHRINK],
            },
        )
        return [Shrink(*row) for row in cursor.fetchall()]

"""What the ledger says was sold of one product."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Sum

from epm.access.selectors.scope import Principal
from sales.models import LineKind
from sales.selectors.sales import key_window, lines_visible_to


@dataclass(frozen=True, slots=True)
class StoreSales:
    """Net of returns and corrections, in the store's currency and the product's unit."""

    store: str
    currency: str
    quantity: Decimal
    net_ttc: Decimal
    net_ht: Decimal


def by_store(*, principal: Principal, product_id: int, start: date, end: date) -> list[StoreSales]:
    """Sales of one product on business days start..end, inclusive, in each visible store by code.

    A store without a line in that time is absent. Fees are no sales.
    """
    first, last = key_window(start, end)
    rows = (
        lines_visible_to(principal)
        .filter(
            product=product_id,
            business_date__range=(start, end),
            kind=LineKind.ITEM,
            id__gte=first,
            id__lt=last,
        )
        .values(code=F("store__code"), money=F("store__currency"))
        .annotate(sum_quantity=Sum("quantity"), sum_ttc=Sum("net_ttc"), sum_ht=Sum("net_ht"))
        .order_by("code")
        .values_list("code", "money", "sum_quantity", "sum_ttc", "sum_ht")
    )
    return [StoreSales(*row) for row in rows]

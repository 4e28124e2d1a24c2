"""What came into the ledger after somebody had looked: late tickets, corrections, revisions."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    DecimalField,
    Exists,
    Func,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    UUIDField,
    Value,
)
from django.db.models.functions import Coalesce

from epm.access.selectors.scope import Principal
from sales.models import LineKind, Sale, SaleLine
from sales.selectors.sales import key_window, sales_visible_to

AMOUNT: Final = DecimalField(max_digits=16, decimal_places=3)
A_SECOND: Final = timedelta(seconds=1)


def late_documents(
    principal: Principal,
    *,
    start: date,
    end: date,
    known_at: datetime,
    stores: Collection[int] | None = None,
    categories: Collection[int] | None = None,
    product: int | None = None,
) -> QuerySet[Sale]:
    """Sales in scope of the business days start..end, inclusive, recorded after `known_at`.

    `net_ht` and `net_ttc` are of their goods, signed, in the store's currency: what they add to net
    sales without and with tax. `stores`, `categories` and `product` (ids) keep those only; of some
    goods, documents that have any of them. The months that cannot hold the days are not read.
    """
    first, last = key_window(start, end)
    rows = sales_visible_to(principal).filter(
        id__gte=first, id__lt=last, business_date__range=(start, end), recorded_at__gt=known_at
    )
    if stores is not None:
        rows = rows.filter(store__in=stores)
    goods = _goods()
    if categories is not None:
        goods = goods.filter(category__in=categories)
    if product is not None:
        goods = goods.filter(product=product)
    if categories is not None or product is not None:
        rows = rows.filter(Exists(goods))
    return rows.annotate(net_ht=_sum_of(goods, "net_ht"), net_ttc=_sum_of(goods, "net_ttc"))


def _goods() -> QuerySet[SaleLine]:
    """The goods of the sale outside, in the one month that has them."""
    return SaleLine.objects.filter(
        sale=OuterRef("pk"),
        kind=LineKind.ITEM,
        id__gte=_floor(OuterRef("sold_at")),
        id__lt=_floor(OuterRef("sold_at") + Value(A_SECOND)),
    )


def _floor(at: Any) -> Func:
    return Func(at, function="epm_uuid7_floor", output_field=UUIDField())


def _sum_of(goods: QuerySet[SaleLine], column: str) -> Coalesce:
    added = goods.order_by().values("sale").annotate(added=Sum(column)).values("added")
    return Coalesce(Subquery(added), Value(Decimal(0)), output_field=AMOUNT)

"""Products in the order of their sales: of thousands only those that are shown are read in full."""

import bisect
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from epm.access.selectors.scope import Principal
from epm.access.selectors.sight import sight_of
from epm.platform.cache import CacheKind, remember
from epm.platform.calendars import Period
from inventory.selectors.products import products_visible_to
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import REGISTRY
from reporting.selectors import comparison, places, sums
from reporting.selectors.freshness import data_version
from reporting.selectors.places import Places

NET: Final = "net_sales"
CHANGE: Final = "change"
LOST: Final = "lost"
ORDERS: Final = frozenset({NET, CHANGE, "name"})
"""What an order of products can be by; others need every figure of every product."""


@dataclass(frozen=True, slots=True)
class Sold:
    """Net sales excl. tax of one product; None where nothing was sold or brought back at all."""

    now: Decimal | None
    then: Decimal | None

    @property
    def lost(self) -> Decimal | None:
        """What it sells less than then; None when it does not."""
        if self.then is None:
            return None
        less = (self.now or Decimal(0)) - self.then
        return less if less < 0 else None

    def value(self, order: str) -> Decimal | None:
        match order:
            case "change":
                return comparison.change(REGISTRY[NET], self.now or Decimal(0), self.then)
            case "lost":
                return self.lost
            case "name":
                return Decimal(0)
        return self.now or Decimal(0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """How many products there are, and the ids of those asked for, in order."""

    count: int
    ids: list[int]


class Statement(sums.Statement):
    """Net sales by product, of two periods at once."""

    def net_of_both(self, now: Period, then: Period | None) -> dict[int, Sold]:
        before = ""
        source = self._net_of(now)
        if then:
            before = f" UNION ALL SELECT product_id, NULL, net_ht FROM {self._net_of(then)} t"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(
                f"{self._with()} SELECT b.product_id, sum(b.now_ht), sum(b.then_ht) FROM ("  # noqa: S608
                f"SELECT product_id, net_ht AS now_ht, NULL::numeric AS then_ht FROM {source} n"
                f"{before}) b GROUP BY 1",
                self.parameters,
            )
            found = cursor.fetchall()
        return {product_id: Sold(now, then) for product_id, now, then in found}

    def _net_of(self, period: Period) -> str:
        window = self.goods.window(
            period, rows=True, columns=sums.NET, key="", words=self._words(period)
        )
        self.kept += window.kept
        return window.source


def products(
    *,
    principal: Principal,
    now: Period,
    then: Period | None,
    stores: Sequence[str],
    regions: Sequence[str],
    orders: Sequence[tuple[str, int, int]],
) -> list[Ranked] | None:
    """The products sold in either period, from `first` on `count` of them, for each of `orders`.

    Without `then` those of the one period.
    An order is a column of ORDERS, `first` and `count`; with a minus it is descending. What is not
    known comes last. None where the stores have several currencies: nothing can be put in order.
    Raise UnknownStore, UnknownRegion.
    """
    where = places.chosen(principal=principal, stores=stores, regions=regions)
    if where.currency is None:
        return None

    def compute() -> list[list[Any]]:
        sold = _sold(where, now=now, then=then)
        return [
            _one(principal, sold, order, first=first, count=count) for order, first, count in orders
        ]

    found = remember(
        kind=CacheKind.FIGURES,
        key=[
            "products in order", sight_of(principal), *_days(now), *(_days(then) if then else ()),
            "\n".join(stores), "\n".join(regions), repr(orders),
        ],
        version=data_version(),
        compute=compute,
    )  # fmt: skip
    return [Ranked(count, ids) for count, ids in found]


def _days(period: Period) -> list[str]:
    days: tuple[date, date] = (period.start, period.end)
    return [day.isoformat() for day in days]


def _sold(where: Places, *, now: Period, then: Period | None) -> Mapping[int, Sold]:
    statement = Statement(
        store_ids=where.ids,
        all_stores=where.everything,
        category_id=None,
        by=Dimension.PRODUCT,
    )
    return statement.net_of_both(now, then)


def _one(
    principal: Principal, sold: Mapping[int, Sold], order: str, *, first: int, count: int
) -> list[Any]:
    """Names are read of those only that equal values leave to be told apart."""
    down, code = order.startswith("-"), order.removeprefix("-")
    values = {pk: each.value(code) for pk, each in sold.items()}
    if code == LOST:
        values = {pk: value for pk, value in values.items() if value is not None}
    signed = {
        pk: (value is None, (-value if down else value) if value is not None else Decimal(0))
        for pk, value in values.items()
    }
    rough = heapq.nsmallest(first + count, signed.values())
    if len(rough) <= first:
        return [len(signed), []]
    least, most = rough[first], rough[-1]
    near = [pk for pk, value in signed.items() if least <= value <= most]
    before = bisect.bisect_left(rough, least)
    places_of = _by_name(principal, near, sold, turned=down and code == "name", code=code)
    near.sort(key=lambda pk: (signed[pk], places_of[pk]))
    start = first - before
    return [len(signed), near[start : start + count]]


def _by_name(
    principal: Principal, ids: Sequence[int], sold: Mapping[int, Sold], *, turned: bool, code: str
) -> Mapping[int, int]:
    """The place of each among its equals: by name; those of the top and flop lists by SKU."""
    named = products_visible_to(principal).filter(pk__in=ids).order_by()
    known = {pk: (sku, name or sku) for pk, sku, name in named.values_list("pk", "sku", "name")}

    def place(pk: int) -> tuple[Any, ...]:
        sku, name = known[pk]
        if code == LOST:
            return (sku,)
        then_only = sold[pk].now is None
        amount = sold[pk].then if then_only else sold[pk].now
        return name.casefold(), then_only, -(amount or Decimal(0)), sku

    ordered = sorted(ids, key=place, reverse=turned)
    return {pk: number for number, pk in enumerate(ordered)}

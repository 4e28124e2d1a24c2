"""Products in the order of their sales: of thousands only those that are shown are read in full."""

import bisect
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
VALUES: Final = {
    NET: "coalesce(b.now_ht, 0)",
    LOST: "CASE WHEN coalesce(b.now_ht, 0) < b.then_ht THEN coalesce(b.now_ht, 0) - b.then_ht END",
}
"""What products are put in order by, in SQL, where that is exact."""
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


@dataclass(frozen=True, slots=True)
class Order:
    """From `first` on `count` products, by a column of ORDERS; `down`: the largest first."""

    code: str
    down: bool
    first: int
    count: int

    @property
    def rank(self) -> str:
        """SQL: the place of a row; equals share one. Only where SQL reckons as exactly as we do."""
        way = "DESC" if self.down else "ASC"
        return f"rank() OVER (ORDER BY {VALUES[self.code]} {way} NULLS LAST)"


@dataclass(frozen=True, slots=True)
class Field:
    """Products to be put in order; `counts`: of all there are, those with a value."""

    sold: Mapping[int, Sold]
    counts: Mapping[str, int]


class Statement(sums.Statement):
    """Net sales by product, of two periods at once."""

    def net_of_both(self, now: Period, then: Period | None, *, orders: Sequence[Order]) -> Field:
        """Only what can be in one of the orders where the database can tell; else all products."""
        before = ""
        source = self._net_of(now)
        if then:
            before = f" UNION ALL SELECT product_id, NULL, net_ht FROM {self._net_of(then)} t"  # noqa: S608
        told = all(order.code in VALUES for order in orders)
        places = [f"{order.rank} AS place_{n}" for n, order in enumerate(orders)] if told else []
        counts = ["count(*) OVER () AS of_all", f"count({VALUES[LOST]}) OVER () AS of_lost"]
        near = [f"b.place_{n} <= {order.first + order.count}" for n, order in enumerate(orders)]
        both = f"""(
            SELECT b.product_id, sum(b.now_ht) AS now_ht, sum(b.then_ht) AS then_ht
            FROM (SELECT product_id, net_ht AS now_ht, NULL::numeric AS then_ht
                  FROM {source} n {before}) b
            GROUP BY 1
        )"""  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(
                f"{self.shared()} SELECT b.product_id, b.now_ht, b.then_ht, b.of_all, b.of_lost"  # noqa: S608
                f" FROM (SELECT b.*, {', '.join([*counts, *places])} FROM {both} b) b"
                f" WHERE {' OR '.join(near) if told else 'true'}",
                self.parameters,
            )
            found = cursor.fetchall()
        *_, of_all, of_lost = found[0] if found else (0, 0)
        return Field(
            {product_id: Sold(now, then) for product_id, now, then, *_ in found},
            {NET: of_all, CHANGE: of_all, "name": of_all, LOST: of_lost},
        )

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
    known_at: datetime | None = None,
) -> list[Ranked] | None:
    """The products sold in either period, from `first` on `count` of them, for each of `orders`.

    Without `then` those of the one period.
    An order is a column of ORDERS, `first` and `count`; with a minus it is descending. What is not
    known comes last. `known_at`: of the sales recorded until then. None where the stores have
    several currencies: nothing can be put in order. Raise UnknownStore, UnknownRegion.
    """
    where = places.chosen(principal=principal, stores=stores, regions=regions)
    if where.currency is None:
        return None

    def compute() -> list[list[Any]]:
        wanted = [
            Order(code.removeprefix("-"), code.startswith("-"), first, count)
            for code, first, count in orders
        ]
        field = _field(where, now=now, then=then, orders=wanted, known_at=known_at)
        return [_one(principal, field, order) for order in wanted]

    found = remember(
        kind=CacheKind.FIGURES,
        key=[
            "products in order", sight_of(principal), *_days(now), *(_days(then) if then else ()),
            "\n".join(stores), "\n".join(regions), repr(orders),
            repr(known_at),
        ],
        version=data_version(),
        compute=compute,
    )  # fmt: skip
    return [Ranked(count, ids) for count, ids in found]


def _days(period: Period) -> list[str]:
    days: tuple[date, date] = (period.start, period.end)
    return [day.isoformat() for day in days]


def _field(
    where: Places,
    *,
    now: Period,
    then: Period | None,
    orders: Sequence[Order],
    known_at: datetime | None,
) -> Field:
    statement = Statement(
        store_ids=where.ids,
        all_stores=where.everything,
        category_id=None,
        by=Dimension.PRODUCT,
        known_at=known_at,
    )
    return statement.net_of_both(now, then, orders=orders)


def _one(principal: Principal, field: Field, order: Order) -> list[Any]:
    """Names are read of those only that equal values leave to be told apart."""
    down, code, first = order.down, order.code, order.first
    values = {pk: each.value(code) for pk, each in field.sold.items()}
    if code == LOST:
        values = {pk: value for pk, value in values.items() if value is not None}
    signed = {
        pk: (value is None, (-value if down else value) if value is not None else Decimal(0))
        for pk, value in values.items()
    }
    rough = heapq.nsmallest(first + order.count, signed.values())
    if len(rough) <= first:
        return [field.counts[code], []]
    least, most = rough[first], rough[-1]
    near = [pk for pk, value in signed.items() if least <= value <= most]
    before = bisect.bisect_left(rough, least)
    places_of = _by_name(principal, near, field.sold, turned=down and code == "name", code=code)
    near.sort(key=lambda pk: (signed[pk], places_of[pk]))
    start = first - before
    return [field.counts[code], near[start : start + order.count]]


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

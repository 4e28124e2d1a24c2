"""Which price holds: of a product, in a store, on a business day. The rule is written here once.

Of the active lists that hold the product, are of the store's currency and of the day:

1. a list of the store beats one of the chain,
2. a promotion beats a regular list,
3. the list that starts later wins; of two that start on one day, the one made later.

Without any, the product's own sale price holds, and NULL says that nobody knows it. Every two lists
are in order by this, so lists may overlap: a list that starts later takes over, and gives back.
Prices include tax. Lists are read as they stand now, also for a day gone by: what was in force then
is told by `inventory.selectors.lowest_prices`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from django.db import connection

from epm.organization.models import Store

ORDER: Final = "(l.store_id IS NOT NULL) DESC, (l.kind = 'promotion') DESC, l.starts_on DESC"


def held(*, on: str, most: str) -> str:
    """SQL, joined laterally to a product `p` and its store `place`: the lists in order, on the day
    that the expression `on` says, so many as `most` says."""
    return f"""
        SELECT i.price, l.id, l.code, l.name, l.kind, l.store_id IS NOT NULL, l.starts_on, l.ends_on
        FROM inventory_pricelistitem i JOIN inventory_pricelist l ON l.id = i.price_list_id
        WHERE i.product_id = p.id AND l.is_active AND l.currency = place.currency
          AND (l.store_id IS NULL OR l.store_id = place.id)
          AND l.starts_on <= {on} AND (l.ends_on IS NULL OR l.ends_on >= {on})
        ORDER BY {ORDER}, l.id DESC LIMIT {most}
    """  # noqa: S608 - no word of anybody's


PRICES: Final = f"""
    SELECT place.id, p.id, p.sku, p.sale_price, held.*
    FROM inventory_product p CROSS JOIN organization_store place
    LEFT JOIN LATERAL ({held(on="%(on)s::date", most="%(most)s::bigint")}) held ON true
    WHERE place.id = ANY(%(stores)s) AND p.id = ANY(%(products)s) ORDER BY lower(p.sku)
"""  # noqa: S608 - no word of anybody's


@dataclass(frozen=True, slots=True)
class Listed:
    """One list's price of a product."""

    price: Decimal
    list_id: int
    code: str
    name: str
    kind: str
    is_of_store: bool
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Price:
    """The price that holds, tax included, and the list it is by: none for the chain's price."""

    product_id: int
    sku: str
    price: Decimal | None
    by: Listed | None


def prices_of(product_ids: Collection[int], store_id: int, on: date) -> list[Price]:
    """The prices that hold in a store on a business day, by SKU, in one query."""
    return [price for _store, price in _held(product_ids, [store_id], on, most=1)]


def prices_at(product_id: int, stores: Collection[Store], *, at: datetime) -> dict[int, Price]:
    """The prices of a product at a moment, by the id of the store.

    One query for each business day that it is in the stores.
    """
    days: dict[date, list[int]] = defaultdict(list)
    for store in stores:
        days[business_day(store, at=at)].append(store.pk)
    return {
        store_id: price
        for on, store_ids in days.items()
        for store_id, price in _held([product_id], store_ids, on, most=1)
    }


def reasons_of(product_id: int, store_id: int, on: date) -> list[Listed]:
    """Every list that says a price for the product there and then, in the order of the rule.

    The first one holds. None: the product's own sale price does.
    """
    found = [price.by for _store, price in _held([product_id], [store_id], on, most=None)]
    return [by for by in found if by is not None]


class Place(Protocol):
    """What of a store says which day it is there."""

    @property
    def timezone(self) -> str: ...

    @property
    def day_cutoff_hour(self) -> int: ...


def business_day(store: Place, *, at: datetime) -> date:
    """The store's business day at a moment."""
    local = at.astimezone(ZoneInfo(store.timezone))
    return (local - timedelta(hours=store.day_cutoff_hour)).date()


def _held(
    product_ids: Collection[int], store_ids: Collection[int], on: date, *, most: int | None
) -> list[tuple[int, Price]]:
    """Each price that holds, with the store it holds in."""
    words: dict[str, Any] = {
        "products": list(product_ids),
        "stores": list(store_ids),
        "on": on,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(PRICES, words)
        return [(store_id, _price(row)) for store_id, *row in cursor.fetchall()]


def _price(row: Sequence[Any]) -> Price:
    product_id, sku, own, *listed = row
    by = Listed(*listed) if listed[1] is not None else None
    return Price(product_id, sku, by.price if by else own, by)

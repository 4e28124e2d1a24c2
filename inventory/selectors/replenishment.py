"""What levels need and where it could come from (kpis.md 4.4).

reorder point = ADS · lead time + z · σ · √lead time, or a rule's minimum if that is more; to order
= what is missing to the maximum, by whole packs; position = available + coming. `available` has
what was promised taken off, so backorders are in it. Demand that is not known stays unknown: such
a level has a reorder point only if a rule states a minimum.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of, stores_visible_to
from inventory.models import ReplenishmentProposal, ReplenishmentRun, StockNeed, StockRule

COVERS: Final = """
    SELECT n.store_id, n.product_id, n.as_of, inventory_available(l), coalesce(i.coming, 0),
           n.ads, n.sigma, n.days,
           CASE WHEN n.ads > 0 THEN round(inventory_available(l) / n.ads, 1) END,
           n.lead_days, n.reorder_point, n.maximum
    FROM inventory_stockneed n
    JOIN inventory_stocklevel l ON l.store_id = n.store_id AND l.product_id = n.product_id
    LEFT JOIN inventory_planned i ON i.store_id = n.store_id AND i.product_id = n.product_id
    WHERE n.store_id = ANY (%(stores)s)
      AND (%(products)s::bigint[] IS NULL OR n.product_id = ANY (%(products)s))
    ORDER BY n.store_id, n.product_id
"""
PROPOSE: Final = """
    SELECT * FROM inventory_proposals(ARRAY(SELECT id FROM organization_store))
    WHERE store_id = ANY (%(stores)s)
"""


@dataclass(frozen=True, slots=True)
class Need:
    """A level against its demand, in the product's unit; None: not known.

    `cover` is for how many days what is available lasts; None also where nothing sells. `days`
    is how many in-stock trading days demand was seen on: fewer than 7 say nothing.
    """

    store_id: int
    product_id: int
    as_of: date | None
    available: Decimal
    coming: Decimal
    ads: Decimal | None
    sigma: Decimal | None
    days: int
    cover: Decimal | None
    lead_days: int
    reorder_point: Decimal | None
    maximum: Decimal | None


@dataclass(frozen=True, slots=True)
class Suggested:
    """So much for a store: a transfer from `source_id`, an order to `supplier_id`, or no way."""

    store_id: int
    product_id: int
    route: str
    source_id: int | None
    supplier_id: int | None
    quantity: Decimal
    pack: Decimal
    ads: Decimal | None
    sigma: Decimal | None
    days: int
    position: Decimal
    reorder_point: Decimal
    maximum: Decimal


def rules_visible_to(principal: Principal) -> QuerySet[StockRule]:
    """The chain's rules and those of the stores in scope; none for who sees no store."""
    scope = scope_of(principal)
    if not (scope.all_stores or scope.store_ids):
        return StockRule.objects.none()
    return StockRule.objects.filter(scope.covers("store")) | (
        StockRule.objects.filter(store__isnull=True)
    )


def needs_visible_to(principal: Principal) -> QuerySet[StockNeed]:
    """What the levels of the stores in scope need, as of the last look."""
    return StockNeed.objects.filter(scope_of(principal).covers("store"))


def runs_visible_to(principal: Principal) -> QuerySet[ReplenishmentRun]:
    """The looks that proposals in scope came of."""
    return ReplenishmentRun.objects.filter(
        pk__in=proposals_visible_to(principal).order_by().values("run")
    )


def proposals_visible_to(principal: Principal) -> QuerySet[ReplenishmentProposal]:
    """What is proposed for the stores in scope, from whichever store it would come."""
    return ReplenishmentProposal.objects.filter(scope_of(principal).covers("store"))


def needs(
    *,
    principal: Principal,
    store_ids: Collection[int] | None = None,
    product_ids: Collection[int] | None = None,
) -> list[Need]:
    """Cover and reorder point of the levels of the stores in scope, or of those named."""
    words = {
        "stores": visible_ids(principal, store_ids),
        "products": None if product_ids is None else list(product_ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(COVERS, words)
        return [Need(*row) for row in cursor.fetchall()]


def suggestions(
    *, principal: Principal, store_ids: Collection[int] | None = None
) -> list[Suggested]:
    """What would fill the stores in scope up, or those named: from other stores, then by orders.

    All stores of the chain give and take, whoever asks: what a store is told does not depend on it.
    """
    stores = visible_ids(principal, store_ids)
    with connection.cursor() as cursor:
        cursor.execute(PROPOSE, {"stores": stores})
        found = [Suggested(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda each: (each.store_id, each.product_id, each.source_id or 0))


def visible_ids(principal: Principal, store_ids: Collection[int] | None = None) -> list[int]:
    """The stores in scope, or those of them that are named."""
    if store_ids is not None:
        scope = scope_of(principal)
        return sorted(store for store in set(store_ids) if scope.allows(store))
    return list(stores_visible_to(principal).order_by("pk").values_list("pk", flat=True))

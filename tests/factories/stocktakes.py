"""Stocktakes in small."""

from decimal import Decimal
from uuid import uuid4

from inventory.models import CountKind, StocktakeCount
from inventory.services import stocktake_counts, stocktakes
from inventory.services.stocktake_counts import Counted
from tests.factories.chain import NOON

STRICT = stocktakes.Tolerance(units=Decimal(0))


def scheduled(store, **how):
    return stocktakes.schedule(store_id=store.pk, on=NOON.date(), **how)


def started(store, **how):
    return stocktakes.start(stocktake_id=scheduled(store, **how).pk, now=NOON)


def count(stocktake, *seen, kind=CountKind.ADD, act=None, by="ann", now=NOON):
    """Count (product, quantity) pairs."""
    return stocktake_counts.count(
        stocktake_id=stocktake.pk,
        lines=[Counted(product.pk, Decimal(str(quantity))) for product, quantity in seen],
        kind=kind,
        act=act or uuid4(),
        by=by,
        now=now,
    )


def undo(count_id, *, act=None, by="ann"):
    stocktake_counts.undo(count_id=count_id, act=act or uuid4(), by=by, now=NOON)


def last_count():
    return StocktakeCount.objects.latest("pk")


def reviewed(stocktake):
    return stocktakes.review(stocktake_id=stocktake.pk)


def approved(stocktake, *, by="rita", above=True):
    return stocktakes.approve(stocktake_id=stocktake.pk, by=by, above=above)


def posted(stocktake, *, now=NOON):
    return stocktakes.post(stocktake_id=stocktake.pk, now=now)


def finished(stocktake):
    """Reviewed, approved and posted; the movements."""
    reviewed(stocktake)
    approved(stocktake)
    return posted(stocktake)


def line_of(stocktake, product):
    return stocktake.lines.get(product=product)

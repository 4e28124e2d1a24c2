"""Stock over many days: what came and what sold, booked on the days that it happened."""

from datetime import UTC, datetime, time, timedelta

from inventory.models import MovementKind
from tests.factories import stock


def at(day, hour=12):
    return datetime.combine(day, time(hour), tzinfo=UTC)


def received(store, product, quantity, day, *, cost=None):
    stock.book(MovementKind.RECEIPT, (store, product, quantity, cost), at=at(day, 8))


def sold(store, product, quantity, day):
    stock.book(MovementKind.SALE, (store, product, -quantity), at=at(day))


def returned(store, product, quantity, day):
    stock.book(MovementKind.RETURN, (store, product, quantity), at=at(day, 15))


def sold_daily(store, product, quantities, *, first):
    """One quantity a day from `first` on; 0: nothing sold."""
    for number, quantity in enumerate(quantities):
        if quantity:
            sold(store, product, quantity, first + timedelta(days=number))

"""Stock in small: goods that came in, and what the house says of them."""

from decimal import Decimal
from uuid import uuid4

from django.db import connection

from inventory.models import MovementKind, StockLevel, StockMovement
from inventory.services import movements, reservations
from inventory.services.movements import Document, Move
from inventory.services.reservations import Wanted
from tests.factories.chain import NOON


def book(kind, *moves, at=NOON, posting=None, document=None, forced=False):
    """Movements of (store, product, quantity[, unit cost]) or of ready `Move`s."""
    return movements.post(
        posting=posting or uuid4(),
        kind=kind,
        moves=[each if isinstance(each, Move) else _move(*each) for each in moves],
        document=document or Document(),
        at=at,
        forced=forced,
    )


def _move(store, product, quantity, unit_cost=None):
    cost = None if unit_cost is None else Decimal(str(unit_cost))
    return Move(store.pk, product.pk, Decimal(str(quantity)), cost)


def received(store, product, quantity, unit_cost=None, **how):
    """So much came in; the level as it is then."""
    book(MovementKind.RECEIPT, (store, product, quantity, unit_cost), **how)
    return level(store, product)


def level(store, product):
    return StockLevel.objects.get(store=store, product=product)


def hold(store, *lines, basket=None, holder="till", **how):
    """Hold (product, quantity) lines; the basket's key."""
    basket = basket or uuid4()
    reservations.hold(
        basket=basket,
        store_id=store.pk,
        lines=[Wanted(product.pk, Decimal(str(quantity))) for product, quantity in lines],
        holder=holder,
        **how,
    )
    return basket


def let_end(basket):
    """It was held a day earlier than it was: by the clock of the database it is over."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_reservation DISABLE TRIGGER reservation_changes")
        cursor.execute(
            "UPDATE inventory_reservation SET held_at = held_at - interval '1 day',"
            " expires_at = expires_at - interval '1 day' WHERE basket = %s",
            [basket],
        )
        cursor.execute("ALTER TABLE inventory_reservation ENABLE TRIGGER reservation_changes")


def ledger_of(store, product):
    """Its movements as (kind, quantity, balance), from the first."""
    rows = StockMovement.objects.filter(store=store, product=product).order_by("position")
    return list(rows.values_list("kind", "quantity", "balance"))

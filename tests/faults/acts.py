"""What happens in a process beside the product: it has Django, and calls services."""

from decimal import Decimal
from uuid import uuid4

from django.db import close_old_connections
from django.utils import timezone

from inventory.models import MovementKind
from inventory.services import movements, transfer_receipts, transfers
from inventory.services.movements import Document, Move
from inventory.services.stock_refusals import InsufficientStock
from inventory.services.transfer_receipts import Arrived
from inventory.services.transfers import Planned
from sales.models import CashRegister
from sales.services import sessions
from tests.factories import chain
from tests.factories.chain import NOON


def furnish() -> dict:
    """Two stores, and the key of whoever sells for the whole chain."""
    stores = [chain.store().pk for _each in range(2)]
    scopes = ("stock:read", "stock:write", "sales:read", "tills:write")
    _row, key = chain.api_key(scopes=scopes, expires_in=None)
    return {"stores": stores, "key": key}


def stock(*, count: int, quantity: int, stores: list[int]) -> list[int]:
    """New products, so much of each in these stores."""
    close_old_connections()  # the server may have been killed since the last time
    products = [chain.product().pk for _each in range(count)]
    moves = [
        Move(store, product, Decimal(quantity), Decimal("2.50"))
        for store in stores
        for product in products
    ]
    movements.post(
        posting=uuid4(), kind=MovementKind.RECEIPT, moves=moves, document=Document(), at=NOON
    )
    return products


def open_tills(*, store: int, count: int) -> list[int]:
    """New registers of a store, each with an open session."""
    close_old_connections()
    made = [
        CashRegister.objects.create(store_id=store, code=f"T{uuid4().hex[:8]}")
        for _each in range(count)
    ]
    for register in made:
        sessions.open_session(
            register_id=register.pk, opening_float=Decimal(0), by=None, now=timezone.now()
        )
    return [register.pk for register in made]


def take_out(*, store: int, product: int) -> bool:
    """Whether one unit could be sent to another store."""
    try:
        movements.post(
            posting=uuid4(), kind=MovementKind.TRANSFER_OUT, at=NOON,
            moves=[Move(store, product, Decimal(-1))], document=Document("test", "out"),
        )  # fmt: skip
    except InsufficientStock:
        return False
    return True


def transfer(*, source: int, end: int, products: list[int]) -> bool:
    """Plan, keep back, ship and receive one unit of each; whether there was enough."""
    lines = [Planned(product, Decimal(1)) for product in products]
    made = transfers.create(key=uuid4(), source_id=source, destination_id=end, lines=lines)
    try:
        transfers.ready(transfer_id=made.pk)
    except InsufficientStock:
        return False
    transfers.ship(transfer_id=made.pk, key=uuid4(), at=NOON)
    arrived = [Arrived(product, Decimal(1)) for product in products]
    transfer_receipts.receive(transfer_id=made.pk, key=uuid4(), arrived=arrived, at=NOON)
    return True


def count(*, store: int, products: list[int]) -> bool:
    """A count that finds one more and one less in turns, in the order they are named."""
    moves = [Move(store, product, Decimal((-1) ** n)) for n, product in enumerate(products)]
    try:
        movements.post(
            posting=uuid4(), kind=MovementKind.COUNT, moves=moves, at=NOON,
            document=Document("test", "count"),
        )  # fmt: skip
    except InsufficientStock:
        return False
    return True

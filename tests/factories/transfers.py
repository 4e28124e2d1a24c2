"""Transfers in small: a source with goods, a destination, and one transfer at any step."""

from decimal import Decimal
from uuid import uuid4

from django.db.models import Sum

from epm.platform.invariants import examined
from inventory.models import StockLevel, StockMovement, TransferLine
from inventory.services import transfer_receipts, transfers
from inventory.services.transfer_receipts import Arrived
from inventory.services.transfers import Planned
from tests.factories.chain import NOON


def drafted(source, destination, *lines, **fields):
    """A draft of (product, quantity) lines."""
    return transfers.create(
        key=uuid4(),
        source_id=source.pk,
        destination_id=destination.pk,
        lines=[Planned(product.pk, Decimal(str(quantity))) for product, quantity in lines],
        **fields,
    )


def readied(source, destination, *lines):
    return transfers.ready(transfer_id=drafted(source, destination, *lines).pk)


def shipped(source, destination, *lines):
    transfer = readied(source, destination, *lines)
    return transfers.ship(transfer_id=transfer.pk, key=uuid4(), at=NOON)


def received(transfer, *arrived, key=None, **how):
    """Book (product, accepted) or ready `Arrived`s as a delivery."""
    return transfer_receipts.receive(
        transfer_id=transfer.pk,
        key=key or uuid4(),
        arrived=[
            each if isinstance(each, Arrived) else Arrived(each[0].pk, Decimal(str(each[1])))
            for each in arrived
        ],
        at=NOON,
        **how,
    )


def line(transfer, product=None):
    rows = transfer.lines.all() if product is None else transfer.lines.filter(product=product)
    return rows.get()


def told(line):
    """The line as (shipped, accepted, rejected, lost, returned, in transit)."""
    names = ("shipped", "accepted", "rejected", "lost", "returned", "in_transit")
    return tuple(getattr(line, name) for name in names)


def worth_of_the_chain():
    """What all stock is worth, with what is on its way, and with what was written off."""
    losses = StockMovement.objects.filter(kind__in=["damage", "expiry", "theft", "loss"])
    return (
        (StockLevel.objects.aggregate(s=Sum("value"))["s"] or 0)
        + (TransferLine.objects.aggregate(s=Sum("value"))["s"] or 0)
        - (losses.aggregate(s=Sum("value"))["s"] or 0)
    )


def broken_laws():
    return [(each.invariant.code, each.first) for each in examined() if each.broken]

"""A history of documents that moved stock, written down elsewhere, into the ledger."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID, uuid5

from epm.organization.models import Store
from epm.platform.actor import acting_as
from inventory.models import MovementKind, Product
from inventory.services import movements
from inventory.services.movements import Document, Move

DOCUMENTS: Final = {
    "receipt": "delivery", "damage": "waste", "count": "count", "status": "quality",
}  # fmt: skip


def book(*, rows: Iterable[tuple[datetime, Mapping[str, str]]], series: UUID, by: str) -> None:
    """Book rows of (moment, movement), those of a document together; what is booked stays.

    A row names kind, document, store, sku, quantity, unit_cost (excl. tax in the store's
    currency; empty: not known), blocked, reason and note. `series` tells its documents from those
    of others. Raises what `movements.post` raises.
    """
    stores = dict(Store.objects.values_list("code", "pk"))
    products = dict(Product.objects.values_list("sku", "pk"))
    for (at, kind, ref), document in groupby(rows, key=_document):
        moves = [
            Move(
                store_id=stores[row["store"]],
                product_id=products[row["sku"]],
                quantity=Decimal(row["quantity"]),
                unit_cost=Decimal(row["unit_cost"]) if row["unit_cost"] else None,
                blocked=Decimal(row["blocked"]),
                reason=row["reason"],
                note=row["note"],
            )
            for _at, row in document
        ]
        with acting_as(by):
            movements.post(
                posting=uuid5(series, ref),
                kind=MovementKind(kind),
                moves=moves,
                document=Document(DOCUMENTS[kind], ref),
                at=at,
            )


def _document(row: tuple[datetime, Mapping[str, str]]) -> tuple[datetime, str, str]:
    at, told = row
    return at, told["kind"], told["document"]

"""The invented stock of the demo: what came, broke and was counted between the sales."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Final
from uuid import UUID, uuid5

from epm.organization.models import Store
from epm.platform.actor import acting_as
from inventory.models import MovementKind, Product
from inventory.services import movements
from inventory.services.movements import Document, Move
from reporting.services.demo import shipped

ACTOR: Final = "demo"
NAMESPACE: Final = UUID("6f2f7b4e-5f0c-4d5c-9a3d-0d7f3f1d9b61")
DOCUMENTS: Final = {
    "receipt": "delivery", "damage": "waste", "count": "count", "status": "quality",
}  # fmt: skip


def book(*, shift_days: int) -> None:
    """Book every document of the shipped history, moved; what is booked already stays.

    The goods that came come before the sales that took them, so that no sale finds a shelf empty.
    """
    stores = dict(Store.objects.values_list("code", "pk"))
    products = dict(Product.objects.values_list("sku", "pk"))
    for (at, kind, ref), rows in groupby(_rows(), key=_document):
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
            for row in rows
        ]
        moment = datetime.fromisoformat(at) + timedelta(days=shift_days)
        with acting_as(ACTOR, door=ACTOR):
            movements.post(
                posting=uuid5(NAMESPACE, ref),
                kind=MovementKind(kind),
                moves=moves,
                document=Document(DOCUMENTS[kind], ref),
                at=moment.replace(tzinfo=shipped.ZONE),
            )


def _rows() -> Iterator[dict[str, str]]:
    path = shipped.FOLDER / "stock_movements.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _document(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["at"], row["kind"], row["document"]

"""What the demo's products cost a customer, out of the real lines, and who is to supply them."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

from reporting.services.demo import shipped

CENT: Final = Decimal("0.01")
BY_VOLUME: Final = "GASOLINE-REG UNLEADED"
"""The type of products whose quantity is no number of pieces."""
SUPPLIER_OF: Final = {
    "GROCERY": "DEPOT", "FROZEN GROCERY": "DEPOT",
    "PRODUCE": "FIELD", "FLORAL": "FIELD",
    "MEAT": "RANGE", "MEAT-PCKGD": "RANGE", "SEAFOOD": "RANGE", "SEAFOOD-PCKGD": "RANGE",
    "DRUG GM": "WELL", "NUTRITION": "WELL", "COSMETICS": "WELL",
}  # fmt: skip
"""By department. Nobody is known to supply the others, such as what is made in the store."""
PACKS: Final = ((60, 12), (15, 6), (0, 1))
"""By twelves comes what sells 60 pieces in all stores and all days, by sixes what sells 15."""
SINGLES: Final = 2
"""The least of what comes by the piece; else it is a pack."""


def write_prices(*, path: Path) -> None:
    """Write the shipped cost, USD excl. tax, and the price a piece was sold at most often, incl.

    The price is before discounts; of two as often, the one of the latest line. A line counts that
    sold pieces for money; what has none, and what the source does not describe, has no price.
    """
    _write(path, ("sku", "purchase_price", "sale_price"), _prices())


def write_supplied(*, path: Path) -> None:
    """Write what the invented suppliers sell: quantities in pieces, costs in USD excl. tax."""
    header = (
        "supplier", "sku", "supplier_sku", "pack_size", "minimum_quantity", "unit_price",
    )  # fmt: skip
    _write(path, header, _supplied())


def _prices() -> Iterator[tuple[str, str, str]]:
    costs, often = _costs(), _most_often()
    for product in _rows("products.csv.gz"):
        sku = product["product_id"]
        price = "" if product["product_type"] == BY_VOLUME else often.get(sku, "")
        if sku in costs or price:
            yield sku, costs.get(sku, ""), price


def _most_often() -> dict[str, str]:
    seen: dict[str, Counter[Decimal]] = defaultdict(Counter)
    latest: dict[tuple[str, Decimal], int] = {}
    for number, line in enumerate(_rows("sale_lines.csv.gz")):
        pieces = int(line["quantity"])
        if pieces > 0 and (price := _shelf_price(line, pieces)):
            seen[line["product_id"]][price] += 1
            latest[line["product_id"], price] = number
    return {
        sku: str(max(times, key=lambda price: (times[price], latest[sku, price])))
        for sku, times in seen.items()
    }


def _costs() -> dict[str, str]:
    return {row["sku"]: row["purchase_price"] for row in _rows("costs.csv")}


def _shelf_price(line: dict[str, str], pieces: int) -> Decimal:
    """Of a piece, before the discounts of the loyalty card and of coupons."""
    parts = ("sales_value", "retail_disc", "coupon_match_disc")
    shelf = sum((Decimal(line[part]) for part in parts), Decimal(0))
    return (shelf / pieces).quantize(CENT, ROUND_HALF_UP)


def _supplied() -> Iterator[tuple[str, ...]]:
    costs = _costs()
    sold: Counter[str] = Counter()
    for line in _rows("sale_lines.csv.gz"):
        sold[line["product_id"]] += int(line["quantity"])
    for product in _rows("products.csv.gz"):
        sku = product["product_id"]
        if supplier := SUPPLIER_OF.get(product["department"]):
            pack = next(pack for least, pack in PACKS if sold[sku] >= least)
            yield (
                supplier, sku, f"{supplier[0]}-{sku[::-1]}", str(pack), str(max(pack, SINGLES)),
                costs.get(sku, ""),
            )  # fmt: skip


def _rows(name: str) -> Iterator[dict[str, str]]:
    path = shipped.FOLDER / name
    opened = gzip.open if name.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)

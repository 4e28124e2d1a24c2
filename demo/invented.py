"""Make the invented figures again: python -m demo.invented

costs.csv               purchase prices of a part of the products
daily_targets.csv       what a store should sell on each weekday
opening_stock.csv.gz    what the stores had of what they sold, before the first sale
stock_movements.csv.gz  what came, broke and was counted between the sales (demo/stock.py)
footfall.csv.gz         who came, also without buying (demo/staffing.py)
labour.csv.gz           the hours that people worked (demo/staffing.py)

All follow from the sale lines by the rules below; README.md tells them in words.
"""

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from demo import staffing, stock

HERE = Path(__file__).parent
COST_SHARES = {
    "GROCERY": Decimal("0.74"),
    "DRUG GM": Decimal("0.66"),
    "PRODUCE": Decimal("0.58"),
    "MEAT": Decimal("0.76"),
    "MEAT-PCKGD": Decimal("0.72"),
    "NUTRITION": Decimal("0.64"),
}
"""Cost as a share of the average price sold at; other departments' costs stay unknown."""
LAST_DIGITS_WITH_COST = "0123456"
FACTORS = {
    "343": Decimal("1.02"),
    "361": Decimal("1.05"),
    "367": Decimal("0.97"),
    "381": Decimal("1.08"),
    "406": Decimal("0.99"),
    "31782": Decimal("0.94"),
}
"""The target of a store as a multiple of what it sold."""


def costs() -> Iterator[Sequence[Any]]:
    """SKU and invented purchase price per piece, excl. tax."""
    sold: dict[str, Decimal] = defaultdict(Decimal)
    pieces: dict[str, int] = defaultdict(int)
    for line in _rows("sale_lines.csv.gz"):
        if int(line["quantity"]) > 0:
            sold[line["product_id"]] += Decimal(line["sales_value"])
            pieces[line["product_id"]] += int(line["quantity"])
    for product in _rows("products.csv.gz"):
        sku = product["product_id"]
        share = COST_SHARES.get(product["department"])
        if share and sku[-1] in LAST_DIGITS_WITH_COST and pieces[sku]:
            cost = (sold[sku] / pieces[sku] * share).quantize(Decimal("0.01"), ROUND_HALF_UP)
            if cost:
                yield sku, cost


def daily_targets() -> Iterator[Sequence[Any]]:
    """Store, ISO weekday and invented target of such a day, excl. tax."""
    sold: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    last: dict[str, date] = {}
    for line in _rows("sale_lines.csv.gz"):
        store, day = line["store_id"], date.fromisoformat(line["sold_at"][:10])
        sold[store, day.isoweekday()] += Decimal(line["sales_value"])
        last[store] = max(last.get(store, day), day)
    first = date(2017, 10, 1)
    for store, factor in FACTORS.items():
        span = [first + timedelta(days=n) for n in range((last[store] - first).days + 1)]
        for weekday in range(1, 8):
            days = sum(day.isoweekday() == weekday for day in span)
            amount = sold[store, weekday] / days * factor
            yield store, weekday, amount.quantize(Decimal(1), ROUND_HALF_UP)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(HERE / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, to: Path) -> None:
    """A CSV, packed where its name says so; without the time it was made at, to be the same."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    content = text.getvalue().encode()
    (to / name).write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)


def make(*, to: Path) -> None:
    """Write all files into the folder `to`."""
    known = dict(costs())
    write("costs.csv", ("sku", "purchase_price"), known.items(), to=to)
    write("daily_targets.csv", ("store", "weekday", "amount"), daily_targets(), to=to)
    shelves = stock.shelves(
        _rows("sale_lines.csv.gz"),
        skus={product["product_id"] for product in _rows("products.csv.gz")},
        costs=known,
    )
    opening = [row for shelf in shelves for row in shelf.opening()]
    moved = sorted(row for shelf in shelves for row in shelf.movements())
    write("opening_stock.csv.gz", stock.OPENING, opening, to=to)
    write("stock_movements.csv.gz", stock.MOVEMENTS, moved, to=to)
    visitors, worked = staffing.of(_rows("sale_lines.csv.gz"))
    write("footfall.csv.gz", staffing.FOOTFALL, visitors, to=to)
    write("labour.csv.gz", staffing.LABOUR, worked, to=to)


if __name__ == "__main__":
    make(to=HERE)

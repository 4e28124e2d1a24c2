"""What somebody would decide at a desk, invented: who is preferred, a promotion, a stock rule, a
cash register for each store."""

import csv
from datetime import timedelta
from decimal import Decimal
from typing import Final

from inventory.services import set_up
from reporting.services.demo import shipped
from sales.services.set_up import give_registers

BY: Final = "demo"
STORE: Final = "367"
DAYS: Final = 14
CATEGORY: Final = "GROCERY/FLUID MILK PRODUCTS"


def make_missing(*, shift_days: int) -> None:
    """Make what is missing of them. The promotion begins on the day after the last moved sale."""
    first = shipped.LAST_DAY + timedelta(days=shift_days + 1)
    with (shipped.FOLDER / "promotion.csv").open(encoding="utf-8", newline="") as file:
        prices = {row["sku"]: Decimal(row["price"]) for row in csv.DictReader(file)}
    set_up.prefer_only_suppliers(by=BY)
    set_up.promote(
        code=f"DEMO-{STORE}",
        name="Two good weeks (demo)",
        store_code=STORE,
        first=first,
        last=first + timedelta(days=DAYS - 1),
        prices=prices,
        by=BY,
    )
    set_up.keep_of_category(code=CATEGORY, minimum=Decimal(2), maximum=Decimal(8), by=BY)
    give_registers(by=BY)

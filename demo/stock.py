"""The invented stock: what stood on a shelf, so that the real sales could leave it.

Each product of each store that sold it is a shelf of its own. README.md tells the rules in words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

OPENING = ("store", "sku", "quantity", "unit_cost", "at", "document")
MOVEMENTS = (
    "at", "kind", "document", "store", "sku", "quantity", "unit_cost", "blocked", "reason", "note",
)  # fmt: skip
FIRST_DAY = date(2017, 10, 1)
FIRST_MONDAY = date(2017, 10, 2)
WEEKS = 14
"""The Sunday it begins with, and thirteen weeks from Monday to Sunday."""
CLOSED = "361"
SLOW = 3
"""Of what sells so little there is enough from the beginning."""
COST_DRIFT = (Decimal("0.98"), Decimal(1), Decimal("1.02"))
DAMAGE_DAY, COUNT_DAY, LOOK_DAY = date(2017, 11, 8), date(2017, 12, 3), date(2017, 12, 18)
COUNTED = "343"

Row = tuple[str, ...]


@dataclass(frozen=True)
class Shelf:
    """`sold` by week; `left` is what stands there when the last week is over, but for losses."""

    store: str
    sku: str
    sold: tuple[int, ...]
    left: int
    cost: Decimal | None

    @property
    def is_slow(self) -> bool:
        return sum(self.sold) <= SLOW

    def opening(self) -> Iterator[Row]:
        """What there was: all it will sell of a slow product, else of its first three weeks."""
        quantity = self.left + sum(self.sold if self.is_slow else self.sold[:3])
        if quantity > 0:
            yield (
                self.store, self.sku, str(quantity), _told(self.cost), str(FIRST_DAY),
                f"OPEN-{self.store}",
            )  # fmt: skip

    def movements(self) -> Iterator[Row]:
        yield from self._deliveries()
        yield from self._losses()

    def _deliveries(self) -> Iterator[Row]:
        """On a Monday on which the week would eat what is to be left: for it and the next one."""
        if self.is_slow:
            return
        here = self.left + sum(self.sold[:3]) - self.sold[0]
        for week in range(1, WEEKS):
            ahead = sum(self.sold[week : week + 2])
            if here - self.sold[week] < self.left and ahead:
                day = FIRST_MONDAY + timedelta(days=7 * (week - 1))
                drift = COST_DRIFT[week % len(COST_DRIFT)]
                cost = None if self.cost is None else _cents(self.cost * drift)
                coming = self.left + ahead - here
                document = f"D-{self.store}-{week:02}"
                yield self._row(f"{day} 06:00", "receipt", document, coming, cost=cost)
                here += coming
            here -= self.sold[week]

    def _losses(self) -> Iterator[Row]:
        """Only where something is always left, so that no loss makes a sale impossible."""
        number = int(self.sku)
        if self.left > 0 and number % 97 == 5:
            yield self._row(
                f"{DAMAGE_DAY} 11:00", "damage", f"W-{self.store}", -1, note="Broken on the shelf"
            )
        elif self.left > 0 and self.store == COUNTED and number % 53 == 7:
            yield self._row(f"{COUNT_DAY} 21:00", "count", f"C-{self.store}", -1)
        elif self.store == COUNTED and number % 101 == 3:
            yield self._row(f"{COUNT_DAY} 21:00", "count", f"C-{self.store}", 1)
        elif self.left > 1 and number % 211 == 2:
            yield self._row(
                f"{LOOK_DAY} 10:00", "status", f"Q-{self.store}", 0, blocked=1, reason="quality"
            )

    def _row(
        self,
        at: str,
        kind: str,
        document: str,
        quantity: int,
        *,
        cost: Decimal | None = None,
        blocked: int = 0,
        reason: str = "",
        note: str = "",
    ) -> Row:
        return (
            at, kind, document, self.store, self.sku, str(quantity), _told(cost), str(blocked),
            reason, note,
        )  # fmt: skip


def shelves(
    lines: Iterable[Mapping[str, str]], *, skus: set[str], costs: Mapping[str, Decimal]
) -> list[Shelf]:
    """A shelf for each product of `skus` that a store has sold, by store and SKU."""
    sold: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * WEEKS)
    for line in lines:
        day = date.fromisoformat(line["sold_at"][:10])
        week = (day - FIRST_MONDAY).days // 7 + 1
        sold[line["store_id"], line["product_id"]][week] += int(line["quantity"])
    return [
        Shelf(store, sku, tuple(weeks), _left(store, sku, sum(weeks)), costs.get(sku))
        for (store, sku), weeks in sorted(sold.items())
        if sku in skus and sum(weeks)
    ]


def _left(store: str, sku: str, sold: int) -> int:
    """Nothing of a fifth of the products, of most about a week's or two weeks' sales.

    Of a handful one too few came: what is sold of them is not in the books.
    """
    mark = int(sku) // 10 % 10
    if store != CLOSED and sold > SLOW and int(sku) % 211 == 7:
        return -1
    fortnight = -(-sold * 2 // (WEEKS - 1))
    if store == CLOSED or mark < 2:
        return 0
    if mark < 6:
        return max(1, fortnight // 2)
    return max(3, 2 * fortnight) if mark == 9 else fortnight


def _cents(cost: Decimal) -> Decimal:
    return cost.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _told(cost: Decimal | None) -> str:
    return "" if cost is None else str(cost)

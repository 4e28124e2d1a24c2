"""What stock there was and what became of it, in sums that add up over stores and goods.

The levels as they are, less what the ledger says moved since: exact at any moment and for any past
day, at the cost of the days since then. Days out of stock and daily sales are those of the days of
stock (models/stock_day.py), as of the last look at them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from django.db import connection

from epm.access.selectors.scope import Principal
from inventory.selectors import stock_sums_sql as sql
from inventory.selectors.replenishment import visible_ids

KEYS: Final[Mapping[str, str]] = {
    "store": "t.store_id", "category": "shelf.row_id", "product": "t.product_id",
    "none": "NULL::bigint",
}  # fmt: skip
ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class StockSums:
    """Of some goods in some stores over some days; values excl. tax in the stores' currency.

    `on_hand`, `costed` (of it with a known cost) and `value` are as the last day ended, those
    `…_before` as the first began; `value_days` is Σ of the values as each day ended, `days` how
    many. `sold` is net of returns, `cost` what it was worth as it left. `lost`: damage, expiry,
    theft and loss; `missing`: what counts did not find, its quantities without sign. These
    quantities are in the products' units, and say together only whether there is something.

    `pieces…` are of goods counted in pieces, or of one product in its own unit; `pieces_arrived`
    opening stock, receipts and transfers in, less what was sent back or on. `demand` are the daily
    sales of those of which they are known, in `covered` what of these is sellable. `stocked` counts
    the products that a store has, `stocked_costed` those whose cost is known. None: not known, or
    not asked for.
    """

    on_hand: Decimal = ZERO
    costed: Decimal = ZERO
    value: Decimal = ZERO
    on_hand_before: Decimal = ZERO
    costed_before: Decimal = ZERO
    value_before: Decimal = ZERO
    value_days: Decimal = ZERO
    sold: Decimal = ZERO
    sold_costed: Decimal = ZERO
    cost: Decimal = ZERO
    lost: Decimal = ZERO
    lost_costed: Decimal = ZERO
    lost_value: Decimal = ZERO
    missing: Decimal = ZERO
    missing_costed: Decimal = ZERO
    missing_value: Decimal = ZERO
    pieces: Decimal = ZERO
    pieces_before: Decimal = ZERO
    pieces_sold: Decimal = ZERO
    pieces_costed: Decimal = ZERO
    pieces_arrived: Decimal = ZERO
    stocked: Decimal | None = None
    stocked_costed: Decimal | None = None
    covered: Decimal | None = None
    demand: Decimal | None = None
    out_days: Decimal | None = None
    ranged_days: Decimal | None = None
    days: int = 0

    def __add__(self, other: "StockSums") -> "StockSums":
        """Of both, over the same days."""
        sums = [_plus(getattr(self, name), getattr(other, name)) for name in SUMS]
        return StockSums(*sums, max(self.days, other.days))  # type: ignore[call-arg, arg-type]


SUMS: Final = tuple(each.name for each in fields(StockSums))[:-1]
OF_DAYS: Final = SUMS[:-6]
"""What movements by day tell, too."""
STANDING: Final = ("on_hand", "costed", "value", "pieces")
FLOWS: Final = tuple(
    name for name in OF_DAYS if name not in {*STANDING, *(f"{each}_before" for each in STANDING)}
    and name != "value_days"
)  # fmt: skip
OF_LEVELS: Final = SUMS[:16]
PIECES: Final[Mapping[str, str]] = {
    "pieces": "on_hand", "pieces_before": "on_hand_before", "pieces_sold": "sold",
    "pieces_costed": "sold_costed", "pieces_arrived": "arrived",
}  # fmt: skip
WINDOW: Final = {"later": "m.business_date > %(last)s", "within": "m.business_date <= %(last)s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockAsk:
    """`category` (with all below it) and `product` are ids; days `first` to `last`, both included,
    none of them to come."""

    stores: tuple[int, ...]
    first: date
    last: date
    category: int | None = None
    product: int | None = None


@dataclass
class StockAnswer:
    """Rows by each of what was asked for. `begun`: the first day in the ledger of each store that
    has one. `moved`: by day, ascending, what moved; all that moved after the last day in one."""

    ask: StockAsk
    begun: dict[int, date] = field(default_factory=dict)
    rows: dict[str, dict[int | None, StockSums]] = field(default_factory=dict)
    moved: dict[date, StockSums] = field(default_factory=dict)

    @cached_property
    def total(self) -> StockSums:
        """Of everything asked about."""
        rows = self.rows.get("none") or next(iter(self.rows.values()))
        return sum(rows.values(), StockSums(days=self.days))

    @property
    def days(self) -> int:
        return self.counted(self.ask.first, self.ask.last)

    def counted(self, first: date, last: date, *, store: int | None = None) -> int:
        """The days of these on which there was a ledger, of any of the stores or of the one."""
        begun = self.begun.get(store) if store else min(self.begun.values(), default=None)
        return 0 if begun is None else max(0, (last - max(first, begun)).days + 1)

    def during(self, first: date, last: date) -> StockSums:
        """Some of the days, where what moved was asked by day."""
        inside = self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]
        standing = self._standing[bisect_right(self._days, last)]
        flows = {
            name: sum((getattr(self.moved[day], name) for day in inside), ZERO) for name in FLOWS
        }
        came = {
            name: sum((getattr(self.moved[day], name) for day in inside), ZERO) for name in STANDING
        }
        earlier = sum((self.moved[day].value * (day - first).days for day in inside), ZERO)
        return StockSums(
            **standing,
            **{f"{name}_before": standing[name] - came[name] for name in STANDING},
            value_days=standing["value"] * ((last - first).days + 1) - earlier,
            **flows,
            days=self.counted(first, last),
        )

    @cached_property
    def _days(self) -> list[date]:
        return [day for day in self.moved if day <= self.ask.last]

    @cached_property
    def _standing(self) -> list[dict[str, Decimal]]:
        """How it stood before each of the days, and after the last."""
        found = [{name: getattr(self.total, name) for name in STANDING}]
        for day in reversed(self._days):
            moved = self.moved[day]
            found.append({name: value - getattr(moved, name) for name, value in found[-1].items()})
        return found[::-1]


def stock_sums(
    ask: StockAsk,
    *,
    principal: Principal,
    bys: Collection[str] = ("none",),
    demand: bool = False,
    out: bool = False,
) -> StockAnswer:
    """The sums of the stores in scope, of those named: one statement, one moment.

    `bys`: store, category, product, none, and day. `demand`, `out`: with daily sales and what of
    their goods is sellable, with days out of stock.
    """
    parts = [by for by in bys if by != "day"] or ["none"]
    statement = _statement(ask, parts=parts, by_day="day" in bys, demand=demand, out=out)
    words: dict[str, Any] = {
        "stores": visible_ids(principal, ask.stores), "first": ask.first, "last": ask.last,
        "category": ask.category, "product": ask.product,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement, words)
        found = cursor.fetchall()
    answer = StockAnswer(ask, rows={by: {} for by in parts})
    answer.begun = {key: day for part, key, day, *_sums in found if part == "begun"}
    moved = {}
    for part, key, day, *sums in found:
        if part == "day":
            moved[day] = StockSums(*sums)
        elif part != "begun":
            store = key if part == "store" else None
            days = answer.counted(ask.first, ask.last, store=store)
            answer.rows[part][key] = StockSums(*sums, days)  # type: ignore[call-arg]
    answer.moved = dict(sorted(moved.items()))
    return answer


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


def _statement(
    ask: StockAsk, *, parts: Sequence[str], by_day: bool, demand: bool, out: bool
) -> str:
    shelved = ask.category is not None
    narrowed = shelved or ask.product is not None
    levels, movements = (sql.OF_GOODS.format(of=alias) if narrowed else "" for alias in ("l", "m"))
    shared = []
    if shelved or "category" in parts:
        shared.append(sql.SHELVES.format(tops=sql.BELOW if shelved else sql.TOPS))
    if narrowed:
        shared.append(sql.GOODS.format(shelved=sql.SHELVED if shelved else ""))
    shared += [sql.MOVED.format(**WINDOW, goods=movements), sql.STOOD.format(goods=levels)]
    dear = [part for asked, part in ((demand, sql.DEMAND), (out, sql.OUT)) if asked]
    shared += [part.shared for part in dear]
    alone = ask.product is not None
    union = [sql.BEGUN.format(nothing=", ".join(["NULL::numeric"] * len(SUMS)))]
    for by in parts:
        counts = "true" if alone or by == "product" else "t.is_piece"
        row = {
            "by": by, "key": KEYS[by], "shelf": sql.SHELF if by == "category" else "",
            "joins": "".join(part.join for part in dear),
        }  # fmt: skip
        union.append(sql.ROWS.format(**row, sums=_sums(counts, demand=demand, out=out)))
    if by_day:
        of_day = ", ".join([*(f"t.{name}" for name in OF_DAYS), *["NULL"] * 6])
        counts = "true" if alone else "p.unit = 'piece'"
        union.append(sql.DAYS.format(sums=of_day, within="true", counts=counts, goods=movements))
    return f"WITH RECURSIVE {', '.join(shared)} {' UNION ALL '.join(union)}"


def _sums(counts: str, *, demand: bool, out: bool) -> str:
    """`counts`: SQL that says of which goods quantities are added up."""
    found = [f"sum(t.{name})" for name in OF_LEVELS]
    found += [f"coalesce(sum(t.{name}) FILTER (WHERE {counts}), 0)" for name in PIECES.values()]
    found += [
        "count(*) FILTER (WHERE t.on_hand <> 0)",
        "count(*) FILTER (WHERE t.on_hand <> 0 AND t.costed <> 0)",
    ]
    for asked, part in ((demand, sql.DEMAND), (out, sql.OUT)):
        found += [each.format(counts=counts) for each in part.sums] if asked else ["NULL", "NULL"]
    return ", ".join(found)

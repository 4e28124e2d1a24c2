"""What a stock is by its rules alone (kpis.md 4.4, docs/adr/0016): dictionaries and Decimals.

Nothing here is taken from the product: a level as the database keeps it is compared with this.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
SHELF_FACTS = {"count", "damage", "expiry", "theft", "loss"}
BROKEN = {"damaged", "quality", "quarantine"}
AT_THE_AVERAGE = {"count", "adjustment", "return"}
INSUFFICIENT = "inventory/insufficient-stock"
UNAVAILABLE = "inventory/more-than-unavailable"
ENDED = "inventory/hold-ended"
EXTENDED = "inventory/hold-extended-enough"


class Refused(Exception):
    """The model says no, and so must the product: with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@dataclass
class Level:
    """So much is there; of `known` of it the cost is known, and that is worth `value`."""

    on_hand: Decimal = ZERO
    known: Decimal = ZERO
    value: Decimal = ZERO
    average: Decimal | None = None
    blocked: dict[str, Decimal] = field(default_factory=dict)
    movements: int = 0

    @property
    def unavailable(self) -> Decimal:
        return sum(self.blocked.values(), ZERO)

    def move(self, kind: str, quantity: Decimal, cost: Decimal | None) -> None:
        """Change what is there, and with it what that is worth."""
        if quantity > 0 and kind in AT_THE_AVERAGE and cost is None:
            cost = self.average
        if quantity:
            self._move(quantity, cost)
        self.movements += 1
        if self.known:
            self.average = rounded(self.value / self.known, 6)
        elif quantity > 0 and cost is not None:
            self.average = cost

    def _move(self, quantity: Decimal, cost: Decimal | None) -> None:
        before, after = self.on_hand, self.on_hand + quantity
        self.on_hand = after
        if after == 0:
            self.known = self.value = ZERO
        elif after < 0:
            # What is owed to the shelf is worth what it will cost: the last cost known.
            self._all_at(after, self.average if cost is None or quantity < 0 else cost)
        elif before < 0:
            # The goods that came repay what had left, at what they really cost.
            self._all_at(after, cost)
        elif quantity < 0:
            self._take(-quantity, before)
        elif cost is not None:
            self.known += quantity
            self.value += rounded(quantity * cost, 6)

    def _all_at(self, quantity: Decimal, cost: Decimal | None) -> None:
        self.known = ZERO if cost is None else quantity
        self.value = ZERO if cost is None else rounded(quantity * cost, 6)

    def _take(self, quantity: Decimal, there: Decimal) -> None:
        """Known and unknown leave in proportion."""
        left = self.known - rounded(self.known * quantity / there, 3)
        self.value = rounded(self.value * left / self.known, 6) if left else ZERO
        self.known = left


@dataclass
class Line:
    quantity: Decimal
    consumed: Decimal = ZERO
    state: str = "active"

    @property
    def left(self) -> Decimal:
        return self.quantity - self.consumed


@dataclass
class Basket:
    store: int
    lines: dict[int, Line]
    over: bool = False
    extensions: int = 0
    order: str = ""

    def promised(self, product: int) -> Decimal:
        line = self.lines.get(product)
        if line is None:
            return ZERO
        runs = line.state == "committed" or (line.state == "active" and not self.over)
        return line.left if runs else ZERO

    def told(self) -> Iterator[tuple[int, Decimal, Decimal, str]]:
        """Its lines; a hold whose time is up is over, whatever anybody has written down."""
        for product, line in self.lines.items():
            state = "expired" if line.state == "active" and self.over else line.state
            yield product, line.quantity, line.consumed, state


@dataclass
class Stock:
    """The chain. `policies`: what each store does when more leaves than is there."""

    policies: dict[int, str]
    levels: dict[tuple[int, int], Level] = field(default_factory=dict)
    baskets: dict[object, Basket] = field(default_factory=dict)

    def level(self, store: int, product: int) -> Level:
        return self.levels.setdefault((store, product), Level())

    def promised(self, store: int, product: int) -> Decimal:
        ours = (each for each in self.baskets.values() if each.store == store)
        return sum((each.promised(product) for each in ours), ZERO)

    def missing(self, store: int, product: int) -> Decimal:
        level = self.level(store, product)
        return max(ZERO, self.promised(store, product) + level.unavailable - level.on_hand)

    def available(self, store: int, product: int) -> Decimal:
        level = self.levels.get((store, product), Level())
        return level.on_hand - level.unavailable - self.promised(store, product)

    def post(self, moves, *, forced: bool = False) -> None:
        """Moves (kind, store, product, quantity, cost, blocked, reason), level by level."""
        for _number, move in sorted(enumerate(moves), key=lambda each: (each[1][1:3], each[0])):
            self._post(*move, forced=forced)

    def _post(self, kind, store, product, quantity, cost, blocked, reason, *, forced) -> None:
        level, missed = self.level(store, product), self.missing(store, product)
        if blocked:
            level.blocked[reason] = level.blocked.get(reason, ZERO) + blocked
            if level.blocked[reason] < 0:
                raise Refused(UNAVAILABLE)
        level.move(kind, quantity, cost)
        seen = kind in SHELF_FACTS or (kind == "status" and reason in BROKEN)
        fact = seen and level.on_hand >= level.unavailable
        allowed = forced or fact or self.policies[store] != "forbid"
        if not allowed and self.missing(store, product) > missed:
            raise Refused(INSUFFICIENT)

    def hold(self, basket, store: int, wanted: dict[int, Decimal], *, over: bool) -> None:
        if any(self.available(store, each) < wanted[each] for each in wanted):
            raise Refused(INSUFFICIENT)
        lines = {product: Line(quantity) for product, quantity in wanted.items()}
        self.baskets[basket] = Basket(store, lines, over)

    def extend(self, basket, *, beyond_an_hour: bool) -> None:
        held = self._running(basket)
        if held.extensions == 3 or beyond_an_hour:
            raise Refused(EXTENDED)
        held.extensions += 1

    def commit(self, basket, order: str) -> None:
        held = self.baskets[basket]
        ours = all(line.state in ("committed", "consumed") for line in held.lines.values())
        if ours and held.order == order:
            return
        if any(line.consumed for line in self._running(basket).lines.values()):
            raise Refused(ENDED)
        held.order = order
        for line in held.lines.values():
            line.state = "committed"

    def _running(self, basket) -> Basket:
        held = self.baskets[basket]
        if held.over or any(line.state != "active" for line in held.lines.values()):
            raise Refused(ENDED)
        return held

    def release(self, basket) -> None:
        held = self.baskets[basket]
        for line in held.lines.values():
            if line.state == "active" and held.over:
                line.state = "expired"
            elif line.state in ("active", "committed"):
                line.state = "released"

    def consume(self, basket, wanted: dict[int, Decimal] | None) -> None:
        """What is handed over was promised to whom gets it: nobody else misses it."""
        held = self.baskets[basket]
        if wanted is None:
            wanted = {product: line.left for product, line in held.lines.items() if line.left}
        if not wanted or any(held.promised(each) < wanted[each] for each in wanted):
            raise Refused(ENDED)
        for product, quantity in sorted(wanted.items()):
            line, level = held.lines[product], self.level(held.store, product)
            level.move("sale", -quantity, None)
            line.consumed += quantity
            if not line.left:
                line.state = "consumed"
            if self.policies[held.store] == "forbid" and level.on_hand < level.unavailable:
                raise Refused(INSUFFICIENT)

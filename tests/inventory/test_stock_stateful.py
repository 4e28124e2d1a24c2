"""Thousands of random acts, repeated and cut short: the stock is what a few lines of Python say."""

import copy
import os
from collections.abc import Callable
from contextlib import contextmanager, suppress
from decimal import Decimal
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from hypothesis import HealthCheck
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from epm.organization.models import Store
from epm.platform.refusals import Refusal
from inventory.models import (
    MovementKind,
    NegativeStock,
    Product,
    StockPolicy,
    Transfer,
    UnavailableReason,
)
from inventory.services import (
    movements,
    reservations,
    stocktake_counts,
    stocktakes,
    transfer_receipts,
    transfers,
)
from inventory.services.movements import Document, Move
from inventory.services.reservations import Wanted
from inventory.services.stocktake_counts import Counted
from inventory.services.transfer_receipts import Arrived
from inventory.services.transfers import Planned
from inventory.states import TransferState
from tests.factories import chain, purchasing
from tests.factories.chain import NOON
from tests.inventory.stock_model import ENDED, Level, Refused, Stock, rounded

D = Decimal
EXAMPLES = int(os.environ.get("EPM_STATEFUL_EXAMPLES", "40"))
POLICIES = (None, NegativeStock.WARN, NegativeStock.ALLOW)  # None: what a store does unless told
AN_HOUR = 3600

LEVELS = """
    SELECT store_id, product_id, on_hand, costed, value, average_cost, unavailable, position,
           on_hand - unavailable - inventory_available(l), inventory_available(l),
           shortfall - greatest(0, reserved + unavailable - on_hand),
           ARRAY(SELECT reason || ' ' || quantity FROM inventory_unavailablestock
                 WHERE level_id = l.id AND quantity <> 0 ORDER BY reason)
    FROM inventory_stocklevel l WHERE position > 0
"""
LINES = """
    SELECT basket, product_id, quantity, consumed, CASE
        WHEN state = 'active' AND expires_at <= clock_timestamp() THEN 'expired' ELSE state END
    FROM inventory_reservation
"""
BROKEN = " UNION ALL ".join(
    f"SELECT '{each.code}', broken.row, broken.wrong FROM ({each.sql}) broken (row, wrong)"
    for path in settings.EPM_INVARIANTS
    for each in import_string(path)
    if each.code.startswith("inventory/")
)
QUESTIONS = {"broken": BROKEN, "levels": LEVELS, "lines": LINES}
EMPTY = """
    TRUNCATE inventory_stockmovement, inventory_unavailablestock, inventory_reservation,
             inventory_stocklevel, inventory_transfer, inventory_purchaseorder,
             inventory_stocktake CASCADE
"""

which = st.sampled_from([0, 0, 0, 0, 1, 2])
goods = st.integers(0, 1)
pieces = st.one_of(
    st.integers(1, 12).map(D),
    st.integers(1, 5).map(D),
    st.integers(1, 9999).map(lambda n: D(n) / 1000),
)
amounts = st.one_of(pieces, st.sampled_from(["all there", "all to be had", "one too many", "half"]))
costs = st.one_of(
    st.none(), st.integers(0, 20).map(D), st.integers(0, 9_999_999).map(lambda n: D(n) / 1_000_000)
)
seldom = st.sampled_from([False] * 4 + [True])
losses = st.sampled_from(["supplier_return", "damage", "expiry", "theft", "loss"])
between = st.sampled_from(["sale", "sale", "damage", "theft", "status"])
reasons = st.sampled_from(UnavailableReason.values)
crashes = st.one_of(st.none(), st.none(), st.integers(1, 5))
baskets_of = st.dictionaries(goods, amounts, min_size=1, max_size=2)


class Crash(Exception):
    """The process is gone."""


@contextmanager
def crashing(*, after: int):
    """Whoever works in the block is killed once so many of its statements have run."""
    ran = 0

    def count(execute, *statement):
        nonlocal ran
        found = execute(*statement)
        ran += 1
        if ran == after:
            raise Crash
        return found

    with connection.execute_wrapper(count):
        yield


class Shops(RuleBasedStateMachine):
    """Three stores, each with another policy, and two products."""

    baskets = Bundle("baskets")
    sendings = Bundle("sendings")

    def __init__(self, stores: list[int], products: list[int]) -> None:
        super().__init__()
        self.stores, self.products = stores, products
        with connection.cursor() as cursor:
            cursor.execute(EMPTY)
            cursor.execute("DEALLOCATE ALL")
            for name, statement in QUESTIONS.items():
                cursor.execute(f"PREPARE {name} AS {statement}")
        self.model = Stock(
            {store: policy or "forbid" for store, policy in zip(stores, POLICIES, strict=True)}
        )
        self.done: list[Callable[[], object]] = []
        self.sold: list[tuple[int, int, Decimal | None]] = []

    def act(self, predict, perform, *, crash=None, again=True):
        """What the model refuses the product refuses, for the same reason; else both do it.

        With `crash` the process is killed first after so many statements: nothing has happened.
        """
        after = copy.deepcopy(self.model)
        refused = None
        try:
            predict(after)
        except Refused as no:
            refused = no.code
        if crash:
            self._crash(perform, after=crash)
        found, code = self._try(perform)
        assert code == refused
        if code is None:
            self.model = after
            if again:
                self.done.append(perform)
        return found

    def _try(self, perform):
        """What it returns, and the code of its refusal."""
        try:
            with transaction.atomic():
                return perform(), None
        except Refusal as no:
            return None, no.code

    def _crash(self, perform, *, after):
        with suppress(Crash, Refusal), transaction.atomic(), crashing(after=after):
            perform()
            transaction.set_rollback(True)  # at the latest before it is committed
        self.the_stock_is_what_the_model_says()

    def book(self, kind, *moves, crash=None, forced=False):
        """Post moves (store, product, quantity, cost, blocked, reason) of the model's numbers."""
        known = [
            (kind, self.stores[s], self.products[p], q, cost, blocked, reason)
            for s, p, q, cost, blocked, reason in moves
        ]
        posting = uuid4()

        def perform():
            return movements.post(
                posting=posting, kind=MovementKind(kind), document=Document("test", str(posting)),
                moves=[
                    Move(s, p, q, cost, blocked, reason)
                    for _kind, s, p, q, cost, blocked, reason in known
                ],
                at=NOON, forced=forced,
            )  # fmt: skip

        return self.act(lambda m: m.post(known, forced=forced), perform, crash=crash)

    def amount(self, store, product, drawn):
        """A number; or a word for one that is near what the store has."""
        place = self.stores[store], self.products[product]
        there = self.model.levels.get(place, Level()).on_hand
        free = self.model.available(*place)
        words = {"all there": there, "all to be had": free, "one too many": free + 1,
                 "half": rounded(there / 2, 3)}  # fmt: skip
        found = words.get(drawn, drawn)
        return found if found > 0 else D(1)

    @initialize(target=baskets, wanted=baskets_of, costs=st.tuples(costs, costs))
    def open_the_shops(self, wanted, costs):
        """With goods in all of them, and a shopper who holds some."""
        for store in range(len(self.stores)):
            self.book(
                "opening", *((store, p, D(12), cost, D(0), "") for p, cost in enumerate(costs))
            )
        return self._hold(0, wanted)

    @rule(store=which, lines=st.lists(st.tuples(goods, pieces, costs), min_size=1, max_size=4),
          crash=crashes)  # fmt: skip
    def receive(self, store, lines, crash):
        self.book("receipt", *((store, p, q, cost, D(0), "") for p, q, cost in lines), crash=crash)

    @rule(store=which, lines=st.lists(st.tuples(goods, amounts), min_size=1, max_size=3),
          forced=seldom, crash=crashes)  # fmt: skip
    def sell(self, store, lines, forced, crash):
        moves = ((store, p, -self.amount(store, p, q), None, D(0), "") for p, q in lines)
        for posted in self.book("sale", *moves, crash=crash, forced=forced) or ():
            self.sold.append((posted.store_id, posted.product_id, posted.unit_cost))

    @rule(number=st.integers(0, 99), quantity=pieces)
    @precondition(lambda self: self.sold)
    def bring_back(self, number, quantity):
        """At what it left for."""
        store, product, cost = self.sold[number % len(self.sold)]
        place = self.stores.index(store), self.products.index(product)
        self.book("return", (*place, quantity, cost, D(0), ""))

    @rule(store=which, product=goods, quantity=pieces, reason=reasons, broken=st.booleans())
    def bring_back_without_a_ticket(self, store, product, quantity, reason, broken):
        blocked = (quantity, reason) if broken else (D(0), "")
        self.book("return", (store, product, quantity, None, *blocked))

    @rule(store=which, product=goods, quantity=amounts, kind=losses, crash=crashes)
    def lose(self, store, product, quantity, kind, crash):
        quantity = self.amount(store, product, quantity)
        self.book(kind, (store, product, -quantity, None, D(0), ""), crash=crash)

    @rule(store=which, product=goods, quantity=amounts, reason=reasons,
          sign=st.sampled_from([1, 1, -1]), crash=crashes)  # fmt: skip
    def block(self, store, product, quantity, reason, sign, crash):
        quantity = self.amount(store, product, quantity)
        self.book("status", (store, product, D(0), None, sign * quantity, reason), crash=crash)

    @rule(store=which, product=goods, quantity=pieces, reason=reasons,
          kind=st.sampled_from(["supplier_return", "damage", "expiry"]))  # fmt: skip
    def scrap(self, store, product, quantity, reason, kind):
        """What was out of sale leaves."""
        self.book(kind, (store, product, -quantity, None, -quantity, reason))

    @rule(store=which, lines=st.lists(st.tuples(goods, pieces, st.sampled_from([1, -1])),
                                      min_size=1, max_size=3),
          kind=st.sampled_from(["count", "adjustment"]), crash=crashes)  # fmt: skip
    def correct(self, store, lines, kind, crash):
        moves = ((store, p, sign * q, None, D(0), "") for p, q, sign in lines)
        self.book(kind, *moves, crash=crash)

    @rule(source=which, end=which, product=goods, quantity=amounts, crash=crashes)
    def send(self, source, end, product, quantity, crash):
        """Out of one store, into another at what it was worth there."""
        quantity = self.amount(source, product, quantity)
        out = (source, product, -quantity, None, D(0), "")
        for left in self.book("transfer_out", out, crash=crash) or ():
            self.book("transfer_in", (end, product, quantity, left.unit_cost, D(0), ""))

    @rule(target=baskets, store=which, wanted=baskets_of, over=seldom, crash=crashes)
    def hold(self, store, wanted, over, crash):
        return self._hold(store, wanted, over=over, crash=crash)

    def _hold(self, store, wanted, *, over=False, crash=None):
        basket = uuid4()
        asked = {
            self.products[p]: self.amount(store, p, quantity) for p, quantity in wanted.items()
        }

        def perform():
            return reservations.hold(
                basket=basket, store_id=self.stores[store], holder="till",
                lines=[Wanted(product, quantity) for product, quantity in asked.items()],
                seconds=0 if over else 600,
            )  # fmt: skip

        self.act(
            lambda m: m.hold(basket, self.stores[store], asked, over=over), perform, crash=crash
        )
        return basket if basket in self.model.baskets else multiple()

    @rule(basket=baskets)
    def time_goes_by(self, basket):
        """A hold that runs is over now."""
        self._let_time_go_by(basket)

    def _let_time_go_by(self, basket):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE inventory_reservation SET expires_at = clock_timestamp()"
                " WHERE basket = %s AND state = 'active' AND expires_at > clock_timestamp()",
                [basket],
            )
        self.model.baskets[basket].over = True

    @rule(basket=baskets, seconds=st.sampled_from([0, 900, 900, AN_HOUR + 1]))
    def extend(self, basket, seconds):
        self.act(
            lambda m: m.extend(basket, beyond_an_hour=seconds > AN_HOUR),
            lambda: reservations.extend(basket=basket, holder="till", seconds=seconds),
            again=False,
        )

    @rule(basket=baskets, order=st.sampled_from(["1", "1", "2"]), crash=crashes)
    def commit(self, basket, order, crash):
        self.act(
            lambda m: m.commit(basket, order),
            lambda: reservations.commit(
                basket=basket, holder="till", document=Document("order", order)
            ),
            crash=crash,
        )

    @rule(basket=baskets, crash=crashes)
    def release(self, basket, crash):
        self.act(
            lambda m: m.release(basket),
            lambda: reservations.release(basket=basket, holder="till"),
            crash=crash,
        )

    @rule(basket=baskets, part=st.one_of(st.none(), baskets_of), crash=crashes)
    def hand_over(self, basket, part, crash):
        posting = uuid4()
        held = self.model.baskets[basket]
        if part is not None:  # of what the basket is about
            store = self.stores.index(held.store)
            part = {self.products[p]: self.amount(store, p, q) for p, q in part.items()}
            part = {
                product: min(quantity, held.lines[product].quantity)
                for product, quantity in part.items()
                if product in held.lines
            } or None
        self.act(
            lambda m: m.consume(basket, part),
            lambda: reservations.consume(
                basket=basket, holder="till", posting=posting, quantities=part, at=NOON,
                document=Document("ticket", str(posting)),
            ),
            crash=crash,
        )  # fmt: skip

    @rule(basket=baskets, number=st.integers(0, 1), quantity=amounts, kind=between,
          late=st.booleans(), crash=crashes)  # fmt: skip
    def come_in_between(self, basket, number, quantity, kind, late, crash):
        """What somebody is promised, or was, is sold, breaks, is stolen or taken out of sale."""
        if late:
            self._let_time_go_by(basket)
        held = self.model.baskets[basket]
        products = sorted(held.lines)
        store = self.stores.index(held.store)
        product = self.products.index(products[number % len(products)])
        quantity = self.amount(store, product, quantity)
        move = (-quantity, None, D(0), "")
        if kind == "status":
            move = (D(0), None, quantity, UnavailableReason.DAMAGED.value)
        self.book(kind, (store, product, *move), crash=crash)
        if late:  # the next one wants a bit more than there is
            self.sell(store, [(product, "one too many")], forced=False, crash=None)
        else:
            self.hand_over(basket, {product: "all there"}, crash=None)

    @rule(target=sendings, source=which, end=which, product=goods, quantity=amounts, crash=crashes)
    def plan_a_transfer(self, source, end, product, quantity, crash):
        """Its goods are kept back for it."""
        if source == end:
            return multiple()
        quantity, product = self.amount(source, product, quantity), self.products[product]
        transfer = transfers.create(
            key=uuid4(), source_id=self.stores[source], destination_id=self.stores[end],
            lines=[Planned(product, quantity)],
        )  # fmt: skip

        def keep_back(model):
            model.hold(transfer.pk, self.stores[source], {product: quantity}, over=False)
            model.commit(transfer.pk, "")

        ready = self.act(
            keep_back, lambda: transfers.ready(transfer_id=transfer.pk), crash=crash, again=False
        )
        if ready is None:
            return multiple()
        self.model.baskets[ready.hold] = self.model.baskets.pop(transfer.pk)
        return ready, uuid4()

    @rule(sending=sendings, crash=crashes)
    def ship(self, sending, crash):
        """Once; what broke meanwhile cannot be sent."""
        transfer, key = sending
        if Transfer.objects.get(pk=transfer.pk).state == TransferState.READY:
            self.act(
                lambda m: m.consume(transfer.hold, None),
                lambda: transfers.ship(transfer_id=transfer.pk, key=key, at=NOON),
                crash=crash,
            )

    @rule(sending=sendings, whole=st.booleans(), crash=crashes)
    def arrive(self, sending, whole, crash):
        """All that is on the way, or half: worth what left with it, to the last digit."""
        transfer, key = sending[0], uuid4()
        line = transfer.lines.get()
        if not line.left():
            return
        part = line.left() if whole else max(D("0.001"), rounded(line.left() / 2, 3))

        def perform():
            return transfer_receipts.receive(
                transfer_id=transfer.pk, key=key, at=NOON,
                arrived=[Arrived(line.product_id, accepted=part)],
            )  # fmt: skip

        if crash:
            self._crash(perform, after=crash)
        perform()
        self.done.append(perform)
        came = movements.posted(posting=key)
        worth = sum((rounded(each.quantity * (each.unit_cost or 0), 6) for each in came), D(0))
        assert sum(each.quantity for each in came) == part
        assert worth == line.value - transfer.lines.get().value
        self.model.post(
            [
                ("transfer_in", one.store_id, one.product_id, one.quantity, one.unit_cost, D(0), "")
                for one in came
            ]
        )  # fmt: skip

    @rule(store=which, product=goods, quantity=st.integers(1, 9).map(D), cost=costs.filter(bool),
          crash=crashes)  # fmt: skip
    def be_delivered(self, store, product, quantity, cost, crash):
        """What was ordered of a supplier comes."""
        place, key = (self.stores[store], self.products[product]), uuid4()
        bread = Product.objects.get(pk=place[1])
        order = purchasing.ordered(Store.objects.get(pk=place[0]), (bread, quantity, cost))
        self.act(
            lambda m: m.post([("receipt", *place, quantity, cost, D(0), "")]),
            lambda: purchasing.receive(order, (bread, quantity), key=key),
            crash=crash,
        )

    @rule(store=which, product=goods, found=st.one_of(st.just(D(0)), pieces), crash=crashes)
    def take_stock(self, store, product, found, crash):
        """Whatever the books said, there is what was found."""
        place = self.stores[store], self.products[product]
        if place not in self.model.levels:
            return
        off = found - self.model.levels[place].on_hand

        def perform():
            taking = stocktakes.schedule(
                store_id=place[0], on=NOON.date(), product_ids=[place[1]]
            ).pk
            stocktakes.start(stocktake_id=taking, now=NOON)
            stocktake_counts.count(
                stocktake_id=taking, lines=[Counted(place[1], found)], act=uuid4(), by="ann",
                now=NOON,
            )  # fmt: skip
            stocktakes.review(stocktake_id=taking)
            stocktakes.approve(stocktake_id=taking, by="rita", above=True)
            stocktakes.post(stocktake_id=taking, now=NOON)

        def correct(model):
            if off:
                model.post([("count", *place, off, None, D(0), "")], forced=True)

        self.act(correct, perform, crash=crash, again=False)

    @rule()
    def sweep(self):
        reservations.sweep()

    @rule(number=st.integers(0, 999))
    @precondition(lambda self: self.done)
    def once_more(self, number):
        """Any earlier act again, with its key: its answer was lost. Nothing happens."""
        _found, code = self._try(self.done[number % len(self.done)])
        assert code in (None, ENDED)

    @invariant()
    def the_stock_is_what_the_model_says(self):
        with connection.cursor() as cursor:
            cursor.execute("EXECUTE broken")
            assert cursor.fetchall() == []
            cursor.execute("EXECUTE levels")
            assert {row[:2]: row[2:] for row in cursor.fetchall()} == self._levels()
            cursor.execute("EXECUTE lines")
            assert set(cursor.fetchall()) == {
                (basket, *line)
                for basket, held in self.model.baskets.items()
                for line in held.told()
            }

    def _levels(self):
        model = self.model
        return {
            (store, product): (
                level.on_hand, level.known, level.value, level.average, level.unavailable,
                level.movements, model.promised(store, product), model.available(store, product),
                0,
                [f"{why} {each:.3f}" for why, each in sorted(level.blocked.items()) if each],
            )
            for (store, product), level in model.levels.items()
            if level.movements
        }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_whatever_happens_the_stock_is_what_its_rules_say():
    stores = [chain.store().pk for _policy in POLICIES]
    products = [chain.product(unit="kg").pk for _number in range(2)]
    for store, policy in zip(stores, POLICIES, strict=True):
        if policy:
            StockPolicy.objects.create(store_id=store, negative=policy)

    run_state_machine_as_test(
        lambda: Shops(stores, products),
        settings=profile(
            max_examples=EXAMPLES,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )

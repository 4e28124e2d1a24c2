"""Every event of a stocktake in every state."""

from decimal import Decimal
from uuid import uuid4

import pytest

from inventory.models import CountKind, StockMovement, Stocktake, StocktakeCount
from inventory.services import stocktake_counts, stocktakes
from inventory.services.stocktake_counts import Counted
from inventory.states import STOCKTAKE
from tests.factories import chain, stock
from tests.factories import stocktakes as made
from tests.factories.chain import NOON
from tests.inventory import machines

pytestmark = pytest.mark.django_db

ACTS = {
    "start": lambda pk: stocktakes.start(stocktake_id=pk, now=NOON),
    "review": lambda pk: stocktakes.review(stocktake_id=pk),
    "recount": lambda pk: stocktakes.recount(stocktake_id=pk, line_ids=[]),
    "approve": lambda pk: stocktakes.approve(stocktake_id=pk, by="otto", above=True),
    "post": lambda pk: stocktakes.post(stocktake_id=pk, now=NOON),
    "cancel": lambda pk: stocktakes.cancel(stocktake_id=pk, reason="because"),
    "zero": lambda pk: stocktakes.zero_uncounted(
        stocktake_id=pk, act=uuid4(), by="otto", now=NOON
    ),
    "count": lambda pk: stocktake_counts.count(
        stocktake_id=pk, lines=[Counted(1, Decimal(1))], kind=CountKind.ADD, act=uuid4(),
        by="ann", now=NOON,
    ),
}  # fmt: skip
TAKEN = {state: set(STOCKTAKE.events(state)) for state in STOCKTAKE.states}
TAKEN["counting"].add("count")
TAKEN["review"].add("zero")
TAKEN["posted"].add("post")  # once more is the same posting


def in_state(state):
    store, bread = chain.store(), chain.product()
    stock.received(store, bread, 10)
    stocktake = made.scheduled(store)
    Stocktake.objects.filter(pk=stocktake.pk).update(started_at=NOON)
    return machines.walked(STOCKTAKE, stocktake, to=state)


@pytest.mark.parametrize(("state", "event"), machines.pairs(STOCKTAKE))
def test_a_step(state, event):
    machines.check_pair(STOCKTAKE, in_state(state), event)


@pytest.mark.parametrize(
    ("state", "event"),
    [(state, event) for state in STOCKTAKE.states for event in ACTS if event not in TAKEN[state]],
)
def test_a_service_refuses_what_its_state_does_not_allow(state, event):
    stocktake = in_state(state)

    machines.check_refused(
        stocktake, lambda: ACTS[event](stocktake.pk), watching=(StockMovement, StocktakeCount)
    )


def test_the_trigger_knows_the_machine():
    machines.check_trigger(STOCKTAKE, Stocktake)


def test_there_is_no_other_way():
    machines.check_no_other_way(STOCKTAKE, {state: in_state(state) for state in STOCKTAKE.states})

"""A plain sale takes its stock at once (inventory/sql/issue.v1.sql), by the ledger's figures."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import orjson
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from epm.platform.actor import acting_as
from inventory.models import MovementKind, StockLevel, StockMovement
from tests.factories import chain, stock
from tests.factories import stocktakes as made
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db
D = Decimal
LEVEL = (
    "product", "on_hand", "reserved", "unavailable", "shortfall", "costed", "value",
    "average_cost", "position",
)  # fmt: skip
MOVEMENT = (
    "product", "position", "kind", "quantity", "blocked", "reason", "unit_cost", "value", "costed",
    "balance", "worth", "average_cost", "occurred_at", "business_date", "line_no", "document_kind",
    "note", "actor", "door", "forced",
)  # fmt: skip
three_places = st.decimals("0.001", "30", places=3)
costs = st.none() | st.decimals("0", "99", places=6)


def issue(store, *sold, at=NOON, posting=None):
    """What (product, quantity) lines cost by line, or None when it was not plain."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_issue"
            " (posting, store_id, occurred_at, forced, products, quantities, line_nos)"
            " VALUES (%s, %s, %s, false, %s, %s, %s) RETURNING unit_costs::text",
            [posting or uuid4(), store.pk, at, [product.pk for product, _quantity in sold],
             [D(str(quantity)) for _product, quantity in sold], list(range(1, 1 + len(sold)))],
        )  # fmt: skip
        told = cursor.fetchone()[0]
    return None if told is None else orjson.loads(told)


def levels_of(store):
    return list(StockLevel.objects.filter(store=store).order_by("product").values_list(*LEVEL))


def movements_of(store):
    rows = StockMovement.objects.filter(store=store).order_by("product", "position")
    return list(rows.values_list(*MOVEMENT))


class Twins(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(
        came=st.lists(st.tuples(three_places, costs), min_size=1, max_size=4),
        left=st.lists(three_places, min_size=1, max_size=4),
    )
    def test_both_ways_leave_the_same_figures(self, came, left):
        quick, slow = chain.store(), chain.store()
        bread, milk = chain.product(), chain.product()
        for store in (quick, slow):
            for product in (bread, milk):
                for quantity, cost in came:
                    stock.received(store, product, quantity, cost)
        there = sum(quantity for quantity, _cost in came)

        for quantity in left:
            taken = min(quantity, there)
            if not taken:
                break
            there -= taken
            assert issue(quick, (bread, taken), (milk, taken)) is not None
            posting = uuid4()
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO inventory_stockmovement (posting, line_no, kind, store_id,"
                    " product_id, quantity, document_kind, document_ref, occurred_at)"
                    " SELECT %s, n, 'sale', %s, product, -%s::numeric, 'sale', %s, %s"
                    " FROM unnest(%s) WITH ORDINALITY p (product, n)",
                    [posting, slow.pk, taken, str(posting), NOON, [bread.pk, milk.pk]],
                )

        assert levels_of(quick) == levels_of(slow)
        assert movements_of(quick) == movements_of(slow)
        assert everything_holds()


def test_it_says_what_each_line_cost_and_who_took_it(store, bread, milk):
    stock.received(store, bread, 10, "1.5")
    stock.received(store, milk, 2)
    posting = uuid4()

    with acting_as("anna", door="api"):
        told = issue(store, (bread, 4), (milk, 2), posting=posting)

    assert told == {"1": 1.5, "2": None}
    assert [level[1] for level in levels_of(store)] == [D(6), D(0)]
    taken = StockMovement.objects.filter(posting=posting).order_by("line_no")
    assert [(m.actor, m.door, m.document_ref) for m in taken] == [("anna", "api", str(posting))] * 2
    assert everything_holds()


@pytest.mark.parametrize("what", ["short", "promised", "counted", "new", "twice", "nothing"])
def test_what_is_not_plain_is_left_to_the_ledger_and_changes_nothing(what, store, bread, milk):
    stock.received(store, bread, 10, 1)
    stock.received(store, milk, 3, 1)
    sold, at = [(bread, 4), (milk, 3)], NOON
    if what == "short":
        sold = [(bread, 4), (milk, "3.001")]
    elif what == "promised":
        stock.hold(store, (milk, 1))
    elif what == "counted":
        made.count(made.started(store), (bread, 10))
        at = NOON - timedelta(days=1)
    elif what == "new":
        sold = [(bread, 4), (chain.product(), 1)]
    elif what == "twice":
        sold = [(bread, 1), (bread, 1)]
    else:
        sold = [(bread, "0.0001"), (milk, 1)]
    before = levels_of(store), movements_of(store)

    assert issue(store, *sold, at=at) is None

    assert (levels_of(store), movements_of(store)) == before
    assert everything_holds()


def test_a_number_that_is_told_from_outside_counts_for_nothing(store, bread):
    stock.received(store, bread, 10)

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_stockmovement (posting, kind, store_id, product_id, quantity,"
            " position, balance, worth, value, costed, business_date, actor)"
            " VALUES (gen_random_uuid(), 'sale', %s, %s, -4, 7, 99, 99, 99, 0, '2020-01-01', 'x')",
            [store.pk, bread.pk],
        )

    assert stock.level(store, bread).on_hand == 6
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10), (MovementKind.SALE, -4, 6)]
    assert everything_holds()

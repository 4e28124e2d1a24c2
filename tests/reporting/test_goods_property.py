"""Random writes, corrections, moves in the tree, refreshes: sums of goods are the ledger's."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_bakery import baker

from epm.access.models import Role
from inventory.models import Category
from reporting.kpis.registry import REGISTRY
from reporting.selectors import kpis
from reporting.services import facts, goods
from sales.models import Customer, Sale
from tests.factories import chain, ledger
from tests.reporting import oracle

FIRST = datetime(2025, 3, 30, 9, 0, tzinfo=UTC)  # three days over the end of a month
START, END = date(2025, 3, 30), date(2025, 4, 1)
PERIODS = ((date(2025, 3, 1), date(2025, 4, 30)), (START, END), (date(2025, 3, 31), END))
ASKED = [code for code, kpi in REGISTRY.items() if "category" in kpi.dimensions]
TODAYS = (date(2025, 3, 31), date(2025, 4, 1), date(2025, 4, 2), date(2025, 5, 1))

steps = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), ledger.sales_at_random),
        st.tuples(st.just("sell"), ledger.sales_at_random),
        st.tuples(st.just("correct"), st.integers(0, 20)),
        st.tuples(st.just("refresh"), st.none()),
        st.tuples(st.just("keep"), st.sampled_from(TODAYS)),
        st.tuples(st.just("keep"), st.sampled_from(TODAYS)),
        st.tuples(st.just("move"), st.tuples(st.integers(0, 3), st.integers(0, 4))),
        st.tuples(st.just("hang"), st.integers(0, 3)),
    ),
    min_size=1,
    max_size=7,
)


@pytest.fixture
def house(db):
    top = chain.category(code="TOP")
    mid = chain.category(code="MID", parent=top)
    low = chain.category(code="LOW", parent=mid)
    other = chain.category(code="OTHER")
    return {
        "stores": [chain.store(), chain.store()],
        "products": [
            chain.product(category=mid),
            chain.product(category=low),
            chain.product(category=None, unit="l"),
        ],
        "shelves": [top, mid, low, other],
        "customers": [baker.make(Customer, code=code) for code in "AB"],
        "director": chain.person(Role.DIRECTOR, whole_chain=True),
    }


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_reports_of_goods_are_the_ledger(house, steps):
    house["products"][0].category = house["shelves"][1]
    with transaction.atomic():
        for verb, drawn in steps:
            _do(verb, drawn, house)
            kept, true = oracle.goods_facts_and_ledger()
            assert kept == true
            _reports_are_the_ledger(house)
        transaction.set_rollback(True)


def _do(verb, drawn, house):
    if verb == "sell":
        words = {name: house[name] for name in ("stores", "products", "customers")}
        ledger.random_sale(drawn, first=FIRST, **words)
    elif verb == "correct":
        wrong = list(Sale.objects.filter(is_correction=False, corrected_by=None).order_by("pk"))
        if wrong:
            ledger.correction_of(wrong[drawn % len(wrong)])
    elif verb == "refresh":
        facts.refresh()
    elif verb == "keep":
        facts.refresh()
        goods.keep(today=drawn)
    elif verb == "move":
        _move(house["shelves"], *drawn)
    else:  # a product finds a new shelf, below one that may have none
        shelf = chain.category(parent=house["shelves"][drawn])
        house["products"][0].category = shelf


def _move(shelves, number, below):
    shelf = Category.objects.get(pk=shelves[number].pk)
    parent = None if below == len(shelves) else shelves[below]
    if parent is not None and shelf.pk in _with_all_above(parent.pk):
        return
    shelf.parent = parent
    shelf.save()


def _with_all_above(pk):
    parents = dict(Category.objects.values_list("pk", "parent"))
    found = []
    while pk is not None:
        found.append(pk)
        pk = parents[pk]
    return found


def _with_all_below(pk):
    return {
        one for one in Category.objects.values_list("pk", flat=True) if pk in _with_all_above(one)
    }


def _reports_are_the_ledger(house):
    tree = {shelf.code: shelf for shelf in Category.objects.all()}
    for start, end in PERIODS:
        words = {"start": start, "end": end}
        told = _report(house, by="category", **words)
        for row in told.rows:
            shelves = {None} if row.key is None else _with_all_below(tree[row.key].pk)
            _is_the_ledger(row.kpis, shelves=shelves, **words)
        _is_the_ledger(told.total, **words)
        for code in ("TOP", "MID", "OTHER"):
            below = _with_all_below(tree[code].pk)
            told = _report(house, by="category", category=code, **words)
            for row in told.rows:
                own = {tree[code].pk} if row.key == code else _with_all_below(tree[row.key].pk)
                _is_the_ledger(row.kpis, shelves=own, **words)
            _is_the_ledger(told.total, shelves=below, **words)
            store = house["stores"][0]
            one = _report(house, by="month", category=code, stores=[store.code], **words)
            _is_the_ledger(one.total, shelves=below, store=store, **words)
            by_day = _report(house, by="day", category=code, **words)
            for row in by_day.rows:
                day = date.fromisoformat(row.key)
                _is_the_ledger(row.kpis, shelves=below, start=day, end=day)
        by_sku = {product.sku: product for product in house["products"]}
        for row in _report(house, by="product", **words).rows:
            _is_the_ledger(row.kpis, product=by_sku[row.key], **words)
        product = house["products"][0]
        _one_product_is_the_ledger(house, product, **words)


def _one_product_is_the_ledger(house, product, **words):
    stores = {store.code: store for store in house["stores"]}
    told = _report(house, by="store", product=product.sku, **words)
    for row in told.rows:
        _is_the_ledger(row.kpis, product=product, store=stores[row.key], **words)
    _is_the_ledger(told.total, product=product, **words)
    for row in _report(house, by="day", product=product.sku, **words).rows:
        day = date.fromisoformat(row.key)
        _is_the_ledger(row.kpis, product=product, start=day, end=day)


def _is_the_ledger(told, **words):
    expected = oracle.figures(**words)
    del expected["customers"]
    assert oracle.equal(told, expected)


def _report(house, **words):
    return kpis.report(principal=house["director"], kpis=ASKED, **words)

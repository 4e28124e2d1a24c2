"""Random writes, corrections, refreshes in any order: facts and reports are the ledger."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_bakery import baker

from epm.access.models import Role
from reporting.kpis.registry import REGISTRY
from reporting.selectors import kpis
from reporting.services import facts
from sales.models import Customer, Sale
from tests.factories import chain, ledger
from tests.reporting import oracle

FIRST = datetime(2025, 3, 30, 9, 0, tzinfo=UTC)  # three days over the end of a month
START, END = date(2025, 3, 30), date(2025, 4, 1)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), ledger.sales_at_random),
        st.tuples(st.just("sell"), ledger.sales_at_random),
        st.tuples(st.just("correct"), st.integers(0, 20)),
        st.tuples(st.just("refresh"), st.none()),
    ),
    min_size=1,
    max_size=7,
)


@pytest.fixture
def house(db):
    return {
        "stores": [chain.store(), chain.store()],
        "products": [
            chain.product(category=chain.category()),
            chain.product(category=chain.category()),
            chain.product(unit="l"),
        ],
        "customers": [baker.make(Customer, code=code) for code in "AB"],
        "director": chain.person(Role.DIRECTOR, whole_chain=True),
    }


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_facts_and_reports_are_the_ledger(house, steps):
    with transaction.atomic():
        for verb, drawn in steps:
            _do(verb, drawn, house)
            _reports_are_the_ledger(house)
        facts.refresh()
        kept, true = oracle.facts_and_ledger()
        assert kept == true
        transaction.set_rollback(True)


def _do(verb, drawn, house):
    if verb == "sell":
        words = {name: house[name] for name in ("stores", "products", "customers")}
        ledger.random_sale(drawn, first=FIRST, **words)
    elif verb == "correct":
        _correct(drawn)
    else:
        facts.refresh()
        kept, true = oracle.facts_and_ledger()
        assert kept == true


def _correct(number):
    wrong = list(Sale.objects.filter(is_correction=False, corrected_by=None).order_by("pk"))
    if wrong:
        ledger.correction_of(wrong[number % len(wrong)])


def _reports_are_the_ledger(house):
    told = _report(house)
    assert oracle.equal(told.total, oracle.figures(start=START, end=END))
    for store in house["stores"]:
        alone = _report(house, stores=[store.code])
        assert oracle.equal(alone.total, oracle.figures(start=START, end=END, store=store))
    by_store = {row.key: row.kpis for row in _report(house, by="store").rows}
    for store in house["stores"]:
        if store.code in by_store:
            expected = oracle.figures(start=START, end=END, store=store)
            assert oracle.equal(by_store[store.code], expected)
    for row in _report(house, by="day").rows:
        day = date.fromisoformat(row.key)
        assert oracle.equal(row.kpis, oracle.figures(start=day, end=day))
    by_sku = {product.sku: product for product in house["products"]}
    for row in _report(house, by="product").rows:
        expected = oracle.figures(start=START, end=END, product=by_sku[row.key])
        expected.pop("customers")
        assert oracle.equal(row.kpis, expected)


def _report(house, **words):
    return kpis.report(
        principal=house["director"], start=START, end=END, kpis=list(REGISTRY), **words
    )


def test_the_days_before_and_after_are_not_counted(house):
    for day in (-1, 0, 2, 3):
        chain.sale(
            store=house["stores"][0],
            at=FIRST + timedelta(days=day),
            lines=[{"product": house["products"][0], "net_ttc": "12.00"}],
        )

    assert _report(house).total["net_sales"] == "20.00"
    facts.refresh()
    assert _report(house).total["net_sales"] == "20.00"

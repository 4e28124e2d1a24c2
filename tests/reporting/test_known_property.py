"""Random sales, recorded at random times, in clean and dirty days: a report at a moment is what the
ledger had then, and the late documents are the difference to now."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_bakery import baker

from epm.access.models import Role
from reporting.kpis.registry import NOT_AS_KNOWN, REGISTRY
from reporting.selectors import kpis
from reporting.services import facts
from sales.models import Customer, Sale
from sales.selectors.late import late_documents
from tests.factories import chain, ledger
from tests.reporting import oracle

FIRST = datetime(2025, 3, 30, 9, 0, tzinfo=UTC)  # three days over the end of a month
START, END = date(2025, 3, 30), date(2025, 4, 1)
RECORDED = datetime(2025, 4, 2, 8, 0, tzinfo=UTC)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), ledger.sales_at_random, st.integers(0, 9)),
        st.tuples(st.just("sell"), ledger.sales_at_random, st.integers(0, 9)),
        st.tuples(st.just("correct"), st.integers(0, 20), st.integers(0, 9)),
        st.tuples(st.just("refresh"), st.none(), st.just(0)),
    ),
    min_size=1,
    max_size=8,
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
@given(steps=steps, hour=st.integers(-1, 10))
def test_a_report_at_a_moment_is_the_ledger_of_then(house, steps, hour):
    known_at = RECORDED + timedelta(hours=hour)
    with transaction.atomic():
        for verb, drawn, late in steps:
            _do(verb, drawn, house, recorded_at=RECORDED + timedelta(hours=late))
        _reports_are_the_ledger(house, known_at)
        _late_documents_are_the_difference(house, known_at)
        facts.refresh()
        _reports_are_the_ledger(house, known_at)
        _late_documents_are_the_difference(house, known_at)
        transaction.set_rollback(True)


def _do(verb, drawn, house, *, recorded_at):
    if verb == "sell":
        words = {name: house[name] for name in ("stores", "products", "customers")}
        ledger.random_sale(drawn, first=FIRST, recorded_at=recorded_at, **words)
    elif verb == "refresh":
        facts.refresh()
    else:
        wrong = list(Sale.objects.filter(is_correction=False, corrected_by=None).order_by("pk"))
        if wrong:
            ledger.correction_of(wrong[drawn % len(wrong)], recorded_at=recorded_at)


def _reports_are_the_ledger(house, known_at):
    def known(**words):
        return oracle.figures(start=START, end=END, known_at=known_at, **words)

    told = _report(house, known_at)
    assert oracle.equal(told.total, known())
    assert {told.total[code] for code in NOT_AS_KNOWN} == {None}
    by_store = {row.key: row.kpis for row in _report(house, known_at, by="store").rows}
    for store in house["stores"]:
        alone = _report(house, known_at, stores=[store.code])
        assert oracle.equal(alone.total, known(store=store))
        if store.code in by_store:
            assert oracle.equal(by_store[store.code], known(store=store))
        else:
            assert known(store=store)["net_sales"] == 0
    for row in _report(house, known_at, by="day").rows:
        day = date.fromisoformat(row.key)
        assert oracle.equal(row.kpis, oracle.figures(start=day, end=day, known_at=known_at))
    by_sku = {product.sku: product for product in house["products"]}
    for row in _report(house, known_at, by="product").rows:
        assert oracle.equal(row.kpis, _of_goods(known(product=by_sku[row.key])))
    shelves = {product.category.code: product.category_id for product in house["products"][:2]}
    for row in _report(house, known_at, by="category").rows:
        assert oracle.equal(row.kpis, _of_goods(known(shelves={shelves.get(row.key)})))


def _of_goods(figures):
    return {name: value for name, value in figures.items() if name != "customers"}


def _late_documents_are_the_difference(house, known_at):
    late = late_documents(house["director"], start=START, end=END, known_at=known_at)
    assert set(late) == set(Sale.objects.filter(recorded_at__gt=known_at))
    now, then = _report(house, None).total, _report(house, known_at).total
    for code, column in (("net_sales", "net_ht"), ("net_sales_ttc", "net_ttc")):
        added = sum((getattr(each, column) for each in late), Decimal(0))
        assert added == Decimal(now[code]) - Decimal(then[code])


def _report(house, known_at, **words):
    return kpis.report(
        principal=house["director"],
        start=START,
        end=END,
        kpis=list(REGISTRY),
        known_at=known_at,
        **words,
    )

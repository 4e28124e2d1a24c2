"""A feed misses nothing, whatever commits when: by its real cursor."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from epm.platform.invariants import examined
from inventory.models import MovementKind, PriceList, PriceListItem, Product
from inventory.selectors import feed
from tests.concurrency import in_its_own_connection, run_behind
from tests.factories import chain, stock
from tests.factories.chain import NOON
from tests.inventory.feeds import told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store():
    return chain.store(code="NORD")


@pytest.fixture
def bread(store):
    product = chain.product(sku="Bread", name="Bread")
    stock.received(store, product, 10)
    return product


@pytest.fixture
def salt():
    return chain.product(sku="Salt")


@pytest.fixture
def till(store):
    return chain.api_client(scopes=["stock:read"], stores=[store])


def test_what_began_before_the_feed_and_commits_after_it_is_in_the_next(till, store, bread, salt):
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Product.objects.filter(pk=bread.pk).update(name="Loaf")
            stock.book(MovementKind.SALE, (store, bread, -2))

            def meanwhile():
                Product.objects.filter(pk=salt.pk).update(name="Fine salt")
                return told(till)

            _first, lines, cursor = pool.submit(in_its_own_connection, meanwhile).result(timeout=30)
        assert [line["name"] for line in lines[:2]] == ["Bread", "Fine salt"]
        assert lines[2]["available"] == "10.00"

    _first, lines, _cursor = told(till, cursor)

    assert [line["name"] for line in lines[:2]] == ["Loaf", "Fine salt"]  # salt is told twice
    assert lines[2]["available"] == "8.00"


def test_the_place_that_a_till_is_told_is_on_disk_first(store):
    """A number that no log knows of is given again after a crash: its change would be missed."""
    numbered = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(numbered)
        assert cursor.fetchone() == (False,)

        feed.here(store=store, at=NOON)

        cursor.execute(numbered)
        assert cursor.fetchone() == (True,)  # so that the commit is logged, with its number


def test_a_price_listed_while_somebody_switches_the_list_on_is_told(till, bread):
    """The item waits for the list: otherwise it would be kept as said by a list that is off."""
    made = chain.price_list(is_active=False)
    cursor = told(till)[2]

    outcome = run_behind(
        lambda: PriceList.objects.update(is_active=True),
        lambda: PriceListItem.objects.create(price_list=made, product=bread, price=2),
    )

    assert outcome.exception() is None
    assert {line["sku"]: line["price"] for line in told(till, cursor)[1] if "sku" in line} == {
        "Bread": "2.00"
    }
    assert {f.invariant.code: f.broken for f in examined()}["inventory/listed-prices"] == 0


def test_a_price_changed_while_somebody_changes_the_lists_dates_is_told(till, bread):
    made = chain.price_list({bread: "3.00"})
    cursor = told(till)[2]

    run_behind(
        lambda: PriceList.objects.update(ends_on=made.starts_on.replace(year=9999)),
        lambda: PriceListItem.objects.update(price=2),
    )

    assert told(till, cursor)[1][0]["price"] == "2.00"
    assert {f.invariant.code: f.broken for f in examined()}["inventory/listed-prices"] == 0

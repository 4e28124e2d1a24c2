"""The data version is another one after every commit that figures depend on, and only then."""

import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction

from epm.access.models import Role
from epm.organization.models import Store, StoreClosure
from inventory.models import Category, Product
from reporting.models import DataChange, DataVersion
from reporting.selectors import freshness
from reporting.selectors.freshness import data_version
from reporting.services import facts, views
from sales.models import LedgerChange, StoreDayTarget, StoreTarget
from tests.concurrency import in_its_own_connection
from tests.factories import chain
from tests.factories.chain import NOON


@pytest.fixture
def trade(transactional_db):
    """A store that sells a product of a category, and nothing to refresh."""
    category = chain.category()
    store = chain.store(region=chain.region())
    product = chain.product(category=category)
    chain.sale(store=store, lines=[{"product": product, "net_ttc": "12.00"}])
    facts.refresh()
    return store, product


def elsewhere(work):
    """Run `work` in a connection of its own, committed."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(in_its_own_connection, work).result(15)


def sell(store, product):
    chain.sale(store=store, lines=[{"product": product, "net_ttc": "12.00"}])


def target(store):
    return StoreTarget.objects.create(
        store=store, month=NOON.date().replace(day=1), amount=Decimal(310)
    )


def copy_a_region(store):
    text = io.StringIO("X1\tAnother\n")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY organization_region (code, name) FROM STDIN") as copy,
    ):
        copy.write(text.read())


def plain(sql):
    def run(_store, _product):
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return run


CHANGES = {
    "a sale": sell,
    "a store's name": lambda s, _p: Store.objects.filter(pk=s.pk).update(name="Elsewhere"),
    "a new store": lambda _s, _p: chain.store(),
    "a region": lambda _s, _p: chain.region(),
    "a closure": lambda s, _p: StoreClosure.objects.create(
        store=s, first_day=NOON.date(), last_day=NOON.date()
    ),
    "a region by COPY": lambda s, _p: copy_a_region(s),
    "a category": lambda _s, _p: Category.objects.update(name="Other"),
    "a product": lambda _s, _p: Product.objects.update(name="Other"),
    "products by SQL": plain("UPDATE inventory_product SET brand = 'Other'"),
    "a customer": plain("DELETE FROM sales_customer"),
    "a target": lambda s, _p: target(s),
    "a day's target by SQL": plain("UPDATE sales_storedaytarget SET amount = amount"),
    "a view's refresh": lambda _s, _p: views.refresh_views(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_gives_another_version(trade, change):
    before = data_version()

    change(*trade)

    after = data_version()
    assert after != before
    assert data_version() == after


def test_a_refresh_gives_another_version_and_counts_from_nothing(trade):
    sell(*trade)
    target(trade[0])
    before = data_version()
    token = DataVersion.objects.get().token

    facts.refresh()

    assert data_version() != before
    assert DataVersion.objects.get().token != token
    assert not DataChange.objects.exists()


@pytest.mark.parametrize("of", ["ledger", "other"])
def test_marks_of_one_kind_are_enough(trade, of):
    if of == "ledger":
        sell(*trade)
    else:
        chain.region()
    before = data_version()

    facts.refresh()

    assert data_version() != before


def test_a_refresh_of_nothing_changes_nothing(trade):
    before = data_version()

    facts.refresh()

    assert data_version() == before


def test_a_rebuild_gives_another_version(trade):
    before = data_version()

    facts.rebuild()

    assert data_version() != before


def test_what_was_not_committed_is_not_told(trade):
    before = data_version()
    with transaction.atomic():
        sell(*trade)
        assert data_version() != before
        assert elsewhere(data_version) == before
    after = data_version()
    assert after != before

    with transaction.atomic():
        sell(*trade)
        transaction.set_rollback(True)
    assert data_version() == after


def test_a_transaction_that_has_written_shares_its_version_with_nobody(trade):
    """Else what it computes could be shown to others who reach its number otherwise."""
    with transaction.atomic():
        sell(*trade)
        mine = data_version()
        transaction.set_rollback(True)
    sell(*trade)

    assert data_version() != mine


def test_commits_in_any_order_are_told_apart(trade):
    """The number of a mark is no time of its commit: counted, not compared."""
    seen = {data_version()}
    with transaction.atomic():
        sell(*trade)
        elsewhere(lambda: sell(*trade))
        seen.add(elsewhere(data_version))
    seen.add(data_version())

    assert len(seen) == 3


def test_a_sale_that_commits_behind_a_refresh_is_told(trade):
    """The refresh cannot take its mark; it must not take its version either."""
    seen = [data_version()]
    elsewhere(lambda: sell(*trade))
    seen.append(data_version())
    with transaction.atomic():
        sell(*trade)
        elsewhere(facts.refresh)
        seen.append(elsewhere(data_version))
    seen.append(data_version())

    assert len(set(seen)) == 4
    assert LedgerChange.objects.count() == 2


def test_beyond_many_marks_every_commit_counts(trade, monkeypatch):
    monkeypatch.setattr(
        freshness, "VERSION", freshness.VERSION.replace(str(freshness.MOST_MARKS), "1")
        .replace(str(freshness.MOST_MARKS + 1), "2"),
    )  # fmt: skip
    sell(*trade)
    seen = {data_version()}
    for _ in range(3):
        sell(*trade)
        seen.add(data_version())

    assert LedgerChange.objects.count() == 8
    assert len(seen) == 4


def test_one_query(trade, django_assert_num_queries):
    with django_assert_num_queries(1):
        data_version()


@pytest.mark.django_db
def test_what_reports_read_is_watched():
    """A table that a report joins and nobody watches would show old names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'reporting_marks_data_change'"
        )
        watched = {name for (name,) in cursor.fetchall()}

    assert {Store._meta.db_table, Category._meta.db_table, Product._meta.db_table} < watched
    assert {StoreTarget._meta.db_table, StoreDayTarget._meta.db_table} < watched


def test_the_factory_person_is_no_change(trade):
    """Who may see what is in the key, not in the version."""
    before = data_version()

    chain.person(Role.DIRECTOR, whole_chain=True)

    assert data_version() == before

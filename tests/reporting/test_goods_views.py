"""The monthly views of goods: ranks and sums, and that a refresh neither doubles nor blocks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from reporting.models import (
    MonthlyCategoryRevenue,
    MonthlyProductRank,
    StoreMonthCategory,
    StoreMonthProduct,
    ViewRefresh,
)
from reporting.services import facts, goods, views
from tests.concurrency import _wait_until_someone_queues_behind_us, in_its_own_connection
from tests.factories import chain, ledger
from tests.factories.chain import NOON

MARCH = date(2025, 3, 1)
NAMES = ("mv_ca_categorie_mensuel", "mv_classement_produits_mensuel")


@pytest.fixture
def sold():
    """Bread 30.00 of which 12.00 cost, milk 20.00 of unknown cost; in Lyon 10.00 of bread."""
    food = chain.category(code="FOOD")
    bread = chain.product(sku="BREAD", category=chain.category(code="BAKERY", parent=food))
    milk = chain.product(sku="MILK", category=food)
    paris, lyon = chain.store(code="PAR"), chain.store(code="LYO")
    chain.sale(
        store=paris,
        lines=[ledger.item(bread, 3, "36.00", cost=4), ledger.item(milk, 4, "24.00")],
    )
    chain.sale(store=lyon, lines=[ledger.item(bread, 1, "12.00", cost=4)])
    facts.refresh()
    goods.keep(today=NOON.date() + timedelta(days=1))
    return paris, lyon, bread, milk


@pytest.mark.django_db
class TestViews:
    def test_products_are_ranked_in_each_store_and_in_the_chain(self, sold):
        paris, lyon, bread, milk = sold
        views.refresh_views(names=NAMES)

        rows = MonthlyProductRank.objects.values_list(
            "store_id", "product", "net_sales_ht", "units", "margin_ht",
            "by_sales", "by_units", "by_margin",
        )  # fmt: skip
        assert set(rows) == {
            (0, bread.pk, 40, 4, Decimal(24), 1, 1, 1),
            (0, milk.pk, 20, 4, None, 2, 1, None),
            (paris.pk, bread.pk, 30, 3, Decimal(18), 1, 2, 1),
            (paris.pk, milk.pk, 20, 4, None, 2, 1, None),
            (lyon.pk, bread.pk, 10, 1, Decimal(6), 1, 1, 1),
        }
        assert set(MonthlyProductRank.objects.values_list("month", "currency")) == {(MARCH, "EUR")}

    def test_categories_have_what_is_below_them_and_each_ticket_once(self, sold):
        paris, lyon, bread, milk = sold
        views.refresh_views(names=NAMES)

        rows = MonthlyCategoryRevenue.objects.values_list(
            "store", "category_id", "net_sales_ht", "units", "transactions"
        )
        assert set(rows) == {
            (paris.pk, milk.category_id, 50, 7, 1),
            (paris.pk, bread.category_id, 30, 3, 1),
            (lyon.pk, milk.category_id, 10, 1, 1),
            (lyon.pk, bread.category_id, 10, 1, 1),
        }

    def test_each_has_a_unique_index(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename FROM pg_indexes WHERE tablename = ANY (%s)"
                " AND indexdef LIKE 'CREATE UNIQUE%%' ORDER BY 1",
                [list(views.VIEWS)],
            )
            assert [name for (name,) in cursor.fetchall()] == sorted(views.VIEWS)


@pytest.mark.django_db(transaction=True)
class TestTwoRefreshersAtOnce:
    def test_the_second_waits_and_readers_do_not(self, sold):
        with ThreadPoolExecutor(2) as pool:
            with transaction.atomic():
                views.refresh_views(names=NAMES[:1])
                second = pool.submit(
                    in_its_own_connection, lambda: views.refresh_views(names=NAMES[:1])
                )
                _wait_until_someone_queues_behind_us(second)
                read = pool.submit(in_its_own_connection, MonthlyCategoryRevenue.objects.count)
                assert read.result(15) == 0
                assert not second.done()
            second.result(15)

        assert MonthlyCategoryRevenue.objects.count() == 4
        assert ViewRefresh.objects.count() == 1

    def test_months_are_kept_once(self, sold):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM reporting_goodsmonth")
            cursor.execute("UPDATE reporting_storemonthproduct SET net_ht = 0")
        today = NOON.date() + timedelta(days=1)
        with ThreadPoolExecutor(2) as pool:
            with transaction.atomic():
                list(StoreMonthProduct.objects.select_for_update())
                each = [
                    pool.submit(in_its_own_connection, lambda: goods.keep(today=today))
                    for _ in range(2)
                ]
                _wait_until_someone_queues_behind_us(each[0])
                assert StoreMonthCategory.objects.count() == 5
            done = sorted(one.result(15).store_months for one in each)

        assert done == [0, 2]
        assert sorted(StoreMonthProduct.objects.values_list("net_ht", flat=True)) == [10, 20, 30]

"""Which price holds, and why."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from inventory.models import PriceListItem
from inventory.selectors import prices
from tests.factories import chain

pytestmark = pytest.mark.django_db

DAY = date(2025, 3, 31)


@pytest.fixture
def shop():
    return chain.store()


@pytest.fixture
def bread():
    return chain.product(sku="BREAD", sale_price=Decimal("3.00"))


def held(product, store, on=DAY):
    """The price and the code of the list it is by."""
    [one] = prices.prices_of([product.pk], store.pk, on)
    return one.price, one.by and one.by.code


def test_the_prices_of_a_moment_are_those_of_each_stores_own_day(bread, django_assert_num_queries):
    paris, tokyo = (chain.store(timezone=zone) for zone in ("Europe/Paris", "Asia/Tokyo"))
    chain.price_list({bread: "2.50"}, code="TOMORROW", starts_on=DAY + timedelta(1))

    with django_assert_num_queries(2):
        told = prices.prices_at(bread.pk, [paris, tokyo], at=datetime(2025, 3, 31, 20, tzinfo=UTC))

    assert told[paris.pk].price == Decimal("3.00")
    assert (told[tokyo.pk].price, told[tokyo.pk].by.code) == (Decimal("2.50"), "TOMORROW")


class TestThePriceThatHolds:
    def test_without_any_list_is_the_products_own(self, bread, shop):
        assert held(bread, shop) == (Decimal("3.00"), None)

    def test_is_unknown_where_nobody_knows_it(self, shop):
        assert held(chain.product(sale_price=None), shop) == (None, None)

    def test_of_a_store_beats_that_of_the_chain_even_its_promotion(self, bread, shop):
        chain.price_list({bread: "2.00"}, code="PROMO", kind="promotion")
        chain.price_list({bread: "3.50"}, code="AIRPORT", store=shop)

        assert held(bread, shop) == (Decimal("3.50"), "AIRPORT")
        assert held(bread, chain.store()) == (Decimal("2.00"), "PROMO")

    def test_of_a_promotion_beats_a_regular_one_that_starts_later(self, bread, shop):
        chain.price_list({bread: "2.00"}, code="PROMO", kind="promotion", starts_on=DAY)
        chain.price_list({bread: "2.90"}, code="LATER", starts_on=DAY + timedelta(1))

        assert held(bread, shop, DAY + timedelta(1)) == (Decimal("2.00"), "PROMO")

    def test_is_by_the_list_that_starts_later_and_of_two_such_by_the_one_made_later(
        self, bread, shop
    ):
        chain.price_list({bread: "2.80"}, code="SECOND", starts_on=DAY)
        chain.price_list({bread: "2.70"}, code="THIRD", starts_on=DAY)
        chain.price_list({bread: "2.90"}, code="FIRST", starts_on=DAY - timedelta(1))

        assert held(bread, shop) == (Decimal("2.70"), "THIRD")
        assert [by.code for by in prices.reasons_of(bread.pk, shop.pk, DAY)] == [
            "THIRD", "SECOND", "FIRST",
        ]  # fmt: skip

    def test_holds_from_the_first_day_to_the_last_both_included(self, bread, shop):
        chain.price_list({bread: "2.00"}, code="P", starts_on=DAY, ends_on=DAY + timedelta(2))

        assert [held(bread, shop, DAY + timedelta(days))[1] for days in range(-1, 4)] == [
            None, "P", "P", "P", None,
        ]  # fmt: skip

    def test_is_not_by_a_list_that_is_off_or_of_other_money_or_of_another_store(self, bread, shop):
        chain.price_list({bread: "2.00"}, is_active=False)
        chain.price_list({bread: "2.00"}, currency="USD")
        chain.price_list({bread: "2.00"}, store=chain.store())

        assert held(bread, shop) == (Decimal("3.00"), None)
        assert prices.reasons_of(bread.pk, shop.pk, DAY) == []

    def test_of_nothing_is_a_price_and_not_none(self, bread, shop):
        chain.price_list({bread: "0"}, code="GIFT")

        assert held(bread, shop) == (Decimal(0), "GIFT")

    def test_of_200_products_takes_one_query(self, shop, django_assert_num_queries):
        many = [chain.product() for _number in range(200)]
        listed = chain.price_list(dict.fromkeys(many[:100], "1.00"))

        with django_assert_num_queries(1):
            found = prices.prices_of([one.pk for one in many], shop.pk, DAY)

        assert len(found) == 200
        assert sum(one.by is not None and one.by.list_id == listed.pk for one in found) == 100


def test_a_business_day_begins_at_the_cut_off_hour_of_the_store():
    night = chain.store(timezone="Europe/Paris", day_cutoff_hour=4)

    before, after = (datetime(2025, 3, 31, 1, minute, tzinfo=UTC) for minute in (59, 0))
    assert prices.business_day(night, at=after) == date(2025, 3, 30)
    assert prices.business_day(night, at=before) == date(2025, 3, 30)
    assert prices.business_day(night, at=datetime(2025, 3, 31, 2, 0, tzinfo=UTC)) == DAY


def test_no_list_says_two_prices_of_a_product(bread):
    listed = chain.price_list({bread: "2.00"})

    with pytest.raises(Exception, match="price_list_item_once_per_list"):
        PriceListItem.objects.create(price_list=listed, product=bread, price=3)

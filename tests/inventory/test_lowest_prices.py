"""The lowest price of the 30 days before a reduction, anchored to its start."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from epm.platform.invariants import examined
from inventory.models import ListedPrice, PriceChange, PriceListItem, Product
from inventory.selectors.lowest_prices import lowest_before
from tests.factories import chain

pytestmark = pytest.mark.django_db

START = date(2025, 3, 31)


@pytest.fixture
def shop():
    return chain.store(timezone="UTC")


@pytest.fixture
def bread():
    return priced("10.00", since=date(2024, 1, 1))


def moment(day, hour=0, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def before(days):
    return START - timedelta(days)


def priced(price, *, since):
    product = chain.product(sale_price=Decimal(price))
    PriceChange.objects.filter(product=product).update(changed_at=moment(since))
    return product


def repriced(product, price, *, at):
    """The chain's price changed at a moment gone by."""
    Product.objects.filter(pk=product.pk).update(sale_price=Decimal(price))
    last = PriceChange.objects.filter(product=product, kind="sale").latest("pk")
    PriceChange.objects.filter(pk=last.pk).update(changed_at=at)


def listed(prices, *, known=None, **fields):
    """A promotion, entered at a moment gone by: long before it starts unless told."""
    fields = {"kind": "promotion", "starts_on": START, **fields}
    made = chain.price_list(prices, **fields)
    entered = known or moment(date(2024, 1, 1))
    ListedPrice.objects.filter(price_list=made).update(known_from=entered)
    return made


def lowest(product, promotion, store):
    return lowest_before([(product.pk, promotion.pk)], store_id=store and store.pk).get(
        (product.pk, promotion.pk)
    )


class TestTheLowestPriceBefore:
    def test_is_the_price_when_it_never_changed(self, bread, shop):
        assert lowest(bread, listed({bread: "8.00"}), shop) == Decimal("10.00")

    def test_is_not_raised_by_raising_the_price_just_before(self, bread, shop):
        repriced(bread, "15.00", at=moment(before(2)))

        assert lowest(bread, listed({bread: "9.00"}), shop) == Decimal("10.00")

    def test_takes_earlier_promotions_into_account(self, bread, shop):
        listed({bread: "7.00"}, starts_on=before(20), ends_on=before(15))

        assert lowest(bread, listed({bread: "8.00"}), shop) == Decimal("7.00")

    def test_is_anchored_to_the_start_whatever_the_promotion_does_later(self, bread, shop):
        promotion = listed({bread: "8.00"})
        ListedPrice.objects.filter(price_list=promotion).update(known_from=moment(before(5)))
        PriceListItem.objects.filter(price_list=promotion).update(price=6)

        assert lowest(bread, promotion, shop) == Decimal("10.00")

    @pytest.mark.parametrize(
        ("_case", "last_day", "expected"),
        [
            ("ended the day before the 30 days", before(31), "10.00"),
            ("ended on the first of the 30 days", before(30), "7.00"),
            ("ended the day before", before(1), "7.00"),
        ],
    )
    def test_counts_30_whole_days(self, bread, shop, _case, last_day, expected):
        listed({bread: "7.00"}, starts_on=before(60), ends_on=last_day)

        assert lowest(bread, listed({bread: "8.00"}), shop) == Decimal(expected)

    def test_counts_a_price_changed_within_the_last_minute_and_none_of_the_first_day(
        self, bread, shop
    ):
        repriced(bread, "9.50", at=moment(before(1), 23, 59))
        repriced(bread, "5.00", at=moment(START))

        assert lowest(bread, listed({bread: "4.00"}), shop) == Decimal("9.50")

    def test_follows_the_clock_of_the_store(self, bread):
        far = chain.store(timezone="America/New_York", day_cutoff_hour=3)
        repriced(bread, "9.00", at=moment(START, 6, 59))  # 02:59 there: still the day before
        promotion = listed({bread: "8.00"})

        assert lowest(bread, promotion, far) == Decimal("9.00")
        assert lowest(bread, promotion, chain.store(timezone="UTC")) == Decimal("10.00")

    def test_is_that_of_the_store(self, bread, shop):
        listed({bread: "6.00"}, store=shop, starts_on=before(9), ends_on=before(8))
        listed({bread: "11.00"}, kind="regular", store=shop, starts_on=before(90))
        promotion = listed({bread: "5.00"})

        assert lowest(bread, promotion, shop) == Decimal("6.00")
        assert lowest(bread, promotion, chain.store(timezone="UTC")) == Decimal("10.00")
        assert lowest(bread, promotion, None) == Decimal("10.00")

    def test_of_a_store_whose_own_list_covers_all_days_is_not_the_chains(self, bread, shop):
        listed({bread: "11.00"}, kind="regular", store=shop, starts_on=before(90))

        assert lowest(bread, listed({bread: "5.00"}), shop) == Decimal("11.00")

    def test_is_unknown_when_history_does_not_reach(self, shop):
        young = priced("10.00", since=before(29))

        assert lowest(young, listed({young: "8.00"}), shop) is None

    def test_is_unknown_when_for_a_while_no_price_was(self, bread, shop):
        repriced(bread, "9.00", at=moment(before(3)))
        PriceChange.objects.filter(product=bread, new=9).update(new=None)

        assert lowest(bread, listed({bread: "8.00"}), shop) is None

    def test_believes_no_list_that_was_dated_back(self, bread, shop):
        """Entered today, it says what it would have said: nobody paid that then."""
        listed({bread: "1.00"}, starts_on=before(20), ends_on=before(10), known=moment(START, 1))

        assert lowest(bread, listed({bread: "8.00"}), shop) == Decimal("10.00")

    def test_remembers_what_was_taken_off_a_list_ended_or_switched_off(self, bread, shop):
        past = listed({bread: "7.00"}, starts_on=before(20))
        PriceListItem.objects.filter(price_list=past).delete()
        off = listed({bread: "6.50"}, starts_on=before(20))
        off.is_active = False
        off.save()
        closed = ListedPrice.objects.filter(known_until__isnull=False)
        assert closed.update(known_until=moment(before(12))) == 2

        assert lowest(bread, listed({bread: "8.00"}), shop) == Decimal("6.50")
        assert not ListedPrice.objects.filter(price_list=past, known_until=None).exists()

    def test_of_what_joins_a_running_promotion_is_anchored_to_the_joining(self, bread, shop):
        repriced(bread, "5.00", at=moment(START, 9))
        repriced(bread, "10.00", at=moment(START, 15))
        joined = listed({bread: "4.00"}, known=moment(START + timedelta(2), 12))

        assert lowest(bread, joined, shop) == Decimal("5.00")

    def test_of_many_takes_one_query(self, shop, django_assert_num_queries):
        many = [priced(str(number), since=date(2024, 1, 1)) for number in range(1, 31)]
        promotion = listed(dict.fromkeys(many, "0.50"))

        with django_assert_num_queries(1):
            found = lowest_before([(one.pk, promotion.pk) for one in many], store_id=shop.pk)

        assert [found[one.pk, promotion.pk] for one in many] == list(range(1, 31))


def test_the_doctor_compares_lists_with_what_is_kept_of_them(bread):
    def broken():
        return {f.invariant.code: f.broken for f in examined()}["inventory/listed-prices"]

    listed({bread: "8.00"})
    assert broken() == 0

    ListedPrice.objects.update(price=7)
    assert broken() == 1

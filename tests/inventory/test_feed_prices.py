"""A till knows the price that holds in its store today, whatever made it so."""

import base64
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from epm.organization.models import Store
from inventory.models import PriceList, PriceListItem, Product
from inventory.selectors import feed
from inventory.selectors.prices import prices_of
from tests.factories import chain
from tests.factories.chain import NOON
from tests.inventory.feeds import told

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("nothing_else_runs"),
]
TODAY = NOON.date()


def day(number):
    """So many days after today."""
    return TODAY + timedelta(number)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def store():
    return chain.store(code="NORD", timezone="Europe/Paris")


@pytest.fixture
def bread(store):
    return chain.product(sku="Bread", sale_price=Decimal("3.00"))


@pytest.fixture
def salt():
    return chain.product(sku="Salt", sale_price=Decimal("1.00"))


@pytest.fixture
def till(store):
    return chain.api_client(scopes=["stock:read"], stores=[store])


def prices(lines):
    return {line["sku"]: line["price"] for line in lines}


def test_first_every_price_is_the_one_that_holds(till, bread, salt):
    unknown = chain.product(sku="Unknown", sale_price=None)
    chain.price_list({bread: "2.50"})
    chain.price_list({bread: "2.00"}, kind="promotion")

    assert prices(told(till)[1]) == {"Bread": "2.00", "Salt": "1.00", unknown.sku: None}


def _off(_bread, _store):
    PriceList.objects.filter(code="NOW").update(is_active=False)


def _on(_bread, _store):
    PriceList.objects.filter(code="OFF").update(is_active=True)


def _added(bread, _store):
    PriceListItem.objects.create(
        price_list=PriceList.objects.get(code="EMPTY"), product=bread, price=Decimal("0.50")
    )


def _changed(_bread, _store):
    PriceListItem.objects.filter(price_list__code="NOW").update(price=Decimal("2.20"))


def _taken_off(_bread, _store):
    PriceListItem.objects.filter(price_list__code="NOW").delete()


def _ended(_bread, _store):
    PriceList.objects.filter(code="NOW").update(starts_on=day(-9), ends_on=day(-1))


def _put_off(_bread, _store):
    PriceList.objects.filter(code="NOW").update(starts_on=day(1))


def _brought_forward(_bread, _store):
    PriceList.objects.filter(code="LATER").update(starts_on=TODAY)


def _made_a_promotion(_bread, _store):
    PriceList.objects.filter(code="OLD").update(kind="promotion")


def _given_to_the_store(_bread, store):
    PriceList.objects.filter(code="ELSEWHERE").update(store=store)


def _given_to_another_store(_bread, _store):
    PriceList.objects.filter(code="NOW").update(store=Store.objects.get(code="SUD"))


def _of_the_stores_currency(_bread, _store):
    PriceList.objects.filter(code="DOLLARS").update(currency="EUR")


def _of_another_currency(_bread, _store):
    PriceList.objects.filter(code="NOW").update(currency="USD")


@pytest.mark.parametrize(("change", "price"), [
    (_off, "2.90"), (_on, "0.60"), (_added, "0.50"), (_changed, "2.20"), (_taken_off, "2.90"),
    (_ended, "2.90"), (_put_off, "2.90"), (_brought_forward, "0.70"), (_made_a_promotion, "2.90"),
    (_given_to_the_store, "0.80"), (_given_to_another_store, "2.90"),
    (_of_the_stores_currency, "0.90"), (_of_another_currency, "2.90"),
])  # fmt: skip
def test_then_each_that_a_list_changed(till, store, bread, salt, change, price):
    chain.price_list({bread: "2.90"}, code="OLD", starts_on=day(-1))
    chain.price_list({bread: "2.00"}, code="NOW")
    chain.price_list(code="EMPTY")
    chain.price_list({bread: "0.60"}, code="OFF", is_active=False)
    chain.price_list({bread: "0.70"}, code="LATER", starts_on=day(3))
    chain.price_list({bread: "0.80"}, code="ELSEWHERE", store=chain.store(code="SUD"))
    chain.price_list({bread: "0.90"}, code="DOLLARS", currency="USD")
    _first, lines, cursor = told(till)
    assert prices(lines) == {"Bread": "2.00", "Salt": "1.00"}
    change(bread, store)

    _first, lines, cursor = told(till, cursor)

    assert prices(lines) == {"Bread": price}
    assert told(till, cursor)[1] == []


def test_a_list_of_another_store_or_currency_or_that_is_off_or_of_other_days_tells_nothing(
    till, bread
):
    cursor = told(till)[2]
    for terms in (
        {"store": chain.store()},
        {"currency": "USD"},
        {"is_active": False},
        {"starts_on": day(1)},
        {"starts_on": day(-5), "ends_on": day(-1)},
    ):
        made = chain.price_list({bread: "2.00"}, **terms)
        PriceListItem.objects.filter(price_list=made).update(price=1)
        PriceList.objects.filter(pk=made.pk).update(kind="promotion")

    assert told(till, cursor)[1] == []


class TestDaysGoBy:
    def test_a_list_begins_and_ends_at_midnight_of_the_store(self, till, bread, salt, time_machine):
        """Paris is two hours ahead of UTC in April."""
        chain.price_list({bread: "2.00"}, starts_on=day(1), ends_on=day(2))
        cursor = told(till)[2]

        def at(number, hour, minute):
            nonlocal cursor
            time_machine.move_to(
                datetime(2025, 3, 31, hour, minute, tzinfo=UTC) + timedelta(number)
            )
            _first, lines, cursor = told(till, cursor)
            return prices(lines)

        assert at(0, 21, 59) == {}
        assert at(0, 22, 0) == {"Bread": "2.00"}
        assert at(1, 22, 1) == {}
        assert at(2, 21, 59) == {}
        assert at(2, 22, 0) == {"Bread": "3.00"}
        assert at(2, 22, 1) == {}

    def test_in_the_small_hours_before_the_cut_off_it_is_still_the_day_before(
        self, till, store, bread, time_machine
    ):
        Store.objects.update(day_cutoff_hour=4)
        chain.price_list({bread: "2.00"}, starts_on=day(1))
        cursor = told(till)[2]

        time_machine.move_to(datetime(2025, 4, 1, 1, 59, tzinfo=UTC))
        assert told(till, cursor)[1] == []
        time_machine.move_to(datetime(2025, 4, 1, 2, 0, tzinfo=UTC))
        assert prices(told(till, cursor)[1]) == {"Bread": "2.00"}

    def test_a_list_of_days_that_the_till_slept_through_tells_nothing(
        self, till, bread, time_machine
    ):
        chain.price_list({bread: "2.00"}, starts_on=day(2), ends_on=day(4))
        cursor = told(till)[2]

        time_machine.move_to(NOON + timedelta(9))
        assert told(till, cursor)[1] == []

    @pytest.mark.parametrize("terms", [{"currency": "USD"}, {"is_active": False}, {"store": 1}])
    def test_nor_does_a_list_that_is_none_of_the_stores(self, till, bread, time_machine, terms):
        if "store" in terms:
            terms = {"store": chain.store()}
        chain.price_list({bread: "2.00"}, starts_on=day(1), **terms)
        cursor = told(till)[2]

        time_machine.move_to(NOON + timedelta(1))
        assert told(till, cursor)[1] == []

    def test_a_list_called_off_before_it_ended_gives_back(self, till, bread, time_machine):
        """It is of the day that the till was told, and not of today."""
        chain.price_list({bread: "2.00"}, ends_on=TODAY)
        cursor = told(till)[2]
        PriceList.objects.update(is_active=False)

        time_machine.move_to(NOON + timedelta(5))
        assert prices(told(till, cursor)[1]) == {"Bread": "3.00"}

    def test_a_store_that_moves_to_another_time_zone_is_in_another_day(self, till, store, bread):
        chain.price_list({bread: "2.00"}, starts_on=day(1))
        cursor = told(till)[2]
        Store.objects.update(timezone="Pacific/Kiritimati")

        assert prices(told(till, cursor)[1]) == {"Bread": "2.00"}


def test_a_store_of_another_currency_is_told_everything(till, store, bread, salt):
    chain.price_list({bread: "2.00"}, currency="CHF")
    cursor = told(till)[2]
    Store.objects.update(currency="CHF")

    first, lines, _cursor = told(till, cursor)

    assert (first["full"], prices(lines)) == (True, {"Bread": "2.00", "Salt": "1.00"})


def test_a_cursor_of_the_form_before_is_told_everything(till, store, bread):
    old = f'[1,"{feed.here(store=store, at=NOON).database}",{store.pk},5]'.encode()

    assert told(till, base64.urlsafe_b64encode(old).decode())[0]["full"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_a_till_that_keeps_up_knows_every_price(till, store, time_machine, seed):
    chance = random.Random(seed)
    other = chain.store()
    products = [chain.product() for _number in range(6)]
    lists = [chain.price_list(starts_on=day(number - 3)) for number in range(5)]
    now, cursor, known = NOON, None, {}

    def term():
        starts = now.date() + timedelta(chance.randint(-3, 3))
        return chance.choice([
            {"starts_on": starts, "ends_on": chance.choice([None, starts + timedelta(2)])},
            {"is_active": chance.random() < 0.7},
            {"kind": chance.choice(["regular", "promotion"])},
            {"store": chance.choice([None, store, other])},
            {"currency": chance.choice(["EUR", "EUR", "USD"])},
        ])  # fmt: skip

    for _step in range(60):
        one, listed = chance.choice(products), chance.choice(lists)
        match chance.randrange(5):
            case 0:
                now += timedelta(hours=chance.choice([5, 24, 50]))
                time_machine.move_to(now)
            case 1:
                PriceList.objects.filter(pk=listed.pk).update(**term())
            case 2:
                PriceListItem.objects.filter(price_list=listed, product=one).delete()
            case 3:
                Product.objects.filter(pk=one.pk).update(sale_price=chance.randint(1, 99))
            case _:
                PriceListItem.objects.update_or_create(
                    price_list=listed, product=one, defaults={"price": chance.randint(1, 99)}
                )
        if chance.random() < 0.3:
            continue  # the till does not ask each time
        _first, lines, cursor = told(till, cursor)
        known |= {line["id"]: Decimal(line["price"]) for line in lines}
        today = feed.here(store=store, at=now).day
        held = prices_of([each.pk for each in products], store.pk, today)
        assert known == {each.product_id: each.price for each in held}

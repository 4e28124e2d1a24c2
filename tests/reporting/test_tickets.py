"""The tickets behind a figure add up to it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from epm.access.models import Role
from epm.platform.calendars import Period
from inventory.selectors.categories import ids_below
from reporting.selectors import kpis, last_sales, places, tickets
from reporting.selectors.hours import sales_by_hour
from reporting.selectors.tickets import Asked, Having, Totals
from tests.factories import chain
from tests.factories.chain import NOON

MARCH = Period(date(2025, 3, 1), date(2025, 3, 31))
pytestmark = pytest.mark.django_db


def sell(store, *lines, hour=0, **fields):
    made = [
        {"product": product, "quantity": q, "net_ttc": net, **more}
        for product, q, net, more in lines
    ]
    return chain.sale(store=store, at=NOON - timedelta(hours=hour), lines=made, **fields)


@pytest.fixture
def house():
    food = chain.category(code="FOOD")
    bread = chain.product(sku="BREAD", category=chain.category(code="BAKERY", parent=food))
    soap = chain.product(sku="SOAP", category=None)
    mine, other = chain.store(code="MINE"), chain.store(code="OTHER")
    a = sell(mine, (bread, 2, "12.00", {"unit_cost": "3.00"}), (soap, 1, "6.00", {}), hour=1)
    b = sell(mine, (bread, -1, "-6.00", {"unit_cost": "3.00"}), hour=2, is_pure_return=True)
    c = sell(other, (soap, 1, "24.00", {"discount_coupon": "1.20", "gross_ttc": "25.20"}), hour=3)
    early = sell(mine, (bread, 1, "6.00", {}), hour=24 * 40)
    return {"food": food, "bread": bread, "soap": soap, "mine": mine, "other": other,
            "a": a, "b": b, "c": c, "early": early}  # fmt: skip


def asked(user, **narrowed):
    where = places.chosen(principal=user, stores=narrowed.pop("stores", ()), regions=())
    return Asked(principal=user, places=where, period=MARCH, **narrowed)


def ids(found):
    return [ticket.id for ticket in found]


def test_all_of_the_period_latest_first_add_up_to_net_sales(house):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    found = tickets.page(asked(director))
    assert ids(found) == [house["a"].pk, house["b"].pk, house["c"].pk]
    assert [ticket.net_ht for ticket in found] == [Decimal(15), Decimal(-5), Decimal(20)]
    assert found[0].margin_ht == Decimal(4)
    total = kpis.report(
        principal=director, start=MARCH.start, end=MARCH.end, kpis=["net_sales"]
    ).total
    assert total == {"net_sales": "30.00"}
    assert list(tickets.every(asked(director))) == found


def test_a_manager_finds_her_own_only(house):
    manager = chain.person(Role.MANAGER, stores=[house["mine"]])
    assert ids(tickets.page(asked(manager))) == [house["a"].pk, house["b"].pk]


def test_of_some_goods_or_kinds_of_lines(house):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    below = ids_below(house["food"])
    of_food = tickets.page(asked(director, category_ids=below))
    assert [(t.id, t.net_ht) for t in of_food] == [(house["a"].pk, 10), (house["b"].pk, -5)]
    of_soap = tickets.page(asked(director, product_id=house["soap"].pk))
    assert [(t.id, t.net_ht) for t in of_soap] == [(house["a"].pk, 5), (house["c"].pk, 20)]
    back = tickets.page(asked(director, having=Having.RETURNS))
    assert [(t.id, t.returned_ht) for t in back] == [(house["b"].pk, 5)]
    cheaper = tickets.page(asked(director, having=Having.DISCOUNTS))
    assert [(t.id, t.discounts_ht) for t in cheaper] == [(house["c"].pk, 1)]
    uncosted = tickets.page(asked(director, having=Having.UNKNOWN_COST))
    assert [(t.id, t.net_ht) for t in uncosted] == [(house["a"].pk, 5), (house["c"].pk, 20)]
    counted = tickets.page(asked(director, having=Having.TRANSACTIONS))
    assert ids(counted) == [house["a"].pk, house["c"].pk]


@pytest.mark.parametrize("product", [None, "soap"])
def test_page_by_page_nothing_is_lost_or_doubled(house, product):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    question = asked(director, product_id=product and house[product].pk)
    everything = ids(tickets.every(question))
    walked, before = [], None
    while True:
        found = tickets.page(question, before=before, size=1)
        walked += ids(found[:1])
        if len(found) < 2:
            break
        before = found[0].id
    assert walked == everything


def test_margins_are_for_those_who_may_see_costs(house):
    cashier = chain.person(Role.CASHIER, stores=[house["mine"]])
    assert [ticket.margin_ht for ticket in tickets.page(asked(cashier))] == [None, None]


def test_of_a_weekday_and_an_hour_of_the_stores_clock(house):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    # NOON UTC on a Monday is 14:00 in Paris, in summer time; the three were sold 1, 2, 3 hours ago.
    assert ids(tickets.page(asked(director, hour=12))) == [house["b"].pk]
    assert ids(tickets.page(asked(director, weekday=1, hour=13))) == [house["a"].pk]
    assert ids(tickets.page(asked(director, weekday=2))) == []


def test_those_of_an_hour_add_up_to_the_cell_of_the_heat_map(house):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    soap, mine = house["soap"], house["mine"]
    sell(mine, (soap, 3, "0.10", {"discount_loyalty": "0.02", "gross_ttc": "0.12"}), hour=1)
    wrong = sell(mine, (soap, 1, "0.05", {}), (house["bread"], -1, "-0.30", {}), hour=24 * 7 + 1)
    taken_away = (soap, -1, "-0.05", {"is_correction": True})
    sell(mine, taken_away, hour=24 * 7 + 1, is_correction=True, corrects=wrong)
    sell(house["other"], (soap, 1, "99.00", {}), hour=1)
    cells = sales_by_hour(mine, period=MARCH).cells

    found = {
        (weekday, hour): tickets.totals(
            asked(director, stores=["MINE"], weekday=weekday, hour=hour)
        )
        for weekday, hour in cells
    }

    assert set(cells) == {(1, 12), (1, 13)}
    assert {when: (t.net_sales, t.transactions) for when, t in found.items()} == {
        when: (cell.net_ht, cell.transactions) for when, cell in cells.items()
    }
    assert found[1, 13] == Totals(
        "EUR", Decimal("15.08"), Decimal("18.10"), Decimal(2), Decimal(0), Decimal("0.02")
    )


def test_nothing_of_an_hour_adds_up_to_nothing(house):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    assert tickets.totals(asked(director, hour=3)) == Totals(currency="EUR")


def test_of_several_currencies_no_money_is_added_up(house):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    abroad = chain.store(currency="CHF")
    sell(abroad, (house["soap"], 1, "9.00", {}), hour=1)
    found = tickets.totals(asked(director, hour=13))
    assert found == Totals("", None, None, Decimal(2), None, None)


def test_a_manager_adds_up_her_own_only(house):
    manager = chain.person(Role.MANAGER, stores=[house["mine"]])
    sell(house["other"], (house["soap"], 1, "9.00", {}), hour=1)
    assert tickets.totals(asked(manager, hour=13)).net_sales == Decimal(15)


def test_the_last_sale_of_a_product_by_store(house):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    everywhere = places.chosen(principal=director, stores=(), regions=())
    sold = last_sales.last_sold(product_id=house["soap"].pk, places=everywhere)
    assert sold == {house["mine"].pk: NOON.date(), house["other"].pk: NOON.date()}
    mine = places.chosen(principal=director, stores=["MINE"], regions=())
    assert last_sales.last_sold(product_id=house["bread"].pk, places=mine) == {
        house["mine"].pk: NOON.date()
    }


def test_the_page_is_named_after_its_product(house):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    text = client.get(f"/dashboards/tickets?product={house['bread'].pk}").content.decode()

    assert f"Tickets with {house['bread'].name}" in text
    assert "ProductCard" not in text

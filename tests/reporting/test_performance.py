"""What a store sells by hour, cashier and register is what its net sales are made of."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from epm.access.models import Role
from epm.platform.calendars import Period
from reporting.selectors import cashiers, kpis, performance
from reporting.selectors.performance import Sums, Today
from sales.models import (
    DrawerMovement,
    ParkedTicket,
    RegisterChain,
    Sale,
    StoreDayTarget,
    StoreTarget,
)
from sales.selectors.register_sessions import registers_of
from sales.services.till.basket import Unreceipted
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return chain.store(code="PAR", vat_regime="FR", timezone="UTC")


@pytest.fixture
def bread():
    return chain.product(sku="BREAD", sale_price=Decimal("12.00"))


def sold(store, bread):
    """On two registers by Ann and Bob, and an imported sale; the day of it."""
    one, two = tills.register(store=store), tills.register(store=store, code="T2")
    tills.stocked(one, bread)
    ann, bob = (chain.person(Role.CASHIER, stores=[store], first_name=n) for n in ("Ann", "Bob"))
    told = tills.sell(one, [(bread, 3)], [("card", "36.00")], cashier_id=ann.pk)
    tills.sell(two, [(bread, 2)], [("card", "24.00")], cashier_id=bob.pk)
    tills.sell(one, [tills.back(told.sale_id, 1, 1)], [("card", "-12.00")], cashier_id=bob.pk)
    day = Sale.objects.get(pk=told.sale_id).business_date
    chain.sale(
        store=store, at=timezone.now(), business_date=day,
        lines=[{"product": bread, "net_ttc": "6.00"}],
    )  # fmt: skip
    return day, one, two, ann, bob


def test_parts_of_each_kind_sum_to_net_sales(store, bread):
    day, one, two, ann, bob = sold(store, bread)
    period = Period(day, day)
    found = performance.performance(store, period=period)

    assert found.registers == {
        one.pk: Sums(1, Decimal(20), Decimal(24), Decimal(12)),
        two.pk: Sums(1, Decimal(20), Decimal(24), Decimal(0)),
        None: Sums(1, Decimal(5), Decimal(6), Decimal(0)),
    }
    assert found.cashiers == {
        ann.pk: Sums(1, Decimal(30), Decimal(36), Decimal(0)),
        bob.pk: Sums(1, Decimal(10), Decimal(12), Decimal(12)),
        None: Sums(1, Decimal(5), Decimal(6), Decimal(0)),
    }
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    total = kpis.report(principal=director, start=day, end=day, kpis=["net_sales"]).total
    for part in (found.hours, found.cashiers, found.registers):
        assert sum(each.net_ht for each in part.values()) == Decimal(total["net_sales"]) == 45
    daily = performance.daily(store, period=period)
    assert {key: each.net_ht for key, each in daily.items()} == {
        (one.pk, day): 20, (two.pk, day): 20, (None, day): 5,
    }  # fmt: skip
    assert [(each.code, each.state) for each in registers_of(store.pk)] == [
        ("T1", "open"), ("T2", "open"),
    ]  # fmt: skip


def test_today_is_beside_what_the_same_weekdays_had_sold(store, bread):
    now = timezone.now().replace(hour=15, minute=0, second=0, microsecond=0)
    day = now.date()
    for weeks, hour, net in ((1, 10, "36.00"), (2, 18, "72.00"), (4, 15, "12.00"), (5, 9, "600")):
        chain.sale(
            store=store, at=now.replace(hour=hour) - timedelta(weeks=weeks),
            lines=[{"product": bread, "net_ttc": net}],
        )  # fmt: skip
    assert performance.today(store, now=now) == Today(day, Decimal(0), None, None)
    month = StoreTarget.objects.create(store=store, month=day.replace(day=1), amount=1000)
    StoreDayTarget.objects.filter(store=store, day=day).delete()
    StoreDayTarget.objects.create(target=month, store=store, day=day, amount=Decimal(500))
    chain.sale(store=store, at=now, lines=[{"product": bread, "net_ttc": "12.00"}])
    # 30 + 10 of 100 by three o'clock
    assert performance.today(store, now=now) == Today(day, Decimal(10), Decimal(500), Decimal(200))


def test_the_api_tells_the_same_and_hides_people(store, bread):
    day, one, _two, _ann, _bob = sold(store, bread)
    asked = f"?from={day}&to={day}"
    client = chain.signed_in(chain.person(Role.MANAGER, stores=[store]))
    answer = client.get(f"/api/v1/stores/PAR/performance{asked}").json()
    assert sum(Decimal(row["net_ht"]) for row in answer["registers"]) == 45
    assert [row["register"] for row in answer["registers"]].count(None) == 1
    assert {Decimal(row["net_ht"]) for row in answer["cashiers"]} == {30, 10, 5}
    days = client.get(f"/api/v1/registers/{one.pk}/daily-sales{asked}").json()["days"]
    assert [(row["day"], Decimal(row["net_ht"]), row["cash_variance"]) for row in days] == [
        (str(day), 20, None)
    ]
    analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[store]))
    assert analyst.get(f"/api/v1/stores/PAR/performance{asked}").json()["cashiers"] == []
    other = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))
    assert other.get(f"/api/v1/stores/PAR/performance{asked}").status_code == 404
    assert other.get(f"/api/v1/registers/{one.pk}/daily-sales{asked}").status_code == 404
    assert client.get("/api/v1/stores/PAR/performance").status_code == 400


def test_the_page_names_cashiers_to_who_sees_people(store, bread):
    sold(store, bread)
    path = "/dashboards/stores/PAR/performance"
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[store]))
    analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[store]))
    seen = manager.get(path)
    assert seen.status_code == 200
    assert "By cashier" in seen.content.decode()
    hidden = analyst.get(path)
    assert hidden.status_code == 200
    assert "By cashier" not in hidden.content.decode()


def test_who_stands_out_is_flagged(store, bread):
    register = tills.register(store=store)
    tills.stocked(register, bread, quantity=1000)
    honest, thief = (chain.person(Role.CASHIER, stores=[store], first_name=n) for n in "HT")
    day = timezone.now().date()
    for cashier, tickets in ((honest, 300), (thief, 60)):
        for _number in range(tickets):
            chain.sale(
                store=store, at=timezone.now(), business_date=day, register=register,
                cashier=cashier, lines=[{"product": bread, "net_ttc": "12.00"}],
            )  # fmt: skip
    session = RegisterChain.objects.get(register=register).session
    session.business_date = day
    session.save(update_fields=["business_date"])
    for cashier, number in ((honest, 3), (thief, 12)):
        for _number in range(number):
            DrawerMovement.objects.create(
                session=session, store=store, kind="no_sale", reason="change", moved_by=cashier
            )
    tills.sell(
        register, [Unreceipted(bread.pk, Decimal(1))], [("store_credit", "-12.00")],
        cashier_id=thief.pk, role="manager",
    )  # fmt: skip
    ParkedTicket.objects.create(
        store=store, register=register, basket={}, parked_by=honest, state="parked"
    )

    found = cashiers.watched(stores=[store.pk], period=Period(day, day), by="cashier")

    caught = found[store.pk, thief.pk]
    assert (caught.tickets, caught.no_sale, caught.no_receipt) == (61, 12, 1)
    assert (caught.refunds, caught.returned_ttc, caught.sold_ttc) == (1, 12, 720)
    assert [name for name, each in caught.verdicts.items() if each.flagged] == ["no_sale"]
    assert not found[store.pk, honest.pk].flagged
    assert found[store.pk, honest.pk].discarded == 0

    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[store]))
    page = manager.get("/dashboards/cashiers?period=day")
    assert page.status_code == 200
    assert "stands out" in page.content.decode()
    for role in (Role.CASHIER, Role.ANALYST):
        assert chain.signed_in(chain.person(role, stores=[store])).get(
            "/dashboards/cashiers"
        ).status_code == 403  # fmt: skip

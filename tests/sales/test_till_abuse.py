"""What a dishonest till, or one gone wrong, tries."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from epm.access.models import Role
from inventory.models import StockLevel
from sales.models import Approval, Override, RegisterSession, Sale, StoredValue, Tender, Ticket
from sales.services import approvals
from sales.services.till.basket import Discount, Sold
from sales.services.till.refusals import RefundWay
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db
BATCH = "/api/v1/sales/batch"


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(till):
    return tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("10.00")))


@pytest.fixture
def cake(till):
    return tills.stocked(till, chain.product(sku="CAKE", sale_price=Decimal("10.00")))


@pytest.fixture
def ask(till):
    return tills.client(till.store)


def ticket(till, **more):
    return {
        "uuid": str(uuid.uuid4()),
        "register": till.pk,
        "lines": [{"sku": "BREAD", "quantity": "1"}],
        "tenders": [{"kind": "card", "amount": "10"}],
        **more,
    }


def paid_in(till, way, amount, **more):
    return ticket(till, tenders=[{"kind": way, "amount": amount}], **more)


def of_batch(ask, *tickets, **more):
    answer = ask.post(BATCH, {"tickets": list(tickets), **more})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_change_of_an_offline_ticket_is_worked_out_without_a_total(till, bread, ask):
    (taken,) = of_batch(ask, paid_in(till, "cash", "20"))

    told = taken["ticket"]
    assert (told["total_ttc"], told["change"], told["discrepancies"]) == ("10.00", "10.00", None)
    kept = Tender.objects.order_by("line_no").values_list("amount", flat=True)
    assert list(kept) == [Decimal("20.000"), Decimal("-10.000")]


def test_half_a_piece_does_not_come_back(till, bread, ask):
    sold = ask.post("/api/v1/sales", ticket(till)).json()["id"]
    half = {"returns": {"sale": sold, "line": 1}, "quantity": "0.5"}
    answer = ask.post("/api/v1/sales", paid_in(till, "card", "-5", lines=[half]))

    assert (answer.status_code, answer.json()["code"]) == (422, "inventory/not-whole")
    assert (Sale.objects.count(), StockLevel.objects.get().on_hand) == (1, 99)


def test_no_line_has_so_great_a_number(till, bread, ask):
    sold = ask.post("/api/v1/sales", ticket(till)).json()["id"]
    line = {"returns": {"sale": sold, "line": 2**40}, "quantity": "1"}
    answer = ask.post("/api/v1/sales", paid_in(till, "card", "-10", lines=[line]))

    assert (answer.status_code, answer.json()["code"]) == (422, "sales/line-unknown")
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(
    ("sold_at", "clock"),
    [("2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z"), ("2000-01-01T00:00:00+14:00", None)],
)
def test_a_clock_far_off_harms_no_other_ticket(sold_at, clock):
    till = tills.register(store=chain.store(code="GUYANE", vat_regime="none"))
    tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("10.00")))
    more = {"clock": clock} if clock else {}
    ask = tills.client(till.store)
    wrong, right = of_batch(ask, ticket(till, sold_at=sold_at), ticket(till), **more)

    assert (wrong["status"], wrong["problem"]["errors"][0]["pointer"]) == (422, "/sold_at")
    assert right["status"] == (201 if clock is None else 422)


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [{"gift_card": {"amount": "1000"}}], "tenders": []},
        {"tenders": [{"kind": "store_credit", "amount": "-1000"}]},
        {
            "lines": [{"sku": "BREAD", "quantity": "1", "unit_price": "1000", "unreceipted": True}],
            "tenders": [{"kind": "store_credit", "amount": "-1000"}],
        },
    ],
)
def test_nobody_makes_money_by_saying_offline(till, bread, ask, change):
    (refused,) = of_batch(ask, ticket(till, **change))

    assert (refused["status"], refused["problem"]["code"]) == (403, "sales/beyond-limit")
    assert (StoredValue.objects.count(), Ticket.objects.count()) == (0, 0)


def test_nobody_sells_online_on_an_earlier_day(till, bread, ask):
    days_ago = (timezone.now() - timedelta(days=3)).isoformat()
    answer = ask.post("/api/v1/sales", paid_in(till, "cash", "10", sold_at=days_ago))

    assert (answer.status_code, answer.json()["code"]) == (409, "sales/no-open-session")
    assert (Sale.objects.count(), RegisterSession.objects.count()) == (0, 1)


def test_a_key_that_names_the_director_has_not_the_directors_limits(till, bread, ask):
    boss = chain.person(Role.DIRECTOR, stores=[till.store])
    free = {"sku": "BREAD", "quantity": "1", "discount": {"share": "1", "reason": "goodwill"}}
    answer = ask.post(
        "/api/v1/sales", ticket(till, lines=[free], tenders=[], cashier=boss.username)
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "sales/beyond-limit")
    assert Sale.objects.count() == 0


def test_an_even_exchange_does_not_turn_a_card_into_cash(till, bread, cake):
    first = tills.sell(till, [(bread, 1)], [("card", "10.00")])
    second = tills.sell(till, [tills.back(first.sale_id, 1, 1), (cake, 1)], [])

    with pytest.raises(RefundWay):
        tills.sell(till, [tills.back(second.sale_id, 2, 1)], [("cash", "-10.00")])
    assert Sale.objects.count() == 2


def test_what_an_exchange_cost_is_not_paid_back_twice(till, bread, cake):
    dear = tills.stocked(till, chain.product(sku="DEAR", sale_price=Decimal("15.00")))
    first = tills.sell(till, [(bread, 1), (cake, 1)], [("card", "20.00")])
    second = tills.sell(till, [tills.back(first.sale_id, 1, 1), (dear, 1)], [("cash", "5.00")])

    with pytest.raises(RefundWay):
        tills.sell(till, [tills.back(first.sale_id, 2, 1)], [("cash", "-5.00"), ("card", "-5.00")])
    tills.sell(
        till, [tills.back(second.sale_id, 2, 1)], [("cash", "-5.00"), ("store_credit", "-10.00")]
    )
    assert Sale.objects.count() == 3


def test_who_approves_his_own_way_uses_the_approval_of_the_discount(till, bread, cake):
    sold = tills.sell(till, [(bread, 1)], [("card", "10.00")])
    manager = chain.person(Role.MANAGER, stores=[till.store])
    director = chain.person(Role.DIRECTOR, stores=[till.store])
    approval = approvals.grant(store_id=till.store_id, approver=director, now=timezone.now())
    cheap = Sold(cake.pk, Decimal(1), discount=Discount("goodwill", share=Decimal("0.9")))
    tills.sell(
        till,
        [tills.back(sold.sale_id, 1, 1), cheap],
        [("cash", "-9.00")],
        role="manager",
        cashier_id=manager.pk,
        approval=approval.pk,
    )

    assert Approval.objects.get().used_for_id is not None
    assert set(Override.objects.values_list("approved_by", flat=True)) == {director.pk}

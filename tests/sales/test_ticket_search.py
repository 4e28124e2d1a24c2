"""A ticket is found by what a customer remembers of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from epm.access.models import Role
from sales.models import Customer, RegisterChain, Ticket
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=200)


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def cashier(till):
    return chain.person(Role.CASHIER, stores=[till.store])


@pytest.fixture
def goods(till):
    return [
        tills.stocked(till, chain.product(sku=sku, sale_price=Decimal(price)))
        for sku, price in (("BREAD", "10.00"), ("MILK", "4.00"))
    ]


@pytest.fixture
def sold(till, goods, cashier):
    """Bread today, milk to Ann today, bread 200 days ago."""
    bread, milk = goods
    ann = Customer.objects.create(code="ANN")
    return [
        tills.sell(till, [(bread, 1)], [("card", "10")], cashier_id=cashier.pk).sale_id,
        tills.sell(till, [(milk, 2)], [("card", "8")], customer_id=ann.pk).sale_id,
        tills.sell(
            till, [(bread, 2)], [("card", "20")], offline=True, looked_at=True,
            sold_at=timezone.now() - LONG_AGO,
        ).sale_id,
    ]  # fmt: skip


@pytest.fixture
def find(cashier):
    client = chain.signed_in(cashier)

    def found(**asked):
        answer = client.get("/api/v1/tickets", asked)
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    return found


def numbered(sold, *places):
    return [str(sold[place]) for place in places]


def test_by_each(find, sold, till, cashier):
    uuid = Ticket.objects.get(pk=sold[0]).uuid
    old = (timezone.now() - LONG_AGO).date()
    for asked, places in (
        ({}, (1, 0)),
        ({"number": "1"}, (0,)),
        ({"number": "T1-00000002"}, (1,)),
        ({"number": "T2-00000002"}, ()),
        ({"number": "3"}, (2,)),
        ({"number": "none"}, ()),
        ({"register": till.pk}, (1, 0)),
        ({"uuid": str(uuid)}, (0,)),
        ({"product": "BREAD"}, (0,)),
        ({"product": "BREAD", "from": str(old - timedelta(days=2))}, (0, 2)),
        ({"product": "NONE"}, ()),
        ({"customer": "ann"}, (1,)),
        ({"cashier": cashier.username}, (0,)),
        ({"amount": "8"}, (1,)),
        ({"amount_from": "9"}, (0,)),
        ({"amount_to": "9.999"}, (1,)),
        ({"store": "PARIS"}, (1, 0)),
        ({"to": str(old + timedelta(days=2))}, (2,)),
    ):
        assert find(**asked) == numbered(sold, *places), asked


def test_what_is_told(find, sold, till, cashier):
    client = chain.signed_in(cashier)
    row = client.get("/api/v1/tickets?number=1").json()["results"][0]
    assert row == {
        **row,
        "id": str(sold[0]),
        "reference": "T1-00000001",
        "store": "PARIS",
        "register": till.pk,
        "number": 1,
        "currency": "EUR",
        "total_ttc": "10.00",
        "is_pure_return": False,
        "is_offline": False,
        "cashier": cashier.username,
        "sent_by": "cashier",
        "customer": None,
    }


def test_a_page_at_a_time(cashier, sold):
    client = chain.signed_in(cashier)
    first = client.get("/api/v1/tickets?page_size=1").json()
    assert [row["id"] for row in first["results"]] == numbered(sold, 1)
    second = client.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == numbered(sold, 0)


def test_only_who_may_know_people_finds_them(till, sold):
    analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[till.store]))
    for asked in ("customer=ANN", "cashier=x"):
        assert analyst.get(f"/api/v1/tickets?{asked}").status_code == 403
    row = analyst.get("/api/v1/tickets?number=2").json()["results"][0]
    assert {"cashier", "customer"}.isdisjoint(row)


def test_another_store_finds_nothing(sold):
    stranger = chain.signed_in(chain.person(Role.CASHIER, stores=[chain.store()]))
    uuid = Ticket.objects.get(pk=sold[0]).uuid
    for asked in ("number=1", f"uuid={uuid}", "product=BREAD", "amount=10", ""):
        assert stranger.get(f"/api/v1/tickets?{asked}").json()["results"] == []


@pytest.mark.parametrize(
    "asked", ["from=2020-01-01", "amount=x", "uuid=x", "from=2026-13-01", "to=0001-01-02", "size=1"]
)
def test_what_cannot_be_asked(cashier, asked):
    answer = chain.signed_in(cashier).get(f"/api/v1/tickets?{asked}")
    expected = 200 if asked.startswith("to=") else 400
    assert answer.status_code == expected, answer.content


def test_a_reference_of_nine_digits_is_whole(till, goods, cashier):
    RegisterChain.objects.filter(register=till).update(number=99_999_999)
    tills.sell(till, [(goods[0], 1)], [("card", "10")])

    (row,) = chain.signed_in(cashier).get("/api/v1/tickets").json()["results"]

    assert (row["number"], row["reference"]) == (100_000_000, f"{till.code}-100000000")

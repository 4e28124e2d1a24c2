"""What a dishonest till, or one gone wrong, tries."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from epm.access.models import Role
from inventory.models import StockLevel
from sales.models import Approval, Override, Sale, StoredValue, Tender, Ticket
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

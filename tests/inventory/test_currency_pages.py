"""Pages that ask for a currency propose that of the stores, and read it in any case."""

import pytest

from epm.access.models import Role
from inventory.models import Supplier
from tests.factories import chain

pytestmark = pytest.mark.django_db
PAGES = ("supplier", "pricelist", "approvallimit")


@pytest.fixture
def client():
    return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))


def proposed(client, page):
    answer = client.get(f"/admin/inventory/{page}/add/")
    return answer.context_data["adminform"].form["currency"].value()


@pytest.mark.parametrize("page", PAGES)
def test_the_one_currency_of_the_stores_is_proposed(client, page):
    chain.store(currency="USD")
    chain.store(currency="USD")

    assert proposed(client, page) == "USD"


def test_of_several_currencies_none_is_preferred(client):
    chain.store(currency="USD")
    chain.store(currency="CHF")

    assert proposed(client, "supplier") == "EUR"


def test_small_letters_are_taken_as_capitals(client):
    client.post(
        "/admin/inventory/supplier/add/",
        {
            "code": "ACME", "name": "Acme", "currency": "usd", "is_active": "on",
            "products-TOTAL_FORMS": 0, "products-INITIAL_FORMS": 0,
        },
    )  # fmt: skip

    assert Supplier.objects.get().currency == "USD"

"""Key figures of one product, at every door; what facts may say of it is in the property test."""

from datetime import date

import pytest

from epm.access.models import Role
from reporting.selectors import cached, kpis
from tests.factories import chain, ledger

pytestmark = pytest.mark.django_db
MARCH = {"start": date(2025, 3, 1), "end": date(2025, 3, 31)}
WORDS = "from=2025-03-01&to=2025-03-31&kpi=net_sales&kpi=transactions"


@pytest.fixture
def bread():
    store, bread, milk = chain.store(code="PAR"), chain.product(sku="BREAD"), chain.product()
    chain.sale(store=store, lines=[ledger.item(bread, 1, "12.00"), ledger.item(milk, 1, "24.00")])
    chain.sale(store=store, lines=[ledger.item(milk, 1, "24.00")])
    return bread


def test_counts_its_lines_and_its_tickets(bread):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    answer = client.get(f"/api/v1/kpis?{WORDS}&by=store&product=bread").json()

    assert answer["total"] == {"net_sales": "10.00", "transactions": "1"}
    assert [(row["key"], row["kpis"]) for row in answer["rows"]] == [("PAR", answer["total"])]


def test_an_unknown_one_is_refused(bread):
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    answer = client.get(f"/api/v1/kpis?{WORDS}&product=CAKE")

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/reporting/unknown-product")


def test_what_has_no_product_is_not_told(bread):
    director = chain.person(Role.DIRECTOR, whole_chain=True)

    told = kpis.report(principal=director, product="BREAD", kpis=["target", "customers"], **MARCH)

    assert told.total == {"target": None, "customers": None}


def test_is_remembered_apart_from_the_whole(bread):
    director = chain.person(Role.DIRECTOR, whole_chain=True)
    words = {"principal": director, "kpis": ["net_sales"], **MARCH}

    assert cached.report(**words).total == {"net_sales": "50.00"}
    assert cached.report(product="BREAD", **words).total == {"net_sales": "10.00"}

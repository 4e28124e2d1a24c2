"""What pages and API cost in statements, exactly: a change here is a decision."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from epm.access.models import Role
from tests.factories import chain
from tests.factories.chain import NOON

PERIOD = f"from={NOON.date()}&to={NOON.date()}"
KEY_AND_VERSION = 2
"""Whose key it is, and the state of the data."""


@pytest.fixture
def trade(db):
    store, product = chain.store(region=chain.region()), chain.product(category=chain.category())
    for days in (0, 400):  # so that the period before is known, too
        lines = [{"product": product, "net_ttc": "12.00"}]
        chain.sale(store=store, at=NOON - timedelta(days=days), lines=lines)
    return store, product


def cost(client, address, **headers):
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address, headers=headers)
    assert answer.status_code in (200, 304)
    return len(asked), answer


@pytest.mark.parametrize("address", [f"/api/v1/kpis?{PERIOD}", f"/api/central?{PERIOD}"])
def test_figures_by_api(trade, address):
    client = chain.api_client()
    client.get("/api/v1/regions")

    first, answer = cost(client, address)
    again, _answer = cost(client, address)
    known, _answer = cost(client, address, **{"if-none-match": answer.headers["ETag"]})

    assert (first, again, known) == (KEY_AND_VERSION + 2, KEY_AND_VERSION, KEY_AND_VERSION)


def test_consolidated_by_store(trade):
    client = chain.api_client()
    client.get("/api/v1/regions")

    assert [cost(client, f"/api/consolide?{PERIOD}")[0] for _ in range(2)] == [4, 2]


def test_the_overview_warm_and_known(trade):
    """The person, the state of the data, her scope; nothing of the page itself."""
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    client.get("/dashboards/")
    client.get("/dashboards/")

    warm, answer = cost(client, "/dashboards/")
    known, _answer = cost(client, "/dashboards/", **{"if-none-match": answer.headers["ETag"]})

    assert (warm, known) == (3, 3)


@pytest.mark.parametrize(
    ("address", "cold", "warm"),
    [
        ("/dashboards/?{period}", 10, 3),
        ("/dashboards/consolidation?{period}", 10, 3),
        ("/dashboards/consolidation?{period}&by=category", 10, 3),
        ("/dashboards/consolidation?{period}&by=product", 14, 3),
        ("/dashboards/stores/{store}?{period}", 14, 3),
        ("/dashboards/products/{product}?{period}", 14, 3),
        ("/dashboards/tickets?{period}", 9, 8),
    ],
)
def test_a_page_cold_and_warm(trade, address, cold, warm):
    """Made anew; then for whoever sees the same. Tickets are read each time."""
    store, product = trade
    client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    client.get("/theme")
    address = address.format(period=PERIOD, store=store.code, product=product.pk)

    assert [cost(client, address)[0] for _ in range(2)] == [cold, warm]

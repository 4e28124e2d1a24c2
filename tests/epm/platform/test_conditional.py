"""304 is told to the one who has the very answer, and to nobody else."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, resolve

from epm.access import conditional
from epm.access.models import Role, StoreScope
from epm.platform import release
from epm.platform.endpoints import Endpoint
from reporting.services import facts
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PERIOD = f"from={NOON.date()}&to={NOON.date()}"
PAGES = (
    "/dashboards/",
    "/dashboards/consolidation",
    "/dashboards/consolidation?by=product",
    "/dashboards/stores/S",
    "/dashboards/products/1",
)
LEDGER = {"sales_sale", "sales_saleline", "sales_tender", "sales_ledgerchange"}
"""Every insert marks; nothing else is possible."""
FACTS = {"reporting_storeday", "reporting_dataversion", "reporting_datachange"}
"""Written by the refresher, with a new token."""
GOODS = {"reporting_goodsmonth", "reporting_goodstree", "reporting_storemonthproduct",
         "reporting_storemonthcategory", "reporting_storedaycategory"}  # fmt: skip
"""Written by the refresher: what they hold says what the ledger said already."""
OF_A_TRIGGER = {"inventory_pricechange"}
"""Written with the product, which is watched."""
OF_THE_ASKER = {"access_apikey", "access_apikey_stores", "access_user", "access_storescope"}
"""Read for each request, before the ETag, or part of it."""
NOT_DATA = {"django_session", "pg_database", "pg_postmaster_start_time"}


@pytest.fixture
def trade(db):
    store = chain.store(code="S", region=chain.region())
    product = chain.product(id=1, category=chain.category())
    sell(store, product)
    return store, product


def sell(store, product):
    chain.sale(store=store, lines=[{"product": product, "net_ttc": "12.00"}])


def addresses(trade):
    store, product = trade
    return [
        f"/api/v1/kpis?{PERIOD}",
        f"/api/central?{PERIOD}",
        f"/api/consolide?{PERIOD}",
        "/api/v1/kpis/registry",
        "/api/v1/regions",
        f"/api/v1/regions/{store.region.pk}",
        "/api/v1/stores",
        f"/api/v1/stores/{store.pk}",
        "/api/v1/categories",
        f"/api/v1/categories/{product.category.pk}",
        *PAGES,
    ]


def director():
    return browser(chain.person(Role.DIRECTOR, whole_chain=True))


def browser(person):
    """It has opened a page before, and got the cookie of its forms."""
    client = chain.signed_in(person)
    client.get("/dashboards/")
    return client


def again(client, address, answer, **headers):
    """Ask with the ETag of `answer`."""
    return client.get(address, headers={"if-none-match": answer.headers["ETag"], **headers})


def test_every_conditional_endpoint_is_tried_here(trade):
    tried = {resolve(address.partition("?")[0]).func for address in addresses(trade)}
    wanted = {
        view.view_class
        for view in all_views(get_resolver())
        if issubclass(getattr(view, "view_class", object), Endpoint) and view.view_class.conditional
    }

    assert wanted <= {getattr(view, "view_class", None) for view in tried}
    assert len(wanted) == 10


def all_views(resolver):
    for one in resolver.url_patterns:
        if hasattr(one, "url_patterns"):
            yield from all_views(one)
        else:
            yield one.callback


def test_the_same_asker_is_told_304_until_something_changes(trade):
    client = director()
    for address in addresses(trade):
        first = client.get(address)
        assert first.status_code == 200, address
        assert first.headers["ETag"].startswith('W/"')
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert {"Cookie", "apikey"} < set(re.split(", ?", first.headers["Vary"]))

        second = again(client, address, first)
        assert (second.status_code, second.content) == (304, b""), address
        assert second.headers["ETag"] == first.headers["ETag"]
        assert second.headers["Cache-Control"] == "private, no-cache"
        assert "apikey" in second.headers["Vary"]

    answers = {address: client.get(address) for address in addresses(trade)}
    sell(*trade)
    for address, answer in answers.items():
        assert again(client, address, answer).status_code == 200, address
    answers = {address: client.get(address) for address in addresses(trade)}
    facts.refresh()
    for address, answer in answers.items():
        assert again(client, address, answer).status_code == 200, address


def test_nobody_elses_etag_is_taken(trade):
    store, _product = trade
    askers = [
        director(),
        director(),
        browser(chain.person(Role.ANALYST, whole_chain=True)),
        browser(chain.person(Role.MANAGER, stores=[store])),
        browser(chain.person(Role.MANAGER, stores=[chain.store()])),
        chain.api_client(),
        chain.api_client(stores=[store]),
    ]
    for address in addresses(trade):
        answers = {one: one.get(address) for one in askers if may(one, address)}
        tags = {
            one: told.headers["ETag"] for one, told in answers.items() if "ETag" in told.headers
        }
        assert len(set(tags.values())) == len(tags) >= 4, address
        for asker, answer in answers.items():
            others = ", ".join(tag for one, tag in tags.items() if one is not asker)
            told = asker.get(address, headers={"if-none-match": others})
            assert told.status_code == answer.status_code != 304, address


def may(client, address):
    """Pages are for people."""
    return bool(client.cookies) or address.startswith("/api/")


def test_without_the_right_an_etag_opens_nothing(trade):
    """Who loses her stores, her role or her session is not told “as before”."""
    person = chain.person(Role.DIRECTOR, whole_chain=True)
    client = chain.signed_in(person)
    address = f"/api/v1/kpis?{PERIOD}"
    first = client.get(address)

    StoreScope.objects.filter(user=person).delete()
    assert again(client, address, first).status_code == 200
    person.role = Role.CASHIER
    person.save()
    assert again(client, address, first).status_code == 403
    assert again(Client(), address, first).status_code == 401


@pytest.mark.parametrize("address", [f"/api/v1/kpis?{PERIOD}", *PAGES])
def test_language_release_and_cookies_are_part_of_it(trade, address, monkeypatch):
    client = director()
    first = client.get(address)

    assert again(client, address, first, **{"accept-language": "fr"}).status_code == 200
    monkeypatch.setattr(release, "fingerprint", lambda: "next")
    assert again(client, address, first).status_code == 200
    monkeypatch.undo()
    assert again(client, address, first).status_code == 304
    client.cookies["epm_theme"] = "dark"
    assert again(client, address, first).status_code == 200


def test_it_is_asked_anew_every_quarter_of_an_hour(trade, monkeypatch):
    client = director()
    first = client.get(PAGES[0])
    later = conditional.time.time() + conditional.SLOT_SECONDS
    monkeypatch.setattr(conditional.time, "time", lambda: later)

    assert again(client, PAGES[0], first).status_code == 200


def test_a_star_names_no_answer(trade):
    told = director().get("/api/v1/stores", headers={"if-none-match": "*"})

    assert told.status_code == 200


def test_refusals_and_mistakes_have_no_etag(trade):
    client = director()
    for address, status in (
        ("/dashboards/?from=never", 400),
        ("/api/v1/kpis?from=never", 400),
        ("/api/produits/999999", 404),
    ):
        answer = client.get(address)
        assert answer.status_code == status
        assert "ETag" not in answer.headers
        assert "no-store" in answer.headers["Cache-Control"]
    away = Client().get("/dashboards/")
    assert (away.status_code, away.headers["Cache-Control"]) == (302, "private, no-store")


def test_a_304_computes_nothing(trade):
    client = chain.api_client()
    address = f"/api/v1/kpis?{PERIOD}"
    first = client.get(address)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert again(client, address, first).status_code == 304
    assert [table_names(one["sql"]) - NOT_DATA for one in asked] == [
        {"access_apikey", "access_apikey_stores"},
        {"reporting_dataversion", "sales_ledgerchange", "reporting_datachange"},
    ]


def test_every_table_read_behind_an_etag_is_watched(trade):
    """A table that nobody watches would let a client keep what is no longer so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname = 'reporting_marks_data_change'"
        )
        watched = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'm')")
        tables = {name for (name,) in cursor.fetchall()}
    client = director()
    for address in addresses(trade):
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        read = set().union(*(table_names(one["sql"]) for one in asked)) & tables
        assert read <= watched | LEDGER | FACTS | GOODS | OF_A_TRIGGER | OF_THE_ASKER | NOT_DATA, (
            address
        )


def table_names(sql):
    return set(re.findall(r'(?:FROM|JOIN)\s+"?([a-z][a-z_]+)"?', sql))

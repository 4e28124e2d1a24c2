"""A page from the cache is the page made anew, whoever it was made for first."""

import re

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.urls import resolve

from epm.access.models import Role
from reporting.selectors import kpis
from reporting.views import shared
from reporting.views.inventory import shortages
from tests.factories import chain, stock
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
OWN = (
    (r'name="csrfmiddlewaretoken" value="\w{64}"', "token"),
    (r"\d+\s?ms, \d+ \w+", "cost"),
)
PAGES = {
    "dashboards": "/dashboards/",
    "dashboard-consolidation": "/dashboards/consolidation?by=product",
    "dashboard-store": "/dashboards/stores/S",
    "dashboard-product": "/dashboards/products/1",
    "dashboard-inventory": "/dashboards/inventory",
    "dashboard-inventory-assortment": "/dashboards/inventory/assortment",
    "dashboard-inventory-shortages": "/dashboards/inventory/shortages",
}


@pytest.fixture
def trade():
    store = chain.store(code="S", region=chain.region())
    product = chain.product(id=1, category=chain.category())
    chain.sale(store=store, lines=[{"product": product, "net_ttc": "12.00"}])
    stock.received(store, product, 5, 2)
    return store, product


@pytest.fixture
def made(monkeypatch):
    """The reports that have really been read, and the shortages, which are in none."""
    runs = []
    for module, name in ((kpis, "reports"), (shortages, "lost_sales")):
        real = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda real=real, **words: runs.append(words) or real(**words)
        )
    return runs


def director(**fields):
    return chain.person(Role.DIRECTOR, whole_chain=True, **fields)


def open_page(client, address, **headers):
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def plain(text):
    for pattern, word in OWN:
        text = re.sub(pattern, word, text)
    return text


def anew(settings, client, address, **headers):
    settings.EPM_CACHE_DOOR = False
    text = open_page(client, address, **headers)
    settings.EPM_CACHE_DOOR = True
    return text


def test_the_pages_tried_here_are_those_that_are_shared():
    assert set(PAGES) == shared.PAGES
    assert {resolve(address.partition("?")[0]).url_name for address in PAGES.values()} == set(PAGES)


def test_a_name_that_looks_like_a_mark_is_shown_as_it_is(trade):
    """What is each reader's own stands where we put it, and nowhere else."""
    store, _product = trade
    forged = "".join(f"\ue000{what}\ue001" for what in ("token", "name", "login", "queries"))
    type(store).objects.filter(pk=store.pk).update(name=f"A{forged}B")
    client = chain.signed_in(director())

    for _ in range(2):
        assert f"A{forged}B" in open_page(client, "/dashboards/")


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_made_for_another_it_is_the_page_one_would_have_got(
    trade, made, settings, address, language
):
    """Two directors who see the same, and have nothing else in common."""
    first = chain.signed_in(
        director(first_name="Ada", last_name="<b>L&ovelace</b>", email="ada@example.com")
    )
    second = chain.signed_in(director(email="other@example.com"))
    said = {"accept-language": language}
    wanted = [anew(settings, one, address, **said) for one in (first, second)]
    made.clear()

    told = [open_page(one, address, **said) for one in (first, second, first)]

    reports = len(made)
    assert [plain(text) for text in told] == [plain(wanted[n]) for n in (0, 1, 0)]
    assert "L&amp;ovelace" in told[0]
    assert "ovelace" not in told[1]
    assert not re.search("[\ue000-\uf8ff]", "".join(told))
    open_page(second, address, **said)
    assert len(made) == reports > 0


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_the_token_is_of_the_session_that_asks(trade, address):
    first, second = chain.signed_in(director()), chain.signed_in(director())
    texts = [open_page(one, address) for one in (first, second)]

    tokens = [set(shared.TOKEN.findall(text)) for text in texts]
    assert all(len(of_page) == 1 for of_page in tokens)
    assert not tokens[0] & tokens[1]
    posted = second.post(
        "/i18n/setlang/",
        {"language": "fr", "csrfmiddlewaretoken": tokens[1].pop()},
        headers={"origin": "http://testserver"},
    )
    assert posted.status_code == 302


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_what_differs_in_sight_is_not_shared(trade, made, address):
    store, _product = trade
    people = [
        director(),
        director(is_superuser=True),
        chain.person(Role.ANALYST, whole_chain=True),
        chain.person(Role.MANAGER, stores=[store]),
    ]
    read = []
    for person in people:
        made.clear()
        open_page(chain.signed_in(person), address)
        read.append(len(made))

    assert all(read)


def test_another_address_theme_or_version_is_another_page(trade, made):
    client = chain.signed_in(director())
    open_page(client, "/dashboards/")
    day = NOON.date().isoformat()
    assert "2" in open_page(client, f"/dashboards/?from={day}&to={day}")
    client.cookies["epm_theme"] = "dark"
    assert 'data-theme="dark"' in open_page(client, "/dashboards/")
    del client.cookies["epm_theme"]
    assert 'data-theme="dark"' not in open_page(client, "/dashboards/")
    made.clear()
    store, product = trade
    chain.sale(store=store, lines=[{"product": product, "net_ttc": "12.00"}])
    open_page(client, "/dashboards/")
    assert made


def test_a_mistake_is_told_and_not_kept(trade):
    client = chain.signed_in(director(first_name="Ada", last_name="Lovelace"))
    for _ in range(2):
        answer = client.get("/dashboards/?from=never")
        assert answer.status_code == 400
        assert "Ada Lovelace" in answer.content.decode()
        assert not re.search("[\ue000-\uf8ff]", answer.content.decode())


def test_a_message_is_for_the_one_it_waits_for(trade, rf):
    from django.contrib.messages.storage.base import Message

    client, other = chain.signed_in(director()), chain.signed_in(director())
    open_page(client, "/dashboards/")
    client.cookies["messages"] = CookieStorage(rf.get("/"))._encode([Message(20, "Only for you")])

    assert "Only for you" in open_page(client, "/dashboards/")
    assert "Only for you" not in open_page(client, "/dashboards/")
    assert "Only for you" not in open_page(other, "/dashboards/")

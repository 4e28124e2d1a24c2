"""A one-store person of any role meets no trace of another store: at no address, by no action."""

import io
import re
import zipfile
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory

from epm.access.models import Role
from epm.access.selectors import rights
from tests.architecture import addresses
from tests.factories import chain
from tests.factories import house as building
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

MARK = re.compile("FOREIGN|foreign-")
# The foreign sale and target, and what they come to with ours: 7777 incl. tax, 6480.83 excl.
AMOUNTS = re.compile(
    "|".join(
        rf"(?<![\w.#-]){amount[0]}[,.\s\u00a0\u202f]?{amount[1:]}(?![\w-])"
        for amount in ("7777", "7783", "6480", "6485", "8888", "9888")
    )
)
PEOPLE = re.compile(r"(?:MINE|FOREIGN|PRICE)[- ](?:Ann|ANN|ann|manager|cashier)|@example\.com")
TOKEN = re.compile(r'(csrf[Tt]oken|csrfmiddlewaretoken)\W+value="[^"]*"|"csrfToken":"[^"]*"')
OPEN_TO_ALL = {200, 301, 302, 304, 400, 401, 403, 404, 405, 406}
PRINCIPALS = [*Role.values, "key", "nobody"]
DIGEST = """SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM "{}" t"""


@pytest.fixture
def house(time_machine):
    time_machine.move_to(NOON, tick=False)
    return building.house()


def one_store(who, house):
    """A browser or a program for whom there is our store only."""
    mine = house["mine"]["store"]
    if who == "nobody":
        return Client(raise_request_exception=False)
    if who == "key":
        return chain.api_client(stores=[mine])
    places = {"regions": [mine.region]} if who == Role.REGIONAL else {"stores": [mine]}
    return chain.signed_in(chain.person(who, **places))


def words(house, side):
    own = house["mine"]["words"] if side == "absent" else house[side]["words"]
    own = {**own, **house["words"]}
    return addresses.absent(own) if side == "absent" else own


def body(answer):
    """The text of any answer; of a workbook, that of all its parts."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"\n".join(parts.read(name) for name in parts.namelist())
    return content.decode(errors="replace")


def traces(answer, text, *, path):
    """What tells of the foreign store, but for the address that was asked for."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    told = f"{headers}\n{text}".replace(path.partition("?")[0], "")
    return {found[0] for pattern in (MARK, AMOUNTS) for found in pattern.finditer(told)}


def fingerprint():
    """Of every table but that of sessions."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names()) - {Session._meta.db_table}:
            cursor.execute(DIGEST.format(table))
            found[table] = cursor.fetchone()[0]
    return found


def test_every_address_is_known():
    _known, unknown = addresses.templates()

    assert unknown == [], "Tell how to open these: one line each in tests/architecture/addresses.py"


def test_every_example_is_of_an_address():
    assert addresses.EXAMPLES.keys() <= {address.route for address in addresses.registered()}


def test_every_model_of_the_administration_is_furnished(house):
    known = words(house, "mine").keys()
    lacking = {model._meta.model_name for model in admin.site._registry} - known

    assert lacking == set(), "Furnish these in tests/factories/house.py"


@pytest.mark.parametrize("who", PRINCIPALS)
def test_no_trace_at_any_address(house, who):
    browser = one_store(who, house)
    known, _unknown = addresses.templates()
    leaks = {}
    for template in known:
        for side in ("mine", "foreign") if "{" in template else ("mine",):
            path = addresses.opened(template, words(house, side))
            answer = browser.get(path)
            found = traces(answer, body(answer), path=path)
            if found or answer.status_code not in OPEN_TO_ALL:
                leaks[path] = (answer.status_code, found)

    assert leaks == {}


@pytest.mark.parametrize("who", PRINCIPALS)
def test_what_is_foreign_is_answered_like_what_is_absent(house, who):
    """Whether it is asked for or something is sent to it; and nothing changes."""
    browser = one_store(who, house)
    mine, foreign, nowhere = (words(house, side) for side in ("mine", "foreign", "absent"))
    browser.get("/api/v1/stores")  # a key notes its first use of the day
    before = fingerprint()
    told_apart = {}
    for template in addresses.templates()[0]:
        ours, theirs, none = (addresses.opened(template, side) for side in (mine, foreign, nowhere))
        if ours == theirs or "?" in template:
            continue
        for ask in (browser.get, browser.post):
            seen, not_there = ask(theirs), ask(none)
            same = plain(seen, theirs) == plain(not_there, none)
            if seen.status_code != not_there.status_code or not same:
                told_apart[theirs] = (seen.status_code, not_there.status_code)
            elif seen.status_code not in {302, 400, 401, 403, 404, 405}:  # 400: no key to write
                told_apart[theirs] = seen.status_code

    assert told_apart == {}
    assert fingerprint() == before


def plain(answer, path):
    """Body and destination without the path and what is drawn anew for each answer."""
    told = TOKEN.sub("", body(answer)) + answer.headers.get("Location", "")
    return told.replace(path, "…").replace(quote(path, safe=""), "…")


@pytest.mark.parametrize("who", Role.values)
def test_no_action_reaches_a_foreign_row(house, who):
    browser = one_store(who, house)
    person = chain.person(who, stores=[house["mine"]["store"]])
    foreign = words(house, "foreign")
    shared = set(house["words"])
    before = fingerprint()
    leaks, ran = {}, 0
    for model, page in admin.site._registry.items():
        name = model._meta.model_name
        request = RequestFactory().get("/")
        request.user = person
        for action in page.get_actions(request):
            path = f"/admin/{model._meta.app_label}/{name}/"
            asked = {"action": action, ACTION_CHECKBOX_NAME: foreign[name], "index": 0}
            for more in ({}, {"post": "yes"}):
                if more and name in shared:
                    continue  # it is the chain's, not a store's
                answer = browser.post(path, {**asked, **more})
                ran += 1
                if found := traces(answer, body(answer), path=path):
                    leaks[path, action] = found
                assert answer.status_code < 500

    assert leaks == {}
    assert fingerprint() == before
    assert ran or who != Role.DIRECTOR


@pytest.mark.parametrize("who", ["analyst", "key"])
def test_no_name_of_anybody_for_whom_people_are_masked(house, who):
    """However much of the chain is to be seen."""
    if who == "key":
        browser = chain.api_client(
            scopes=rights.KEY_SCOPES.keys() - {rights.READ, rights.CUSTOMERS}
        )
    else:
        browser = chain.signed_in(chain.person(who, whole_chain=True))
    leaks = {}
    for template in addresses.templates()[0]:
        for side in ("mine", "foreign") if "{" in template else ("mine",):
            path = addresses.opened(template, words(house, side))
            if found := PEOPLE.findall(body(browser.get(path))):
                leaks[path] = found

    assert leaks == {}


def test_who_sees_people_meets_the_names(house):
    browser = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    mine = words(house, "mine")
    for path, name in {
        f"/admin/sales/sale/{mine['sale']}/change/": "MINE-cashier",
        f"/admin/sales/customer/{mine['customer']}/change/": "MINE-ann@example.com",
        f"/admin/inventory/product/{mine['product']}/change/": "PRICE-manager",
        f"/admin/organization/store/{mine['store']}/history/": "MINE-manager",
        f"/api/v1/imports/{mine['importrun']}": "MINE-manager",
        f"/api/v1/imports/{mine['importrun']}/quarantine": "MINE-ANN",
        f"/api/v1/sales/{mine['sale']}": "MINE-ANN",
    }.items():
        assert name in body(browser.get(path)), path


def test_who_sees_the_chain_meets_the_marks(house):
    """So the tests above look for something that is there."""
    browser = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    foreign, shared = words(house, "foreign"), set(house["words"])
    for model in admin.site._registry:
        label, name = model._meta.app_label, model._meta.model_name
        for path in (f"/admin/{label}/{name}/", f"/admin/{label}/{name}/{foreign[name]}/change/"):
            answer = browser.get(path)
            assert answer.status_code == 200, path
            assert name in shared or MARK.search(body(answer)), path
    for path in house["foreign"]["paths"].values():
        assert addresses.tells_no_name(path) or MARK.search(body(browser.get(path))), path
    assert AMOUNTS.search(body(browser.get(f"/dashboards/?{addresses.PERIOD}")))

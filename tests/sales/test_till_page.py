"""The till's page and its worker: who may open it, and what they hold."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from epm.access.models import Role
from sales.models import CashRegister, TillPolicy
from sales.selectors.till_screen import tills_visible_to
from sales.services.set_up import give_registers
from sales.views.till_texts import texts
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db
SCRIPTS = Path(settings.BASE_DIR) / "static" / "till"


def opened(person):
    return chain.signed_in(person).get("/till/")


def known(page):
    found = re.search(r'id="till-known" type="application/json">(.*?)</script>', page.text)
    return json.loads(found[1])


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.REGIONAL, Role.MANAGER, Role.CASHIER])
def test_whoever_sells_opens_it(role):
    here = chain.store(code="PARIS", vat_regime="FR")
    mine = tills.register(store=here, opened=False)
    tills.register(store=here, opened=False, code="T2", is_active=False)
    tills.register(store=chain.store(code="ROME", vat_regime="FR"), opened=False)

    page = opened(chain.person(role, stores=[here]))
    assert page.status_code == 200
    assert page["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
    assert [one["id"] for one in known(page)["registers"]] == [mine.pk]


def test_it_is_closed_to_others():
    here = chain.store(code="PARIS")
    assert opened(chain.person(Role.ANALYST, stores=[here])).status_code == 403
    assert Client().get("/till/")["Location"] == "/accounts/login/?next=/till/"


def test_a_till_is_told_what_holds_in_its_store():
    here = chain.store(code="PARIS", vat_regime="FR", currency="EUR")
    TillPolicy.objects.create(
        store=here, cash_rounding="0.05", takes_tips=True, receipt_footer="Merci"
    )
    register = tills.register(store=here, opened=False)
    (told,) = tills_visible_to(chain.person(stores=[here]), now=timezone.now())
    assert told == {
        "id": register.pk,
        "code": "T1",
        "name": "",
        "store": "PARIS",
        "store_name": here.name,
        "timezone": here.timezone,
        "day_cutoff_hour": here.day_cutoff_hour,
        "currency": "EUR",
        "decimals": 2,
        "prices_include_tax": True,
        "taxes": {},
        "cash_rounding": "0.050",
        "takes_tips": True,
        "receipt_header": "",
        "receipt_footer": "Merci",
    }


def test_where_prices_are_without_tax_the_till_knows_the_taxes():
    here = chain.store(code="MTL", vat_regime="CA-QC", currency="CAD")
    tills.register(store=here, opened=False)
    (told,) = tills_visible_to(chain.person(stores=[here]), now=timezone.now())
    assert told["prices_include_tax"] is False
    assert told["taxes"]["standard"] == [["GST", "0.050000"], ["QST", "0.099750"]]


def test_the_worker_keeps_all_that_the_page_is_made_of():
    answer = Client().get("/till/sw.js")
    assert (answer.status_code, answer["Service-Worker-Allowed"]) == (200, "/till/")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    first, _, source = answer.text.partition("\n")
    told = json.loads(re.fullmatch(r"const TOLD = (.*);", first)[1])
    assert source == (SCRIPTS / "sw.js").read_text()
    modules = {f"/static/till/{file.name}" for file in SCRIPTS.glob("*.js")} - {
        "/static/till/sw.js"
    }
    assert modules <= set(told["shell"])
    for path in told["shell"]:
        assert Client().get(path).status_code == 200, path


def test_every_word_of_the_scripts_has_its_text():
    source = "\n".join(file.read_text() for file in SCRIPTS.glob("*.js"))
    asked = set(re.findall(r'\bsay\(\s*"(\w+)"', source))
    assert len(asked) > 90
    assert asked - texts().keys() == set()


def test_scripts_stay_small():
    assert [
        file.name for file in SCRIPTS.glob("*.js") if len(file.read_text().splitlines()) > 300
    ] == []


def test_each_open_shop_is_given_one_register():
    one, two = chain.store(code="A"), chain.store(code="B")
    chain.store(code="GONE", closed_on=date(2020, 1, 1))
    tills.register(store=two, opened=False, code="OWN")
    give_registers(by="demo")
    give_registers(by="demo")
    assert set(CashRegister.objects.values_list("store", "code")) == {
        (one.pk, "T1"),
        (two.pk, "OWN"),
    }

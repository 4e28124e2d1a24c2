"""Baskets put aside: at any till of the store, by one till only."""

from datetime import timedelta

import pytest
from django.utils import timezone

from epm.access.models import Role
from epm.platform.models import StateChange
from epm.platform.transitions import InvalidTransition
from sales.models import ParkedTicket, RegisterSession, Sale
from sales.services import parking
from sales.states import PARKED_TICKET
from sales.tasks import discard_parked
from tests.concurrency import run_behind
from tests.factories import chain, tills
from tests.inventory import machines

pytestmark = pytest.mark.django_db
BASKET = {"lines": [{"sku": "BREAD", "quantity": "3"}], "customer": "ANN"}


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def cashier(till):
    return chain.person(Role.CASHIER, stores=[till.store])


@pytest.fixture
def ask(cashier):
    return tills.Client(chain.signed_in(cashier))


def parked(till, **fields):
    return parking.park(register=till, basket=BASKET, **fields)


def made_in(till, state):
    return machines.walked(PARKED_TICKET, parked(till), to=state)


@pytest.mark.parametrize(("state", "event"), machines.pairs(PARKED_TICKET))
def test_every_step(till, state, event):
    machines.check_pair(PARKED_TICKET, made_in(till, state), event)


def test_the_laws(till):
    machines.check_trigger(PARKED_TICKET, ParkedTicket)
    machines.check_no_other_way(
        PARKED_TICKET, {state: made_in(till, state) for state in PARKED_TICKET.states}
    )
    machines.check_beginning(
        PARKED_TICKET,
        lambda state: ParkedTicket.objects.create(
            store=till.store, register=till, basket={}, state=state
        ),
    )


def test_parked_at_one_till_and_taken_up_at_another(till, ask, cashier):
    answer = ask.post(
        "/api/v1/parked", {"register": till.pk, "label": "red coat", "basket": BASKET}
    )
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told == {
        "id": told["id"],
        "store": "PARIS",
        "register": till.pk,
        "register_code": "T1",
        "label": "red coat",
        "parked_by": cashier.username,
        "parked_at": told["parked_at"],
        "state": "parked",
        "basket": BASKET,
    }
    listed = ask.client.get("/api/v1/parked?store=PARIS").json()["results"]
    assert listed == [{name: told[name] for name in listed[0]}]

    other = tills.client(till.store)
    taken = other.post(f"/api/v1/parked/{told['id']}/resume", {}, key="resume-1")
    assert (taken.status_code, taken.json()["basket"]) == (200, BASKET)
    again = other.post(f"/api/v1/parked/{told['id']}/resume", {}, key="resume-1")
    assert again.content == taken.content
    late = ask.post(f"/api/v1/parked/{told['id']}/resume", {})
    assert (late.status_code, late.json()["code"]) == (409, "invalid-transition")
    assert ask.client.get("/api/v1/parked?store=PARIS").json()["results"] == []
    assert Sale.objects.count() == 0


def test_the_latest_comes_first(till, ask):
    first, second = parked(till), parked(till)
    rows = ask.client.get("/api/v1/parked").json()["results"]
    assert [row["id"] for row in rows] == [second.pk, first.pk]


def test_letting_go_takes_a_reason(till, ask):
    one = parked(till)
    assert ask.post(f"/api/v1/parked/{one.pk}/discard", {}).status_code == 422
    one.refresh_from_db()
    assert one.state == "parked"
    answer = ask.post(f"/api/v1/parked/{one.pk}/discard", {"reason": "left the shop"})
    assert (answer.status_code, answer.json()["state"]) == (200, "discarded")
    change = StateChange.objects.get(object_id=one.pk, subject="sales_parkedticket")
    assert change.reason == "left the shop"


def test_another_stores_is_like_none(ask):
    foreign = parked(tills.register(code="T9"))
    for step, body in (("resume", {}), ("discard", {"reason": "mine now"})):
        theirs = ask.post(f"/api/v1/parked/{foreign.pk}/{step}", body)
        nowhere = ask.post(f"/api/v1/parked/{10**9}/{step}", body)
        assert (theirs.status_code, nowhere.status_code) == (404, 404)
        assert theirs.content == nowhere.content
    refused = ask.post("/api/v1/parked", {"register": foreign.register_id, "basket": BASKET})
    assert refused.status_code == 422
    assert ParkedTicket.objects.get().state == "parked"


@pytest.mark.parametrize(
    "basket", [{"note": "x" * 65_536}, {"many": 2**64}, ["a list"], "text", None]
)
def test_what_is_no_basket_is_refused(till, ask, basket):
    answer = ask.post("/api/v1/parked", {"register": till.pk, "basket": basket})
    assert answer.status_code == 422
    assert ParkedTicket.objects.count() == 0


def test_after_thirty_days_it_is_let_go(till):
    now = timezone.now()
    old, young = parked(till), parked(till)
    ParkedTicket.objects.filter(pk=old.pk).update(parked_at=now - timedelta(days=31))

    discard_parked()

    assert dict(ParkedTicket.objects.values_list("pk", "state")) == {
        old.pk: "discarded",
        young.pk: "parked",
    }
    change = StateChange.objects.get(object_id=old.pk, subject="sales_parkedticket")
    assert (change.actor, change.reason) == ("system", "30 days")
    assert parking.discard_old(now=now) == 0


@pytest.mark.django_db(transaction=True)
def test_two_tills_take_it_up_and_one_gets_it(till):
    person = chain.person(Role.CASHIER, stores=[till.store])
    one = parked(till)

    def take():
        return parking.resume(principal=person, parked_id=one.pk)

    second = run_behind(take, take)

    assert isinstance(second.exception(), InvalidTransition)
    assert ParkedTicket.objects.get().version == 1


def test_a_till_learns_its_rules(till, ask):
    told = ask.client.get(f"/api/v1/till-rules?register={till.pk}").json()
    assert told == {
        "register": till.pk,
        "register_code": "T1",
        "store": "PARIS",
        "store_name": till.store.name,
        "currency": "EUR",
        "decimals": 2,
        "timezone": "Europe/Paris",
        "vat_regime": "FR",
        "prices_include_tax": True,
        "cash_rounding": "0.00",
        "takes_tips": False,
        "refunds": "original_or_credit",
        "unreceipted_refunds": "credit",
        "receipt_header": "",
        "receipt_footer": "",
        "limit": told["limit"],
    }
    assert told["limit"]["role"] == "cashier"
    assert told["limit"]["approves"] is False
    foreign = tills.register(code="T9")
    answers = [
        ask.client.get(f"/api/v1/till-rules?register={number}") for number in (foreign.pk, 10**9)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert RegisterSession.objects.count() == 2


def test_reasons_for_discounts(ask):
    rows = ask.client.get("/api/v1/discount-reasons").json()["results"]
    assert rows[0].keys() == {"code", "name"}
    assert {"goodwill"} <= {row["code"] for row in rows}

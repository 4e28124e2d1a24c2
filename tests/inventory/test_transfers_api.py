"""Transfers over the API."""

import itertools
import json
from decimal import Decimal

import pytest

from epm.access.models import Role
from inventory.models import StockMovement, Transfer
from tests.factories import chain
from tests.factories.stock import level, received
from tests.factories.transfers import broken_laws, drafted, line, readied, shipped, told

D = Decimal
pytestmark = pytest.mark.django_db
LIST = "/api/v1/stock/transfers"
_keys = itertools.count(1)


@pytest.fixture
def lyon():
    return chain.store(code="LYON")


@pytest.fixture
def nice():
    return chain.store(code="NICE")


@pytest.fixture
def cup(lyon):
    product = chain.product(sku="CUP")
    received(lyon, product, 10, "3.77")
    return product


@pytest.fixture
def sender(lyon):
    return chain.api_client(scopes=["stock:read", "stock:write", "costs:read"], stores=[lyon])


@pytest.fixture
def receiver(nice):
    return chain.api_client(scopes=["stock:read", "stock:write"], stores=[nice])


def send(client, path, body, *, key=None, method="post", **headers):
    return getattr(client, method)(
        path,
        json.dumps(body),
        content_type="application/json",
        headers={"idempotency-key": key or f"key-number-{next(_keys)}", **headers},
    )


def step(transfer, name):
    return f"{LIST}/{transfer.pk}/{name}"


def plan(product, quantity="2", **more):
    lines = [{"product": product.pk, "quantity": quantity}]
    return {"source": "LYON", "destination": "NICE", "lines": lines, **more}


class TestMaking:
    def test_a_draft_answers_with_it_and_what_can_happen(self, sender, lyon, nice, cup):
        answer = send(sender, LIST, plan(cup, "2", note="Friday", expected_on="2025-04-02"))

        made = Transfer.objects.get()
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"{LIST}/{made.pk}"
        assert answer.headers["ETag"] == '"0"'
        assert answer.json() | {"id": 0, "created_at": ""} == {
            "id": 0, "source": "LYON", "destination": "NICE", "state": "draft", "note": "Friday",
            "expected_on": "2025-04-02", "created_at": "", "shipped_at": None, "version": 0,
            "transitions": ["ready", "cancel"], "deliveries": [],
            "lines": [{
                "product": cup.pk, "sku": "CUP", "quantity": "2.00", "shipped": "0.00",
                "accepted": "0.00", "rejected": "0.00", "lost": "0.00", "returned": "0.00",
                "over": "0.00", "in_transit": "0.00", "value": "0.00",
            }],
        }  # fmt: skip

    def test_with_the_same_key_again_is_the_same(self, sender, lyon, nice, cup):
        first, again = (send(sender, LIST, plan(cup), key="the-same-one") for _twice in range(2))

        assert first.content == again.content
        assert Transfer.objects.count() == 1

    @pytest.mark.parametrize(
        ("wrong", "pointer"),
        [({"source": "NICE"}, "/source"), ({"destination": "NOWHERE"}, "/destination"),
         ({"lines": [{"product": 9_000_000, "quantity": 1}]}, "/lines/0/product"),
         ({"lines": [{"sku": "NONE", "quantity": 1}]}, "/lines/0/sku"),
         ({"lines": [{"sku": "CUP", "product": 1, "quantity": 1}]}, "/lines/0/product"),
         ({"lines": [{"quantity": 1}]}, "/lines/0/product"),
         ({"lines": [{"product": 1, "quantity": 0}]}, "/lines/0/quantity"),
         ({"colour": "red"}, "/colour")],
    )  # fmt: skip
    def test_of_what_is_not_there_or_not_ours_is_refused(
        self, sender, lyon, nice, cup, wrong, pointer
    ):
        answer = send(sender, LIST, plan(cup) | wrong)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == pointer
        assert not Transfer.objects.exists()

    def test_between_currencies_is_refused(self, sender, lyon, cup):
        chain.store(code="BERN", currency="CHF")

        answer = send(sender, LIST, plan(cup, destination="BERN"))

        assert answer.json()["type"].endswith("inventory/stores-cannot-exchange")
        assert not Transfer.objects.exists()


class TestEditing:
    def test_a_draft_replaces_it_for_who_saw_this_version(self, sender, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))
        body = {"lines": [{"product": cup.pk, "quantity": 3}], "note": "more"}
        to = {"method": "put", "path": f"{LIST}/{draft.pk}"}

        assert send(sender, body=body, **to).status_code == 428
        assert send(sender, body=body, **to, **{"if-match": '"0"'}).json()["version"] == 1
        assert send(sender, body=body, **to, **{"if-match": '"0"'}).status_code == 412
        assert line(draft).quantity == 3


class TestSteps:
    def test_from_plan_to_breakage_to_the_end(self, sender, receiver, lyon, nice, cup):
        sent = drafted(lyon, nice, (cup, 6))

        assert send(sender, step(sent, "ready"), {}).json()["state"] == "ready"
        gone = send(sender, step(sent, "ship"), {}).json()
        assert (gone["state"], gone["lines"][0]["value"]) == ("in_transit", "22.62")
        came = send(receiver, step(sent, "receive"), {"note": "wet", "lines": [{
            "product": cup.pk, "accepted": 3, "rejected": "1", "reason": "damaged",
            "disposition": "write_off",
        }]}).json()  # fmt: skip
        assert (came["state"], came["transitions"]) == (
            "partially_received", ["receive", "close-short"],
        )  # fmt: skip
        assert "value" not in came["lines"][0]
        assert came["deliveries"][0]["lines"] == [{
            "product": cup.pk, "sku": "CUP", "accepted": "3.00", "rejected": "1.00", "over": "0.00",
            "reason": "damaged", "disposition": "write_off",
        }]  # fmt: skip
        done = send(receiver, step(sent, "close-short"), {"reason": "never came"}).json()

        assert (done["state"], done["transitions"]) == ("closed_short", [])
        assert told(line(sent)) == (6, 3, 1, 2, 0, 0)
        assert broken_laws() == []

    def test_name_products_by_sku_too(self, sender, receiver, lyon, nice, cup):
        lines = [{"sku": "cup", "quantity": 6}]
        made = send(sender, LIST, plan(cup) | {"lines": lines})
        sent = Transfer.objects.get()

        send(sender, step(sent, "ready"), {})
        gone = send(sender, step(sent, "ship"), {"lines": [{"sku": "CUP", "quantity": 4}]})
        came = send(receiver, step(sent, "receive"), {"lines": [{"sku": "Cup", "accepted": 4}]})

        assert [each.status_code for each in (made, gone, came)] == [201, 200, 200]
        assert told(line(sent)) == (4, 4, 0, 0, 0, 0)
        assert level(nice, cup).on_hand == 4

    def test_refused_tell_products_by_id_and_sku_and_stores_by_code(
        self, sender, receiver, lyon, nice, cup
    ):
        jug = chain.product(sku="JUG")
        sent, short = shipped(lyon, nice, (cup, 2)), drafted(lyon, nice, (cup, 9))
        arrived = {"lines": [{"sku": "JUG", "accepted": 1}]}

        beyond = send(sender, step(short, "ready"), {}).json()
        other = send(receiver, step(sent, "receive"), arrived).json()
        more = send(receiver, step(sent, "receive"), {"lines": [{"sku": "CUP", "accepted": 3}]})

        assert beyond["lines"] == [{
            "store": "LYON", "product": cup.pk, "sku": "CUP", "asked": "9.00", "available": "8.00",
        }]  # fmt: skip
        assert (other["product"], other["sku"]) == (jug.pk, "JUG")
        [line_of_more] = more.json()["lines"]
        assert (line_of_more["product"], line_of_more["sku"]) == (cup.pk, "CUP")
        assert line(sent).in_transit == 2
        assert short.lines.get().shipped == 0

    def test_a_delivery_sent_twice_is_booked_once(self, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 6))
        body = {"lines": [{"product": cup.pk, "accepted": 2}]}

        for _twice in range(2):
            send(receiver, step(sent, "receive"), body, key="truck-number-7")

        assert level(nice, cup).on_hand == 2

    def test_not_possible_now_says_where_the_transfer_is(self, sender, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))
        before = StockMovement.objects.count()

        answer = send(sender, step(sent, "ship"), {})

        assert answer.status_code == 409
        assert answer.json()["type"].endswith("invalid-transition")
        assert (answer.json()["state"], answer.json()["allowed"]) == (
            "in_transit", "receive, cancel",
        )  # fmt: skip
        assert StockMovement.objects.count() == before

    def test_ship_less_and_cancel_brings_the_goods_back(self, sender, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 4))
        send(sender, step(ready, "ship"), {"lines": [{"product": cup.pk, "quantity": 1}]})

        answer = send(sender, step(ready, "cancel"), {"reason": "truck broke", "remainder": "back"})

        assert answer.json()["state"] == "cancelled"
        assert level(lyon, cup).on_hand == 10

    def test_of_the_other_store_are_forbidden_and_of_others_not_there(
        self, sender, lyon, nice, cup
    ):
        sent = shipped(lyon, nice, (cup, 2))
        other = chain.api_client(
            scopes=["stock:read", "stock:write"], stores=[chain.store(code="METZ")]
        )
        body = {"lines": [{"product": cup.pk, "accepted": 2}]}

        assert send(sender, step(sent, "receive"), body).status_code == 403
        assert send(other, step(sent, "receive"), body).status_code == 404
        assert other.get(f"{LIST}/{sent.pk}").status_code == 404
        assert line(sent).in_transit == 2

    def test_a_rejection_without_its_reason_is_refused(self, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))

        answer = send(
            receiver, step(sent, "receive"), {"lines": [{"product": cup.pk, "rejected": 1}]}
        )

        assert answer.status_code == 422
        assert line(sent).in_transit == 2

    def test_by_an_old_version_are_refused(self, sender, lyon, nice, cup):
        ready = readied(lyon, nice, (cup, 2))

        answer = send(sender, step(ready, "ship"), {}, **{"if-match": '"0"'})

        assert answer.status_code == 412
        assert level(lyon, cup).on_hand == 10


class TestReading:
    def test_lists_ones_own_by_state(self, receiver, lyon, nice, cup):
        sent = shipped(lyon, nice, (cup, 2))
        drafted(lyon, nice, (cup, 2))
        drafted(lyon, chain.store(), (cup, 2))

        assert len(receiver.get(LIST).json()["results"]) == 2
        found = receiver.get(f"{LIST}?state=in_transit&destination=NICE").json()["results"]
        assert [row["id"] for row in found] == [sent.pk]

    def test_is_not_for_cashiers_and_writing_not_for_analysts(self, lyon, nice, cup):
        draft = drafted(lyon, nice, (cup, 2))
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[lyon]))
        analyst = chain.signed_in(chain.person(Role.ANALYST, whole_chain=True))

        assert cashier.get(LIST).status_code == 403
        seen = analyst.get(f"{LIST}/{draft.pk}")
        assert (seen.status_code, seen.json()["transitions"]) == (200, [])
        assert send(analyst, step(draft, "ready"), {}).status_code == 403
        assert level(lyon, cup).reserved == 0


class TestWords:
    @pytest.mark.parametrize(
        ("name", "body", "pointer", "words"),
        [("close-short", {"reason": "x", "remainder": "gone"}, "/remainder", "back, write_off"),
         ("receive", {"lines": [{"product": 1, "rejected": 1, "reason": "red",
                                 "disposition": "write_off"}]},
          "/lines/0/reason", "damaged, expired, wrong, other"),
         ("receive", {"lines": [{"product": 1, "rejected": 1, "reason": "wrong",
                                 "disposition": {}}]},
          "/lines/0/disposition", "write_off, quarantine, return")],
    )  # fmt: skip
    def test_that_are_not_taken_are_answered_with_those_that_are(
        self, sender, lyon, nice, cup, name, body, pointer, words
    ):
        transfer = shipped(lyon, nice, (cup, 2))

        answer = send(sender, step(transfer, name), body)

        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"in": "body", "pointer": pointer, "code": "invalid_choice",
             "detail": f"One of: {words}."}
        ]  # fmt: skip
        transfer.refresh_from_db()
        assert transfer.state == "in_transit"

"""What is sent to the writes of tills in bad faith or by mistake: a clear no, nothing is left.

Each address that a till writes to, and each abuse; what is wrong about tickets themselves is below.
"""

import gzip
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.db import transaction
from django.urls import resolve

from epm.access.models import ApiKey, Role
from epm.platform import idempotency
from epm.platform.idempotency import Asked
from epm.platform.models import IdempotencyKey
from inventory.models import StockLevel, StockMovement
from sales import models
from sales.services import parking, stored_value
from sales.services.stored_value import Act
from tests.concurrency import in_its_own_connection, run_behind
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db
KEY = "a-key-of-a-till"
API = "/api/v1"
SCOPES = ("read", "tills:write", "stored-value:read", "stored-value:write")
WRITES = (
    *("sales", "sales/batch", "sessions", "drawer", "close", "parked", "resume", "discard"),
    *("issue", "block", "prints", "mail"),
)
WITHOUT_KEY = ("sales/quote", "approvals", "balance")
every_write = pytest.mark.parametrize("name", WRITES)
every_post = pytest.mark.parametrize("name", [*WRITES, *WITHOUT_KEY])


class World:
    """A store whose till has sold a loaf, parked a basket and issued a card; one not open yet."""

    def __init__(self, code="PARIS"):
        self.store = chain.store(code=code, vat_regime="FR")
        self.till = tills.register(store=self.store)
        self.closed = tills.register(store=self.store, code="T2", opened=False)
        self.bread = tills.stocked(
            self.till, chain.product(sku=f"BREAD-{code}", sale_price=Decimal("10.00"))
        )
        self.sold = tills.sell(self.till, [(self.bread, 2)], [("card", "20.00")])
        self.parked = parking.park(register=self.till, basket={"lines": []})
        self.card = stored_value.issue(
            act=Act(self.store.pk, uuid.uuid4(), self.sold.recorded_at),
            kind=models.StoredValueKind.GIFT_CARD,
            amount=Decimal(20),
            currency="EUR",
        )

    def ticket(self, **more):
        return {
            "uuid": str(uuid.uuid4()),
            "register": self.till.pk,
            "lines": [{"sku": self.bread.sku, "quantity": "1"}],
            "tenders": [{"kind": "card", "amount": "10"}],
            **more,
        }

    def back(self, quantity):
        return {"returns": {"sale": str(self.sold.sale_id), "line": 1}, "quantity": quantity}

    def address(self, name):
        of_till, of_ticket = f"registers/{self.till.pk}", f"tickets/{self.sold.sale_id}"
        return f"{API}/" + {
            "sessions": f"registers/{self.closed.pk}/sessions",
            "drawer": f"{of_till}/session/drawer",
            "close": f"{of_till}/session/close",
            "resume": f"parked/{self.parked.pk}/resume",
            "discard": f"parked/{self.parked.pk}/discard",
            "issue": "stored-value",
            "block": "stored-value/block",
            "balance": "stored-value/balance",
            "prints": f"{of_ticket}/prints",
            "mail": f"{of_ticket}/mail",
        }.get(name, name)

    def body(self, name):
        """One that would be taken."""
        ticket = self.ticket()
        return {
            "sales": ticket,
            "sales/batch": {"tickets": [ticket]},
            "sales/quote": ticket,
            "sessions": {"opening_float": "100"},
            "drawer": {"kind": "pay_in", "amount": "5", "reason": "change"},
            "close": {"counted": {"cash": "5"}},
            "parked": {"register": self.till.pk, "basket": {"lines": []}},
            "resume": {},
            "discard": {"reason": "left"},
            "issue": {
                "store": self.store.code,
                "kind": "gift_card",
                "amount": "5",
                "currency": "EUR",
            },
            "block": {"code": self.card.code},
            "balance": {"code": self.card.code},
            "prints": {"way": "paper"},
            "mail": {"to": "ann@example.org"},
            "approvals": {"register": self.till.pk, "username": "ann", "password": "x"},
        }[name]


@pytest.fixture(autouse=True)
def _mail_is_sent(settings):
    settings.EPM_SENDS_MAIL = True
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def here():
    return World()


@pytest.fixture
def till(here):
    return chain.api_client(scopes=SCOPES, stores=[here.store])


KEPT = (
    *(models.Sale, models.SaleLine, models.Tender, models.Ticket, models.Override),
    *(models.RegisterSession, models.RegisterChain, models.DrawerMovement, models.Closing),
    *(models.ParkedTicket, models.Approval, models.StoredValue, models.StoredValueEntry),
    *(models.TicketPrint, models.TicketMail, StockMovement, StockLevel, IdempotencyKey),
)


def state():
    """Every row that a till can write, counters of registers and levels of stock among them."""
    return [(model.__name__, sorted(map(repr, model.objects.values_list()))) for model in KEPT]


def send(client, body, *, to, key=KEY, **how):
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    headers = {"idempotency-key": key} if key is not None else {}
    how = {"content_type": "application/json"} | how
    return client.post(to, content, headers=headers | how.pop("headers", {}), **how)


def told(answer):
    assert answer["Content-Type"] == "application/problem+json", answer.content
    said = answer.json()
    assert {"type", "title", "status", "code"} <= said.keys()
    return said["status"], said["code"]


def faults(answer):
    assert told(answer) == (422, "validation-error"), answer.content
    return {(one["pointer"], one["code"].replace("_", "-")) for one in answer.json()["errors"]}


class TestKeys:
    @every_write
    def test_b1_none(self, here, till, name):
        before = state()
        answer = send(till, here.body(name), to=here.address(name), key=None)

        assert told(answer) == (400, "idempotency-key-required")
        assert state() == before

    @every_write
    def test_b2_that_are_none(self, here, till, name):
        before = state()

        for key in ("", "short", "x" * 300, "a\tbcdefgh", "key-💥-key"):
            answer = send(till, here.body(name), to=here.address(name), key=key)

            assert told(answer) == (400, "idempotency-key-invalid")
        assert state() == before

    @every_write
    def test_b3_used_for_another_body(self, here, till, name):
        body = here.body(name)
        assert send(till, body, to=here.address(name)).status_code < 300
        before = state()
        other = {
            "sales": here.ticket(),
            "sales/batch": {"tickets": [here.ticket()]},
            "sessions": {"opening_float": "101"},
            "drawer": {**body, "amount": "6"},
            "close": {"counted": {"cash": "6"}},
            "parked": {**body, "label": "red coat"},
            "discard": {"reason": "other"},
            "issue": {**body, "amount": "6"},
            "prints": {"way": "pdf"},
            "mail": {"to": "bob@example.org"},
        }.get(name)
        to = here.address(name)
        if name == "block":
            other = {"code": tills_card(here)}
            before = state()
        if name == "resume":
            second = parking.park(register=here.till, basket={"lines": []})
            other, to, before = {}, f"{API}/parked/{second.pk}/resume", state()

        assert told(send(till, other, to=to)) == (422, "idempotency-key-reused")
        assert state() == before

    @pytest.mark.parametrize("name", ["sessions", "drawer", "close", "resume", "prints", "mail"])
    def test_b3_used_at_another_store(self, here, name):
        there = World("ROME")
        till = chain.api_client(scopes=SCOPES, stores=[here.store, there.store])
        assert send(till, here.body(name), to=here.address(name)).status_code < 300
        before = state()

        answer = send(till, here.body(name), to=there.address(name))

        assert told(answer) == (422, "idempotency-key-reused")
        assert state() == before

    @pytest.mark.django_db(transaction=True)
    @every_write
    def test_b4_whose_first_request_runs(self, name):
        here = World()
        till = chain.api_client(scopes=SCOPES, stores=[here.store])
        to, body, before = here.address(name), here.body(name), state()
        route = resolve(to).view_name
        twin = Asked(f"key {ApiKey.objects.get().pk}", route, KEY, bytes(32), "x", reach={})

        with ThreadPoolExecutor(1) as pool, transaction.atomic():
            idempotency.claim(twin)
            answer = pool.submit(in_its_own_connection, lambda: send(till, body, to=to)).result(
                timeout=30
            )

        assert told(answer) == (409, "idempotency-in-progress")
        assert answer["Retry-After"] == "1"
        assert state() == before


class TestRightsOfNow:
    """A kept answer is not given to whoever has lost what it took."""

    @every_write
    def test_of_a_key_that_has_lost_the_store(self, here, name):
        key, text = chain.api_key(
            scopes=SCOPES, stores=[here.store, chain.store()], expires_in=None
        )
        till = chain.Client(headers={"apikey": text}, raise_request_exception=False)
        to, body = here.address(name), here.body(name)
        assert send(till, body, to=to).status_code < 300
        before = state()
        key.stores.remove(here.store)

        assert told(send(till, body, to=to)) == (403, "permission-denied")
        ApiKey.objects.filter(pk=key.pk).update(scopes=["read"])
        assert told(send(till, body, to=to)) == (403, "permission-denied")
        assert state() == before

    def test_a_ticket_that_is_known_goes_through_with_a_new_key(self, here):
        other = chain.store()
        key, text = chain.api_key(scopes=SCOPES, stores=[here.store, other], expires_in=None)
        till = chain.Client(headers={"apikey": text}, raise_request_exception=False)
        to, body = here.address("sales"), here.body("sales")
        first = send(till, body, to=to)
        key.stores.remove(other)
        before = models.Sale.objects.count()

        assert told(send(till, body, to=to)) == (403, "permission-denied")
        again = send(till, body, to=to, key="another-key")
        assert (again.status_code, again.json()) == (200, first.json())
        assert models.Sale.objects.count() == before


@every_post
class TestBodies:
    def test_b5_that_are_no_json(self, here, till, name):
        before = state()

        for text in (
            *("{", "nul", '{"register": NaN}', '{"amount": Infinity}', '{"uuid": "\\u0000"}'),
            *('{"reason": "\\ud800"}', "[" * 10_000, '{"lines": ' + "[" * 40 + "]" * 40 + "}"),
            *(b"\xff\xfe", b"\xef\xbb\xbf{}"),
        ):
            answer = send(till, text, to=here.address(name))

            assert told(answer) == (400, "malformed-json"), text
        assert state() == before

    def test_b6_with_a_member_twice(self, here, till, name):
        whole = json.dumps(here.body(name))[:-1] or "{"
        twice = '"x": 1, "x": 9' if whole == "{" else f', "x": 1, {whole[1:]}'
        text = whole + twice + "}"
        deep = whole + ('"x": ' if whole == "{" else ', "x": ') + '[{"qty": 1, "qty": 9}]}'
        before = state()

        for one in (text, deep):
            assert told(send(till, one, to=here.address(name))) == (400, "malformed-json")
        assert state() == before

    def test_b7_in_another_dress(self, here, till, name):
        text, before = json.dumps(here.body(name)), state()

        for how in (
            {"content_type": "text/plain"},
            {"content_type": "application/x-www-form-urlencoded"},
            {"content_type": "multipart/form-data; boundary=x"},
            {"content_type": "application/json; charset=utf-16"},
            {"content_type": "application/json; charset=latin-1"},
            {"headers": {"content-encoding": "gzip"}},
        ):
            body = gzip.compress(text.encode()) if "headers" in how else text
            answer = send(till, body, to=here.address(name), **how)

            assert told(answer) == (415, "unsupported-media-type"), how
        bomb = gzip.compress(b" " * (64 << 20))
        packed = send(till, bomb, to=here.address(name), headers={"content-encoding": "gzip"})
        assert told(packed) == (415, "unsupported-media-type")
        assert state() == before

    def test_b8_of_a_megabyte(self, here, till, name):
        body, before = here.body(name) | {"note": "x" * (1 << 20)}, state()

        answer = send(till, body, to=here.address(name))

        assert told(answer) == (413, "payload-too-large")
        assert state() == before

    def test_b10_with_what_is_not_declared(self, here, till, name):
        before = state()

        for member in (
            *("price", "total_ttc", "paid", "state", "store_id", "cashier_id", "is_staff"),
            *("number", "hash", "grand_total", "balance", "expected", "approved_by", "offline"),
            "__proto__",
        ):
            answer = send(till, here.body(name) | {member: 1}, to=here.address(name))

            assert faults(answer) == {(f"/{member}", "unknown-field")}
        assert state() == before

    def test_b14_of_whoever_may_not(self, here, name):
        analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[here.store]))
        reader = chain.api_client(scopes=["read"], stores=[here.store])
        before = state()

        for client in (analyst, reader):
            answer = send(client, here.body(name), to=here.address(name))
            assert told(answer) == (403, "permission-denied")
        assert state() == before


def tills_card(here):
    return stored_value.issue(
        act=Act(here.store.pk, uuid.uuid4(), here.sold.recorded_at),
        kind=models.StoredValueKind.GIFT_CARD,
        amount=Decimal(1),
        currency="EUR",
    ).code


BREAD = "BREAD-PARIS"
TICKETS = ("sales", "sales/batch", "sales/quote")
every_ticket = pytest.mark.parametrize("name", TICKETS)


def refused_ticket(client, here, name, **change):
    """How an address refuses one: a batch does it ticket by ticket, and keeps that answer only."""
    ticket = here.ticket(**change)
    before = state()
    body = {"tickets": [ticket]} if name == "sales/batch" else ticket
    answer = send(client, body, to=here.address(name))
    after = state()
    if name == "sales/batch":
        assert answer.status_code == 200
        assert IdempotencyKey.objects.count() == 1
        before, after = before[:-1], after[:-1]
        (result,) = answer.json()["results"]
        assert "ticket" not in result
        answer = result["problem"]
    else:
        assert answer["Content-Type"] == "application/problem+json", answer.content
        answer = answer.json()
        if answer["status"] in {409, 422} and name == "sales":  # the answer itself may be kept
            before, after = before[:-1], after[:-1]
    assert after == before
    return answer


def pointers(problem):
    assert (problem["status"], problem["code"]) == (422, "validation-error"), problem
    return {(one["pointer"], one["code"].replace("_", "-")) for one in problem["errors"]}


@every_ticket
class TestTickets:
    def test_b8_of_too_many_lines_or_too_much(self, here, till, name):
        line = {"sku": BREAD, "quantity": 1}
        many = refused_ticket(till, here, name, lines=[line] * 10_000)
        assert (many["status"], many["code"]) == (422, "too-many-lines")
        forget()
        paid = [{"kind": "card", "amount": 1}] * 21
        many = refused_ticket(till, here, name, tenders=paid)
        assert (many["status"], many["code"]) == (422, "too-many-lines")
        for much in (2**31, 10**9, 10**400):
            forget()
            problem = refused_ticket(till, here, name, lines=[{"sku": BREAD, "quantity": much}])
            assert pointers(problem) <= {
                ("/lines/0/quantity", "out-of-range"), ("/lines/0/quantity", "invalid"),
            }  # fmt: skip

    @pytest.mark.parametrize(
        ("quantity", "code"),
        [
            *[(0, "out-of-range"), (-1, "out-of-range"), ("1e3", "invalid"), (True, "invalid")],
            *[("1.0005", "too-precise"), ("", "invalid"), (None, "null"), ([1], "invalid")],
        ],
        ids=str,
    )
    @pytest.mark.parametrize("kind", ["sold", "back", "unreceipted"])
    def test_b9_of_a_quantity_that_is_none(self, here, till, name, kind, quantity, code):
        line = {"sku": BREAD, "quantity": quantity}
        if kind == "back":
            line = here.back(quantity)
        if kind == "unreceipted":
            line["unreceipted"] = True

        problem = refused_ticket(till, here, name, lines=[line])

        assert pointers(problem) == {("/lines/0/quantity", code)}

    def test_b9_of_a_part_of_a_piece(self, here, till, name):
        for line in ({"sku": BREAD, "quantity": "1.5"}, here.back("1.5")):
            problem = refused_ticket(till, here, name, lines=[line])
            assert (problem["status"], problem["code"]) == (422, "inventory/not-whole")
            forget()

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"lines": [{"sku": BREAD, "quantity": 1, "net_ttc": 1}]}, "/lines/0/net_ttc"),
            ({"lines": [{"sku": BREAD, "quantity": 1, "tax_rate": 0}]}, "/lines/0/tax_rate"),
            ({"tenders": [{"kind": "card", "amount": 10, "paid": True}]}, "/tenders/0/paid"),
            ({"discount": {"share": "0.1", "reason": "goodwill", "by": 1}}, "/discount/by"),
            ({"is_offline": True}, "/is_offline"),
        ],
    )
    def test_b10_that_says_what_is_reckoned_here(self, here, till, name, change, pointer):
        assert pointers(refused_ticket(till, here, name, **change)) == {(pointer, "unknown-field")}

    @pytest.mark.parametrize("amount", ["0.001", 0.001])
    @pytest.mark.parametrize(
        ("made", "pointer"),
        [
            (lambda a: {"tenders": [{"kind": "card", "amount": a}]}, "/tenders/0/amount"),
            (lambda a: {"tip": a}, "/tip"),
            (lambda a: {"total": a}, "/total"),
            (lambda a: {"discount": {"amount": a, "reason": "goodwill"}}, "/discount"),
            (lambda a: {"lines": [{"gift_card": {"amount": a}}]}, "/lines/0/gift_card"),
        ],
        ids=["tender", "tip", "total", "discount", "gift-card"],
    )
    def test_b11_of_money_finer_than_money(self, here, till, name, amount, made, pointer):
        found = pointers(refused_ticket(till, here, name, **made(amount)))

        assert found == {(pointer, "too-precise")}

    @pytest.mark.parametrize("number", ["1e400", "-1e400", "1E3"])
    def test_b11_of_money_with_an_exponent(self, here, till, name, number):
        ticket = json.dumps(here.ticket(total="TOTAL")).replace('"TOTAL"', number)
        text = f'{{"tickets": [{ticket}]}}' if name == "sales/batch" else ticket
        before = state()

        answer = send(till, text, to=here.address(name)).json()

        problem = answer["results"][0]["problem"] if name == "sales/batch" else answer
        assert pointers(problem) == {("/total", "invalid")}
        assert state()[:-1] == before[:-1]

    def test_b11_in_another_currency(self, here, till, name):
        for currency, code in (("USD", "currency-mismatch"), ("eur", "currency-mismatch")):
            problem = refused_ticket(till, here, name, currency=currency)
            assert pointers(problem) == {("/currency", code)}
            forget()

    def test_b12_with_more_off_than_there_is(self, here, till, name):
        for share in ("1.01", "1.0001", 2, 0, "-0.1"):
            problem = refused_ticket(
                till, here, name, discount={"share": share, "reason": "goodwill"}
            )
            assert pointers(problem) == {("/discount/share", "out-of-range")}
            forget()

    def test_b13_that_brings_back_what_is_out_of_sight(self, here, till, name):
        there = World("ROME")
        theirs = {"returns": {"sale": str(there.sold.sale_id), "line": 1}, "quantity": 1}
        absent = {"returns": {"sale": str(uuid.uuid4()), "line": 1}, "quantity": 1}
        for ticket in ({"register": there.till.pk}, {"register": 10**9}):
            problem = refused_ticket(till, here, name, **ticket)
            assert pointers(problem) == {("/register", "not-found")}
            forget()
        assert pointers(refused_ticket(till, here, name, lines=[absent])) == {
            ("/lines/0/returns/sale", "not-found")
        }
        # Goods come back in any store of the chain: only with the very ticket in hand.
        paid_back = [{"kind": "card", "amount": "-10"}]
        body = here.ticket(lines=[theirs], tenders=paid_back)
        forget()
        if name == "sales":
            assert send(till, body, to=here.address(name)).status_code == 201

    def test_b13_of_a_customer_or_a_cashier_who_is_none(self, here, till, name):
        there = chain.person(Role.CASHIER, stores=[chain.store()])
        for change, pointer in (
            ({"customer": "NOBODY"}, "/customer"),
            ({"cashier": "nobody"}, "/cashier"),
            ({"cashier": there.username}, "/cashier"),
        ):
            if name == "sales/batch":  # goods were handed over: it is booked without, and noted
                (result,) = send(
                    till, {"tickets": [here.ticket(**change)]}, to=here.address(name)
                ).json()["results"]
                assert result["status"] == 201
                assert {noted["kind"] for noted in result["ticket"]["discrepancies"]} == {
                    f"{pointer[1:]}-unknown"
                }
            else:
                problem = refused_ticket(till, here, name, **change)
                assert pointers(problem) == {(pointer, "not-found")}
            forget()


def forget():
    """The next request may have the same key."""
    IdempotencyKey.objects.all().delete()


class TestRules:
    """What a rule of tills refuses at once; offline the goods are gone, and it is told."""

    def refused(self, client, here, **change):
        problem = refused_ticket(client, here, "sales", **change)
        forget()
        return problem["status"], problem["code"]

    def test_b11_more_was_paid_back_or_less_paid(self, here, till):
        paid = [{"kind": "card", "amount": "9.99"}]
        assert self.refused(till, here, tenders=paid) == (422, "sales/tenders-differ")
        assert self.refused(till, here, total="9.99") == (422, "sales/total-differs")

    def test_b12_discounts_upon_discounts(self, here):
        director = chain.person(Role.DIRECTOR, stores=[here.store])
        client = chain.signed_in(director)
        line = {"sku": BREAD, "quantity": "1", "discount": {"amount": "6", "reason": "goodwill"}}
        refused = self.refused(
            client, here, lines=[line], discount={"amount": "6", "reason": "goodwill"}
        )
        assert refused == (422, "sales/discount-too-large")
        line["discount"]["amount"] = "10.01"
        assert self.refused(client, here, lines=[line]) == (422, "sales/discount-too-large")
        line["discount"] = {"amount": "1", "reason": "no-such-reason"}
        assert self.refused(client, here, lines=[line]) == (422, "sales/reason-unknown")

    def test_b14_beyond_the_limits_of_a_cashier(self, here):
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[here.store]))
        goods = {"sku": BREAD, "quantity": "1"}
        beyond = (403, "sales/beyond-limit")
        cheap = goods | {"unit_price": "1.00"}
        assert self.refused(cashier, here, lines=[cheap], tenders=[]) == beyond
        off = goods | {"discount": {"share": "0.5", "reason": "goodwill"}}
        paid = [{"kind": "card", "amount": "5"}]
        assert self.refused(cashier, here, lines=[off], tenders=paid) == beyond
        loose = goods | {"unreceipted": True}
        credit = [{"kind": "store_credit", "amount": "-10"}]
        assert self.refused(cashier, here, lines=[loose], tenders=credit) == beyond
        assert told(send(cashier, here.body("issue"), to=here.address("issue"))) == (
            403, "permission-denied",
        )  # fmt: skip

    def test_b15_more_comes_back_than_was_sold_or_paid(self, here, till):
        def back(amount, quantity="2"):
            tenders = [{"kind": "card", "amount": amount}]
            return self.refused(till, here, lines=[here.back(quantity)], tenders=tenders)

        assert back("-30", "3") == (409, "sales/more-than-sold")
        assert back("-25") == (422, "sales/tenders-differ")
        cash = [{"kind": "cash", "amount": "-20"}]
        assert self.refused(till, here, lines=[here.back("2")], tenders=cash) == (
            409, "sales/refund-way",
        )  # fmt: skip
        lines = [here.back("2"), here.back("1")]
        tenders = [{"kind": "card", "amount": "-30"}]
        assert self.refused(till, here, lines=lines, tenders=tenders)[0] in {409, 422}

    def test_b16_of_the_wrong_state(self, here, till):
        self.step_is_refused(here, till, "sessions", here.till, (409, "sales/session-already-open"))
        for name in ("drawer", "close"):
            self.step_is_refused(here, till, name, here.closed, (409, "sales/no-open-session"))
        ticket = here.ticket(register=here.closed.pk)
        assert self.refused(till, here, register=ticket["register"]) == (
            409, "sales/no-open-session",
        )  # fmt: skip
        parking.resume(principal=api(here), parked_id=here.parked.pk)
        for name in ("resume", "discard"):
            before = state()
            answer = send(till, here.body(name), to=here.address(name))
            assert answer.status_code == 409, answer.content
            assert state()[:-1] == before[:-1]
            forget()

    def step_is_refused(self, here, client, name, register, expected):
        to = here.address(name)
        for one in (here.till, here.closed):
            to = to.replace(f"registers/{one.pk}/", f"registers/{register.pk}/")
        before = state()
        assert told(send(client, here.body(name), to=to)) == expected
        assert state()[:-1] == before[:-1]
        forget()

    def test_b18_more_than_there_is_alone_and_together(self, here, till):
        for quantities in (["99"], ["50", "49"]):
            lines = [{"sku": BREAD, "quantity": each} for each in quantities]
            problem = refused_ticket(
                till, here, "sales", lines=lines, tenders=[{"kind": "card", "amount": "990"}]
            )
            assert (problem["status"], problem["code"]) == (409, "inventory/insufficient-stock")
            (short,) = problem["lines"]
            assert (short["sku"], short["asked"], short["available"]) == (BREAD, "99.00", "98.00")
            forget()
        cake = tills.stocked(here.till, chain.product(sku="CAKE"), quantity=3)
        lines = [{"sku": BREAD, "quantity": 99}, {"product": cake.pk, "quantity": 4}]
        problem = refused_ticket(
            till, here, "sales", lines=lines, tenders=[{"kind": "card", "amount": "1038"}]
        )
        assert problem["detail"] == "Not enough stock of 2 products."
        assert [(one["sku"], one["available"]) for one in problem["lines"]] == [
            (BREAD, "98.00"), ("CAKE", "3.00"),
        ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_b15_of_two_refunds_of_all_at_once_one_is_made():
    tills.seeded()
    here = World()
    till = chain.api_client(scopes=SCOPES, stores=[here.store])

    def refund(key):
        paid_back = [{"kind": "card", "amount": "-20"}]
        body = here.ticket(lines=[here.back("2")], tenders=paid_back)
        return send(till, body, to=here.address("sales"), key=key)

    second = run_behind(
        lambda: refund("the-first-key"), lambda: in_its_own_connection(lambda: refund("the-second"))
    ).result()

    assert told(second) == (409, "sales/more-than-sold")
    assert (models.Sale.objects.count(), StockLevel.objects.get().on_hand) == (2, 100)
    assert models.RegisterChain.objects.get(register=here.till).number == 2


def api(here):
    """The principal of a person of the store."""
    return chain.person(Role.CASHIER, stores=[here.store])

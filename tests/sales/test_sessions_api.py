"""Registers, sessions and closings over the API."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from epm.access.models import Role
from sales.models import Closing, DrawerMovement, RegisterSession
from sales.services import sessions
from sales.services.period_closings import close_periods
from tests.factories import chain, tickets
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
BASE = "/api/v1/registers"


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def till():
    return tickets.register(chain.store(code="NORTH"), code="T1", name="Front")


@pytest.fixture
def key(till):
    return chain.api_client(scopes=["sales:read", "tills:write"], stores=[till.store])


def of(role, till):
    return chain.signed_in(chain.person(role, stores=[till.store]))


def send(client, till, what, body=None, *, key=None, raw=None):
    return client.post(
        f"{BASE}/{till.pk}/{what}",
        raw if raw is not None else body or {},
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid4()) if key is None else key},
    )


def code(answer):
    return answer.status_code, answer.json()["code"]


def opened(client, till, amount="100.00", **how):
    return send(client, till, "sessions", {"opening_float": amount}, **how)


def test_a_day_at_a_till(till, key):
    answer = opened(key, till)
    session = RegisterSession.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": session.pk, "register": till.pk, "store": "NORTH", "state": "open", "version": 0,
        "business_date": "2025-03-31", "opened_at": "2025-03-31T12:00:00Z",
        "opening_float": "100.00", "counted": None, "note": "", "closing_at": None,
        "closing_failed": "", "closed_at": None, "closing": None,
    }  # fmt: skip
    tickets.ticket(till, "12.00")
    assert send(
        key, till, "session/drawer", {"kind": "pay_out", "amount": "2.50", "reason": "milk"}
    ).json() == {
        "id": DrawerMovement.objects.get().pk, "session": session.pk, "kind": "pay_out",
        "amount": "-2.50", "reason": "milk", "moved_at": "2025-03-31T12:00:00Z",
    }  # fmt: skip
    x = key.get(f"{BASE}/{till.pk}/session/x-report").json()
    assert (x["total_ttc"], x["tickets"], x["totals"]["expected"]) == (
        "12.00",
        1,
        {"cash": "109.50"},
    )

    answer = send(
        key, till, "session/close", {"counted": {"cash": "109.00", "card": "0"}, "note": "a coin"}
    )

    z = Closing.objects.get()
    told = answer.json()
    assert (answer.status_code, told["state"], told["closing"]) == (200, "closed", z.pk)
    assert (told["counted"], told["note"]) == ({"card": "0.00", "cash": "109.00"}, "a coin")
    assert "expected" not in told
    one = key.get(f"/api/v1/closings/{z.pk}").json()
    assert one["totals"]["variance"] == {"card": "0.00", "cash": "-0.50"}
    assert (one["grand_total"], one["currency"], one["hash"]) == (
        "12.00",
        "EUR",
        bytes(z.hash).hex(),
    )
    assert key.get(f"{BASE}/{till.pk}/session").status_code == 404


def test_registers_tell_what_runs(till, key):
    other = tickets.register(till.store, code="T2")
    tickets.register()  # of another store
    session = tickets.opened(till)

    told = key.get(f"{BASE}?store=NORTH&code=t1").json()

    assert told["results"] == [
        {
            "id": till.pk, "store": "NORTH", "code": "T1", "name": "Front", "is_active": True,
            "session": session.pk, "state": "open", "business_date": "2025-03-31",
            "opened_at": "2025-03-31T08:00:00Z",
        }
    ]  # fmt: skip
    every = key.get(BASE).json()["results"]
    assert [(each["id"], each["session"], each["state"]) for each in every] == [
        (till.pk, session.pk, "open"),
        (other.pk, None, None),
    ]


def test_closings_are_listed_and_filtered(till, key):
    for hours in (0, 1):
        session = tickets.opened(till, at=NOON + timedelta(hours=hours))
        tickets.ticket(till, "12.00", at=NOON + timedelta(hours=hours))
        sessions.close(session_id=session.pk, counted={}, by=None, now=NOON)
    close_periods(now=NOON + timedelta(days=1))

    def found(query):
        rows = key.get(f"/api/v1/closings?{query}").json()["results"]
        return [(each["kind"], each["number"], each["total_ttc"]) for each in rows]

    assert found("kind=session") == [("session", 2, "12.00"), ("session", 1, "12.00")]
    assert found(f"register={till.pk}&kind=day") == [("day", 1, "24.00")]
    assert found("from=2025-04-01") == []
    assert key.get("/api/v1/closings?kind=week").status_code == 400


class TestBlindCount:
    def test_a_cashier_never_meets_what_is_expected(self, till):
        cashier = of(Role.CASHIER, till)
        assert opened(cashier, till).status_code == 201
        tickets.ticket(till, "12.00")
        base = f"{BASE}/{till.pk}/session"

        assert "expected" not in cashier.get(base).json()
        assert code(cashier.get(f"{base}/x-report")) == (403, "permission-denied")
        told = send(cashier, till, "session/close", {"counted": {"cash": "111"}}).json()
        assert told["state"] == "closed"
        assert "expected" not in told
        assert cashier.get("/api/v1/closings").status_code == 403
        assert cashier.get(f"/api/v1/closings/{told['closing']}").status_code == 403

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.REGIONAL, Role.DIRECTOR])
    def test_who_answers_for_a_store_sees_it(self, till, role):
        boss = of(role, till)
        opened(boss, till)

        told = boss.get(f"{BASE}/{till.pk}/session").json()

        assert told["expected"] == {"cash": "100.00"}
        assert told["opened_by"] is not None
        assert boss.get(f"{BASE}/{till.pk}/session/x-report").status_code == 200

    def test_an_analyst_looks_and_does_nothing(self, till):
        analyst = of(Role.ANALYST, till)

        assert code(opened(analyst, till)) == (403, "permission-denied")
        tickets.opened(till)
        assert analyst.get(f"{BASE}/{till.pk}/session/x-report").status_code == 200
        assert code(send(analyst, till, "session/close", {"counted": {}}))[0] == 403
        assert RegisterSession.objects.get().state == "open"


class TestScope:
    def test_a_foreign_register_is_not_there(self, till):
        foreign = tickets.register()
        tickets.opened(foreign)
        for client in (
            of(Role.MANAGER, till),
            chain.api_client(scopes=["read", "tills:write"], stores=[till.store]),
        ):
            for what, body in (
                ("sessions", {"opening_float": 1}),
                ("session/drawer", {"kind": "no_sale", "reason": "x"}),
                ("session/close", {"counted": {}}),
            ):
                assert code(send(client, foreign, what, body)) == (404, "not-found")
            for what in ("session", "session/x-report"):
                assert client.get(f"{BASE}/{foreign.pk}/{what}").status_code == 404
        assert RegisterSession.objects.get().version == 0
        assert not DrawerMovement.objects.exists()

    def test_a_key_that_only_reads_opens_nothing(self, till):
        assert code(opened(chain.api_client(scopes=["read"]), till))[0] == 403
        assert not RegisterSession.objects.exists()

    def test_a_number_beyond_all_numbers(self, key):
        assert key.get(f"{BASE}/{10**30}/session").status_code == 404


class TestBadInput:
    def test_keys(self, till, key):
        assert code(
            key.post(f"{BASE}/{till.pk}/sessions", {"opening_float": 1}, "application/json")
        ) == (400, "idempotency-key-required")
        for bad in ("", "x" * 300, "\x07", "😀"):
            assert code(opened(key, till, key=bad)) == (400, "idempotency-key-invalid")
        assert not RegisterSession.objects.exists()

    def test_a_key_again(self, till, key):
        first = opened(key, till, key="the-first-of-them")
        again = opened(key, till, key="the-first-of-them")

        assert again.content == first.content
        assert again.headers["Idempotency-Replayed"] == "true"
        assert code(opened(key, till, "7", key="the-first-of-them")) == (
            422,
            "idempotency-key-reused",
        )
        other = tickets.register(till.store)
        assert code(opened(key, other, key="the-first-of-them")) == (422, "idempotency-key-reused")
        assert RegisterSession.objects.count() == 1

    @pytest.mark.parametrize(
        ("raw", "status", "word"),
        [
            ("{", 400, "malformed-json"),
            ('{"opening_float": NaN}', 400, "malformed-json"),
            ('{"opening_float": 1e400}', 422, "validation-error"),
            ("[" * 10_000, 400, "malformed-json"),
            ('{"opening_float": 1, "opening_float": 9}', 400, "malformed-json"),
            ('{"opening_float": "1", "state": "closed"}', 422, "validation-error"),
            ('{"opening_float": "1", "store_id": 1}', 422, "validation-error"),
            ('{"opening_float": -1}', 422, "validation-error"),
            ('{"opening_float": "1e3"}', 422, "validation-error"),
            ('{"opening_float": true}', 422, "validation-error"),
            ('{"opening_float": "0.0001"}', 422, "validation-error"),
            ('{"opening_float": "0.001"}', 422, "sales/amount-not-in-currency"),
            ('{"opening_float": "99999999999999"}', 422, "validation-error"),
            ('{"opening_float": "1", "x": "' + "y" * (1 << 20) + '"}', 413, "payload-too-large"),
            ("{}", 422, "validation-error"),
        ],
    )
    def test_bodies(self, till, key, raw, status, word):
        answer = send(key, till, "sessions", raw=raw)

        assert code(answer) == (status, word)
        assert not RegisterSession.objects.exists()

    def test_another_media_type(self, till, key):
        answer = key.post(
            f"{BASE}/{till.pk}/sessions", "opening_float=1",
            content_type="application/x-www-form-urlencoded",
            headers={"Idempotency-Key": "the-first-of-them"},
        )  # fmt: skip
        assert code(answer) == (415, "unsupported-media-type")

    @pytest.mark.parametrize(
        "body",
        [
            {"kind": "pay_in", "reason": "x"},
            {"kind": "pay_in", "amount": "-1", "reason": "x"},
            {"kind": "pay_in", "amount": "0", "reason": "x"},
            {"kind": "pay_in", "amount": "0.001", "reason": "x"},
            {"kind": "pay_in", "amount": "1"},
            {"kind": "pay_in", "amount": "1", "reason": " "},
            {"kind": "no_sale", "amount": "1", "reason": "x"},
            {"kind": "theft", "amount": "1", "reason": "x"},
            {"kind": "no_sale", "reason": "x" * 201},
            {"kind": "no_sale", "reason": "a\0b"},
        ],
    )
    def test_drawer_movements(self, till, key, body):
        tickets.opened(till)

        assert send(key, till, "session/drawer", body).status_code in {400, 422}
        assert not DrawerMovement.objects.exists()

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"counted": None},
            {"counted": {"cash": "-0.01"}},
            {"counted": {"cash": "0.001"}},
            {"counted": {"cash": "1e3"}},
            {"counted": {"coins": "1"}},
            {"counted": {}, "expected": {"cash": "1"}},
            {"counted": {}, "note": "x" * 301},
        ],
    )
    def test_counts(self, till, key, body):
        tickets.opened(till)

        assert send(key, till, "session/close", body).status_code == 422
        assert RegisterSession.objects.get().state == "open"
        assert not Closing.objects.exists()


class TestRefusals:
    def test_open_twice(self, till, key):
        opened(key, till)
        answer = opened(key, till)

        assert code(answer) == (409, "sales/session-already-open")
        assert RegisterSession.objects.count() == 1

    def test_nothing_is_open(self, till, key):
        assert code(send(key, till, "session/close", {"counted": {}})) == (
            409,
            "sales/no-open-session",
        )
        body = {"kind": "no_sale", "reason": "x"}
        assert code(send(key, till, "session/drawer", body)) == (409, "sales/no-open-session")
        assert code(key.get(f"{BASE}/{till.pk}/session/x-report")) == (404, "not-found")

    def test_more_than_there_is_does_not_tell_how_much(self, till, key):
        opened(key, till, "10")
        body = {"kind": "pay_out", "amount": "10.01", "reason": "x"}
        answer = send(key, till, "session/drawer", body)

        assert code(answer) == (409, "sales/more-than-in-drawer")
        assert "10" not in answer.json()["detail"]

    def test_a_closing_that_failed_is_told(self, till, key, monkeypatch):
        opened(key, till)

        def fail(*_args, **_how):
            raise RuntimeError("the disk is full")

        with monkeypatch.context() as patched:
            patched.setattr(sessions.session_figures, "figures_of", fail)
            told = send(key, till, "session/close", {"counted": {"cash": "100"}}).json()

        assert (told["state"], told["closing"]) == ("closing", None)
        assert told["closing_failed"] == "RuntimeError: the disk is full"
        assert code(opened(key, till)) == (409, "sales/session-already-open")
        assert sessions.finish_pending(now=NOON + timedelta(minutes=2)) == 1
        assert Closing.objects.get().totals["counted"] == {"cash": "100.00"}
        assert opened(key, till, str(Decimal(5))).status_code == 201

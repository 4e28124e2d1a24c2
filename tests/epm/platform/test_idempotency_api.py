"""A write is done once, however often it is sent, and what is refused leaves nothing behind."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from epm.access.models import ApiKey, Role, ScopeKind, StoreScope, User
from epm.access.selectors import rights
from epm.access.services import api_keys
from epm.organization.models import Region
from epm.platform import idempotency, versions
from epm.platform.bodies import (
    AmountField,
    IdField,
    QuantityField,
    StrictSerializer,
    TextField,
    UnitAmountField,
    UuidField,
    YesNoField,
)
from epm.platform.endpoints import Listing, same_names
from epm.platform.models import Change, IdempotencyKey
from epm.platform.refusals import Kind, Refusal
from epm.platform.tasks import forget_idempotency_keys
from epm.platform.writes import LARGEST_BODY, Answer, WriteEndpoint
from tests.concurrency import in_its_own_connection
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

KEY = "order-2025-0001"
OTHER_KEY = "order-2025-0002"


class LineIn(StrictSerializer):
    product = IdField()
    quantity = QuantityField()
    price = AmountField(required=False)


class RegionIn(StrictSerializer):
    code = TextField(max_length=64)
    name = TextField(max_length=200, required=False)
    lines = LineIn(many=True, required=False, max_length=3)
    counted = QuantityField(required=False, least=Decimal(0))
    adjusted = QuantityField(required=False, least=None)
    cost = UnitAmountField(required=False)
    ours = YesNoField(required=False)
    sale = UuidField(required=False)
    id = IdField(read_only=True)


class Taken(Refusal):
    code = "organization/region-code-taken"
    title = _("There is such a region already")


class Forbidden(Taken):
    kind = Kind.FORBIDDEN


class RegionOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()


class Regions(WriteEndpoint, Listing):
    """Lists regions, and makes one; its name chooses what goes wrong after it was written."""

    http_method_names = ["get", "head", "post"]
    write_right = rights.STOCK_WRITE
    right = rights.STOCK
    body = RegionIn
    serializer_class = RegionOut
    columns = same_names(RegionOut)
    orderings = {"id": "pk"}
    default_ordering = "id"

    def get_queryset(self):
        return Region.objects.all()

    def write(self, said, **address):
        row = Region.objects.create(code=said["code"], name=said.get("name", ""))
        wrong = {
            "taken": Taken("2 of 3 are there.", available=2),
            "rule": ValidationError({"name": ["No."]}, code="rule-violated"),
            "absent": Http404(),
            "forbidden": Forbidden("Not you."),
            "denied": PermissionDenied(),
            "bug": RuntimeError("secret"),
        }
        if row.name in wrong:
            raise wrong[row.name]
        return Answer(201, {"id": row.pk, "code": row.code}, {"Location": f"/regions/{row.pk}"})


class OneRegion(WriteEndpoint):
    """Renames a region, whose version is the length of its name."""

    http_method_names = ["put", "patch", "delete"]
    write_right = rights.STOCK_WRITE
    body = RegionIn
    serializer_class = RegionOut
    success = 200
    edits = True

    def write(self, said, *, pk):
        row = Region.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise Http404
        versions.refuse_stale(seen=self.seen, now=len(row.name))
        if self.request.method == "DELETE":
            row.delete()
            return 204, None
        row.name = said["name"]
        row.save()
        return Answer(200, {"id": pk}, {"ETag": versions.etag_of(len(row.name))})


urlpatterns = [
    path("api/v1/regions", Regions.as_view(), name="test-regions"),
    path("api/v1/stores/<int:pk>/regions", Regions.as_view(), name="test-store-regions"),
    path("api/v1/regions/<int:pk>", OneRegion.as_view(), name="test-region"),
    path("", include("epm.urls")),
]
handler400 = "epm.platform.problems.bad_request"
handler500 = "epm.platform.problems.server_error"


@pytest.fixture
def client():
    return chain.api_client(scopes=["stock:write"])


def send(client, body, *, key=KEY, to="/api/v1/regions", method="post", **headers):
    """`body` as JSON, or as it is when it is text or bytes."""
    raw = body if isinstance(body, str | bytes) else json.dumps(body)
    given = {"idempotency-key": key} if key is not None else {}
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic(
        method.upper(), to, raw, content_type="application/json", headers={**given, **more}
    )


def refused(answer, *, status, code):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    told = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    return told


def nothing_is_left():
    return not Region.objects.exists() and not IdempotencyKey.objects.exists()


def test_an_address_may_list_and_write(client):
    reader = chain.api_client(scopes=["stock:read"])

    made = send(client, {"code": "NORD"}).json()

    assert reader.get("/api/v1/regions").json()["results"] == [made]
    assert client.get("/api/v1/regions").status_code == 403


class TestTheSameAgain:
    def test_is_done_once_and_answered_byte_for_byte(self, client):
        first = send(client, {"code": "NORD", "name": "Île"})
        again = send(client, '{ "name": "\\u00cele", "code": "NORD" }')

        (region,) = Region.objects.all()
        assert first.status_code == again.status_code == 201
        assert first.json() == {"id": region.pk, "code": "NORD"}
        assert again.content == first.content
        assert again["Location"] == first["Location"] == f"/regions/{region.pk}"
        assert again["Content-Type"] == first["Content-Type"] == "application/json"
        assert "Idempotency-Replayed" not in first
        assert again["Idempotency-Replayed"] == "true"

    def test_comes_from_the_table(self, client):
        send(client, {"code": "NORD"})
        IdempotencyKey.objects.update(response_body=b'{"from": "the table"}')

        assert send(client, {"code": "NORD"}).json() == {"from": "the table"}

    def test_with_another_body_is_refused(self, client):
        send(client, {"code": "NORD"})

        refused(send(client, {"code": "SUD"}), status=422, code="idempotency-key-reused")

        assert [one.code for one in Region.objects.all()] == ["NORD"]

    def test_at_another_store_is_refused(self, client):
        send(client, {"code": "NORD"}, to="/api/v1/stores/1/regions")

        answer = send(client, {"code": "NORD"}, to="/api/v1/stores/2/regions")

        refused(answer, status=422, code="idempotency-key-reused")
        assert Region.objects.count() == 1

    def test_at_another_route_is_another_request(self, client):
        send(client, {"code": "NORD"}, to="/api/v1/stores/1/regions")

        answer = send(client, {"code": "SUD"})

        assert (answer.status_code, "Idempotency-Replayed" in answer) == (201, False)

    def test_from_another_key_is_another_request(self, client):
        other = chain.api_client(scopes=["stock:write"])
        send(client, {"code": "NORD"})

        answer = send(other, {"code": "SUD"})

        assert (answer.status_code, answer.json()["code"]) == (201, "SUD")
        assert len(set(IdempotencyKey.objects.values_list("principal", flat=True))) == 2

    def test_after_its_time_is_over_is_a_new_request(self, client):
        send(client, {"code": "NORD"})
        send(client, {"code": "OUEST"}, key=OTHER_KEY)
        stored = IdempotencyKey.objects.get(key=KEY)
        assert stored.expires_at - stored.created_at == timedelta(days=7)
        IdempotencyKey.objects.filter(key=KEY).update(expires_at=NOON - timedelta(days=900))

        forget_idempotency_keys()

        assert send(client, {"code": "SUD"}).json()["code"] == "SUD"
        assert send(client, {"code": "OUEST"}, key=OTHER_KEY)["Idempotency-Replayed"] == "true"

    def test_is_forgotten_in_batches(self, client, monkeypatch):
        monkeypatch.setattr(idempotency, "FORGOTTEN_AT_ONCE", 2)
        for number in range(5):
            send(client, {"code": f"R{number}"}, key=f"{KEY}-{number}")

        assert idempotency.forget_expired(now=datetime(2100, 1, 1, tzinfo=UTC)) == 5
        assert not IdempotencyKey.objects.exists()


class TestKeys:
    def test_are_required(self, client):
        refused(
            send(client, {"code": "NORD"}, key=None), status=400, code="idempotency-key-required"
        )
        assert nothing_is_left()

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "short-7",
            "x" * 256,
            "with a space",
            "tab\tinside",
            "naïve-key",
            "💥" * 8,
            "a/b/c/d/e",
        ],
    )
    def test_that_are_none(self, client, key):
        refused(send(client, {"code": "NORD"}, key=key), status=400, code="idempotency-key-invalid")
        assert nothing_is_left()

    @pytest.mark.parametrize("key", ["12345678", "x" * 255, "A-z_0:9.end"])
    def test_that_are_taken(self, client, key):
        assert send(client, {"code": "NORD"}, key=key).status_code == 201


class TestRefusals:
    def test_of_the_domain_are_given_again_though_the_world_has_changed(self, client):
        first = send(client, {"code": "NORD", "name": "taken"})
        assert not Region.objects.exists()

        again = send(client, {"code": "NORD", "name": "taken"})

        told = refused(first, status=409, code="organization/region-code-taken")
        assert told["available"] == 2
        assert (again.status_code, again.content) == (409, first.content)
        assert again["Content-Type"] == "application/problem+json"
        assert again["Idempotency-Replayed"] == "true"

    def test_of_a_rule_are_given_again(self, client):
        first = send(client, {"code": "NORD", "name": "rule"})
        again = send(client, {"code": "NORD", "name": "rule"})

        (error,) = refused(first, status=422, code="validation-error")["errors"]
        assert (error["pointer"], error["code"]) == ("/name", "rule-violated")
        assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
        assert not Region.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "status"),
        [("absent", 404), ("forbidden", 403), ("denied", 403), ("bug", 500)],
    )
    def test_that_a_retry_may_mend_are_not_kept(self, client, wrong, status):
        assert send(client, {"code": "NORD", "name": wrong}).status_code == status
        assert nothing_is_left()

        assert send(client, {"code": "NORD", "name": "fine"}).status_code == 201

    def test_of_a_body_are_not_kept(self, client):
        refused(send(client, {"code": 7}), status=422, code="validation-error")
        assert nothing_is_left()

        assert send(client, {"code": "NORD"}).status_code == 201

    def test_of_who_may_not_are_not_kept(self):
        reader = chain.api_client(scopes=["read", "stock:read"])

        told = refused(send(reader, {"code": "NORD"}), status=403, code="permission-denied")

        assert told["detail"] == "This key lacks the scope stock:write."
        refused(send(Client(), {"code": "NORD"}), status=401, code="not-authenticated")
        assert nothing_is_left()

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_of_other_methods_ask_for_the_right_to_write_too(self, method):
        reader = chain.api_client(scopes=["read", "stock:read"])

        answer = send(reader, {"code": "NORD"}, to="/api/v1/regions/1", method=method)

        refused(answer, status=403, code="permission-denied")

    def test_no_fault_of_ours_can_be_kept(self, client):
        send(client, {"code": "NORD"})

        with pytest.raises(IntegrityError), transaction.atomic():
            IdempotencyKey.objects.update(response_status=500)

    def test_the_doctor_finds_one(self, client, capsys):
        send(client, {"code": "NORD"})
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE platform_idempotencykey"
                " DROP CONSTRAINT idempotency_key_answer_worth_keeping"
            )
        IdempotencyKey.objects.update(response_status=503)

        with pytest.raises(SystemExit):
            call_command("doctor")

        assert "FAIL  platform/only-answers-worth-keeping" in capsys.readouterr().out


class TestWhoHasLostSomething:
    """Rights of now decide, not those of when it was answered."""

    def again(self, client, *, to="/api/v1/regions"):
        return send(client, {"code": "NORD"}, to=to)

    def is_kept_from(self, client):
        told = refused(self.again(client), status=403, code="permission-denied")
        assert "NORD" not in json.dumps(told)
        assert Region.objects.count() == IdempotencyKey.objects.count() == 1

    def key(self, **places):
        row, text = chain.api_key(scopes=["stock:write", "costs:read"], expires_in=None, **places)
        return row, Client(headers={"apikey": text})

    def test_a_key_that_lost_a_store(self):
        north, south = chain.store(), chain.store()
        row, client = self.key(stores=[north, south])
        assert self.again(client).status_code == 201
        row.stores.remove(south)

        self.is_kept_from(client)
        row.stores.add(south, chain.store())
        assert self.again(client)["Idempotency-Replayed"] == "true"

    def test_a_key_that_had_the_whole_chain(self):
        row, client = self.key()
        assert self.again(client).status_code == 201
        row.stores.set([chain.store()])
        ApiKey.objects.filter(pk=row.pk).update(whole_chain=False)

        self.is_kept_from(client)

    def test_a_key_that_lost_the_right_to_see_more(self):
        row, client = self.key()
        assert self.again(client).status_code == 201
        ApiKey.objects.filter(pk=row.pk).update(scopes=["stock:write"])

        self.is_kept_from(client)

    def test_a_key_that_lost_the_right_to_write_or_is_revoked(self):
        row, client = self.key()
        assert self.again(client).status_code == 201
        ApiKey.objects.filter(pk=row.pk).update(scopes=["costs:read"])

        told = refused(self.again(client), status=403, code="permission-denied")
        assert told["detail"] == "This key lacks the scope stock:write."
        ApiKey.objects.filter(pk=row.pk).update(scopes=["stock:write", "costs:read"])
        api_keys.revoke(key_id=row.pk, now=timezone.now())
        refused(self.again(client), status=401, code="invalid-credentials")

    def test_a_person_who_lost_a_store_or_has_another_role(self):
        north, south = chain.store(), chain.store()
        manager = chain.person(Role.MANAGER, stores=[north, south])
        client = chain.signed_in(manager)
        assert self.again(client).status_code == 201
        StoreScope.objects.filter(user=manager, store=south).delete()
        self.is_kept_from(client)

        StoreScope.objects.create(user=manager, kind=ScopeKind.STORE, store=south)
        assert self.again(client)["Idempotency-Replayed"] == "true"
        User.objects.filter(pk=manager.pk).update(role=Role.REGIONAL)
        self.is_kept_from(client)
        User.objects.filter(pk=manager.pk).update(is_superuser=True)
        assert self.again(client)["Idempotency-Replayed"] == "true"

    def test_a_refusal_is_an_answer_too(self):
        row, client = self.key()
        body = {"code": "NORD", "name": "taken"}
        assert send(client, body).status_code == 409
        ApiKey.objects.filter(pk=row.pk).update(scopes=["stock:write"])

        refused(send(client, body), status=403, code="permission-denied")
        assert not Region.objects.exists()

    def test_what_was_kept_before_reaches_were_is_given_again(self, client):
        self.again(client)
        IdempotencyKey.objects.update(response_headers={"Content-Type": "application/json"})

        assert self.again(client)["Idempotency-Replayed"] == "true"

    def test_nothing_of_it_goes_out(self, client):
        assert idempotency.REACH not in self.again(client).headers
        assert idempotency.REACH not in self.again(client).headers
        (kept,) = IdempotencyKey.objects.values_list("response_headers", flat=True)
        assert kept[idempotency.REACH] == {"stores": None, "holds": ["stock:write"]}


class TestWhoActs:
    def test_a_key_writes_under_its_name(self, client):
        send(client, {"code": "NORD"})

        (change,) = Change.objects.filter(subject="organization_region")
        assert (change.actor, change.door) == ("key till", "api")

    def test_a_person_writes_under_hers(self):
        director = chain.person(Role.DIRECTOR, is_superuser=True)
        browser = chain.signed_in(director)

        assert send(browser, {"code": "NORD"}).status_code == 201

        changes = Change.objects.filter(subject="organization_region")
        assert [(one.actor, one.door) for one in changes] == [(director.username, "api")]
        assert IdempotencyKey.objects.get().principal == f"user {director.pk}"

    def test_a_session_needs_a_form_token(self):
        director = chain.person(Role.DIRECTOR, is_superuser=True)
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(director)

        refused(send(browser, {"code": "NORD"}), status=403, code="permission-denied")
        assert nothing_is_left()


class TestTwins:
    pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

    def test_one_in_flight_is_told_so_at_once_and_the_answer_later(self, monkeypatch):
        _row, text = chain.api_key(scopes=["stock:write"], expires_in=None)
        at_work, go_on = threading.Event(), threading.Event()
        write = Regions.write

        def slow(self, said, **address):
            answer = write(self, said, **address)
            at_work.set()
            assert go_on.wait(15)
            return answer

        monkeypatch.setattr(Regions, "write", slow)
        machine = {"headers": {"apikey": text}, "raise_request_exception": False}

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(
                in_its_own_connection, lambda: send(Client(**machine), {"code": "NORD"})
            )
            assert at_work.wait(15)
            twin = send(Client(**machine), {"code": "NORD"})
            go_on.set()
            answer = first.result(15)

        refused(twin, status=409, code="idempotency-in-progress")
        assert twin["Retry-After"] == "1"
        assert (answer.status_code, "Idempotency-Replayed" in answer) == (201, False)
        again = send(Client(**machine), {"code": "NORD"})
        assert (again.content, again["Idempotency-Replayed"]) == (answer.content, "true")
        assert Region.objects.count() == IdempotencyKey.objects.count() == 1

    def test_many_at_once_do_the_work_once(self):
        _row, text = chain.api_key(scopes=["stock:write"], expires_in=None)
        together = threading.Barrier(6)

        def one():
            client = Client(headers={"apikey": text}, raise_request_exception=False)
            together.wait(15)
            return send(client, {"code": "NORD"})

        with ThreadPoolExecutor(6) as pool:
            answers = [
                job.result(30)
                for job in [pool.submit(in_its_own_connection, one) for _ in range(6)]
            ]

        fresh = [one for one in answers if one.status_code == 201]
        assert {one.status_code for one in answers} <= {201, 409}
        assert len({one.content for one in fresh}) == 1
        assert len([one for one in fresh if "Idempotency-Replayed" not in one]) == 1
        assert Region.objects.count() == IdempotencyKey.objects.count() == 1

    @pytest.mark.parametrize("name", ["fine", "taken"])
    def test_who_comes_second_undoes_its_work_and_gives_the_first_answer(self, monkeypatch, name):
        """Where a twin has answered while nobody held the lock, the unique key decides."""
        keep, client = idempotency.keep, chain.api_client(scopes=["stock:write"])
        first = idempotency.Reply(201, {"Content-Type": "application/json"}, b'{"by": "a twin"}')

        def keep_behind_a_twin(asked, reply):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(in_its_own_connection, lambda: keep(asked, first)).result(15)
            keep(asked, reply)

        monkeypatch.setattr(idempotency, "keep", keep_behind_a_twin)

        answer = send(client, {"code": "NORD", "name": name})

        assert (answer.status_code, answer.json()) == (201, {"by": "a twin"})
        assert answer["Idempotency-Replayed"] == "true"
        assert not Region.objects.exists()

    def test_it_costs_two_statements_and_a_replay_one(self):
        client = chain.api_client(scopes=["stock:write"])
        send(client, {"code": "OUEST"}, key=OTHER_KEY)  # the key's last use is noted once a day

        with CaptureQueriesContext(
            connection,
        ) as asked:
            send(client, {"code": "NORD"})
        with CaptureQueriesContext(connection) as again:
            send(client, {"code": "NORD"})

        def said(queries):
            return [words(one["sql"]) for one in queries if "access_apikey" not in one["sql"]]

        claim = "SELECT outcome, status, headers, body FROM epm_claim_idempotency_key"
        assert [one.partition("(")[0].strip() for one in said(asked)] == [
            "BEGIN",
            claim,
            'INSERT INTO "organization_region"',
            "INSERT INTO platform_idempotencykey",
            "COMMIT",
        ]
        assert [one.partition("(")[0].strip() for one in said(again)] == ["BEGIN", claim, "COMMIT"]


def words(sql):
    """Without the comment that names the request."""
    return " ".join(sql.rpartition("*/")[2].split())


class TestBodies:
    def errors(self, answer):
        told = refused(answer, status=422, code="validation-error")
        assert nothing_is_left()
        return [(one["pointer"], one["code"]) for one in told["errors"]]

    def line(self, client, **fields):
        body = {"code": "NORD", "lines": [{"product": 1, "quantity": "1", **fields}]}
        return send(client, body)

    @pytest.mark.parametrize("name", ["id", "store_id", "is_staff", "total", "state", "Code", ""])
    def test_with_a_member_that_is_not_declared(self, client, name):
        assert self.errors(send(client, {"code": "NORD", name: 1})) == [
            (f"/{name}", "unknown-field")
        ]

    def test_with_members_not_declared_deep_down_and_beside_other_faults(self, client):
        body = {"lines": [{"product": 1, "quantity": 1}, {"product": 1, "paid": 1, "a/b~c": 2}]}

        assert self.errors(send(client, body)) == [
            ("/code", "required"),
            ("/lines/1/quantity", "required"),
            ("/lines/1/paid", "unknown-field"),
            ("/lines/1/a~1b~0c", "unknown-field"),
        ]

    @pytest.mark.parametrize(
        ("quantity", "code"),
        [
            *[(0, "out-of-range"), (-1, "out-of-range"), ("0.000", "out-of-range")],
            *[(2**31, "out-of-range"), ("1000000000", "out-of-range"), (10**29, "out-of-range")],
            *[("1.0005", "too-precise"), (1.0005, "too-precise"), ("1.0000", "too-precise")],
            *[("1e3", "invalid"), ("NaN", "invalid"), ("Infinity", "invalid"), ("", "invalid")],
            *[(" 1", "invalid"), ("+1", "invalid"), ("1,5", "invalid"), ("٣", "invalid")],
            *[(True, "invalid"), ([1], "invalid"), ({}, "invalid"), (10**400, "invalid")],
            (None, "null"),
        ],
        ids=str,
    )
    def test_with_a_quantity_that_is_none(self, client, quantity, code):
        assert self.errors(self.line(client, quantity=quantity)) == [("/lines/0/quantity", code)]

    @pytest.mark.parametrize("number", ["1e3", "1E3", "1.5e1", "1e400", "-1e-3"])
    def test_with_a_number_that_has_an_exponent(self, client, number):
        body = f'{{"code": "NORD", "lines": [{{"product": 1, "quantity": {number}}}]}}'

        assert self.errors(send(client, body)) == [("/lines/0/quantity", "invalid")]

    @pytest.mark.parametrize("quantity", [1, 1.5, "1.5", "999999999.999", 0.001, "007.100"])
    def test_with_a_quantity(self, client, quantity):
        assert self.line(client, quantity=quantity).status_code == 201

    def test_say_how_small_a_number_may_be(self, client):
        body = {"code": "NORD", "counted": 0, "adjusted": "-2.5", "cost": "0.000001"}
        assert send(client, body).status_code == 201
        body = {"code": "SUD", "counted": -1, "adjusted": "-1000000000", "cost": "-1"}
        answer = send(client, body, key=OTHER_KEY)
        told = refused(answer, status=422, code="validation-error")
        assert {one["code"] for one in told["errors"]} == {"out-of-range"}
        assert len(told["errors"]) == 3

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            *[(True, "invalid"), (1.0, "invalid"), (1.5, "invalid"), ("1", "invalid")],
            *[(0, "out-of-range"), (-1, "out-of-range"), (2**63, "out-of-range")],
        ],
    )
    def test_with_a_number_of_no_row(self, client, number, code):
        assert self.errors(self.line(client, product=number)) == [("/lines/0/product", code)]

    def test_with_words_of_the_wrong_kind(self, client):
        body = {"code": 7, "ours": "true", "sale": 7, "lines": {}}

        assert self.errors(send(client, body)) == [
            ("/code", "invalid"),
            ("/lines", "not_a_list"),
            ("/ours", "invalid"),
            ("/sale", "invalid"),
        ]

    def test_with_too_many_lines(self, client):
        line = {"product": 1, "quantity": 1}

        told = refused(
            send(client, {"code": "NORD", "lines": [line] * 4}), status=422, code="too-many-lines"
        )

        assert told["detail"] == "4 lines came; at most 3 are taken at once."
        assert nothing_is_left()
        assert send(client, {"code": "NORD", "lines": [line] * 3}).status_code == 201

    @pytest.mark.parametrize(
        "body",
        [
            '{"code": "a", "code": "b"}',
            '{"code": NaN}',
            '{"code": Infinity}',
            '{"code": "\\ud800"}',
            '{"\\udfff": 1}',
            '{"code": "a\\u0000b"}',
            "[" * 10_000,
            '{"code": ' + "[" * 40 + "]" * 40 + "}",
            '{"code": 1' + "0" * 5000 + "}",
            "{",
            b"\xff",
            b"\xef\xbb\xbf{}",
        ],
        ids=[
            *("twice", "nan", "infinity", "surrogate", "surrogate-name", "nul", "deep"),
            *("rather-deep", "long-number", "cut", "not-utf-8", "bom"),
        ],
    )
    def test_that_cannot_be_understood(self, client, body):
        refused(send(client, body), status=400, code="malformed-json")
        assert nothing_is_left()

    def test_whose_text_needs_two_surrogates(self, client):
        assert send(client, '{"code": "\\ud83d\\ude00"}').json()["code"] == "😀"

    @pytest.mark.parametrize("body", ["[]", "7", '"x"', "null", "true"])
    def test_that_are_no_object(self, client, body):
        assert self.errors(send(client, body))[0][0] == ""

    @pytest.mark.parametrize(
        "media_type",
        [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
        ],
    )
    def test_of_another_media_type(self, client, media_type):
        answer = client.generic(
            "POST", "/api/v1/regions", b"{}", content_type=media_type,
            headers={"idempotency-key": KEY},
        )  # fmt: skip

        refused(answer, status=415, code="unsupported-media-type")
        assert nothing_is_left()

    def test_that_are_compressed(self, client):
        answer = send(client, b"\x1f\x8b", content_encoding="gzip")

        refused(answer, status=415, code="unsupported-media-type")

    def test_that_are_too_large(self, client):
        padding = " " * LARGEST_BODY

        refused(send(client, '{"code": "NORD"}' + padding), status=413, code="payload-too-large")
        assert nothing_is_left()


class TestEdits:
    @pytest.fixture
    def region(self):
        return Region.objects.create(code="NORD", name="four")

    def edit(self, client, region, body=None, *, method="put", **headers):
        to = f"/api/v1/regions/{region.pk}"
        said = body or {"code": "NORD", "name": "longer"}
        return send(client, said, to=to, method=method, **headers)

    def name(self, region):
        region.refresh_from_db()
        return region.name

    def test_of_the_version_that_was_seen(self, client, region):
        answer = self.edit(client, region, if_match='"4"')
        again = self.edit(client, region, if_match='"4"')

        assert (answer.status_code, answer["ETag"], self.name(region)) == (200, '"6"', "longer")
        assert (again.status_code, again["ETag"]) == (200, '"6"')
        assert again["Idempotency-Replayed"] == "true"

    @pytest.mark.parametrize("tag", ['"3"', 'W/"4"', "4", '"4", "5"', '"x"', ""])
    def test_of_another_version(self, client, region, tag):
        refused(self.edit(client, region, if_match=tag), status=412, code="precondition-failed")

        assert self.name(region) == "four"
        assert not IdempotencyKey.objects.exists()
        assert self.edit(client, region, if_match='"4"').status_code == 200

    def test_of_any_version(self, client, region):
        assert self.edit(client, region, if_match="*").status_code == 200

    def test_of_no_version(self, client, region):
        refused(self.edit(client, region), status=428, code="precondition-required")

        assert self.name(region) == "four"
        assert self.edit(client, region, method="patch").status_code == 200

    def test_that_leave_nothing_have_no_body(self, client, region):
        first = self.edit(client, region, {"code": "NORD"}, method="delete", if_match='"4"')
        again = self.edit(client, region, {"code": "NORD"}, method="delete", if_match='"4"')

        assert (first.status_code, first.content) == (204, b"")
        assert (again.status_code, again.content) == (204, b"")
        assert again["Idempotency-Replayed"] == "true"


class TestSchema:
    @pytest.fixture
    def drawn(self):
        return SchemaGenerator(patterns=urlpatterns[:3]).get_schema(request=None, public=True)

    def headers(self, operation):
        found = {}
        for one in operation["parameters"]:
            if one["in"] == "header":
                found[one["name"]] = one.get("required", False)
        return found

    def test_draws_key_body_and_answer(self, drawn):
        operation = drawn["paths"]["/api/v1/regions"]["post"]

        assert self.headers(operation) == {"Idempotency-Key": True}
        (schema,) = operation["requestBody"]["content"].values()
        assert schema == {"schema": {"$ref": "#/components/schemas/RegionIn"}}
        assert set(operation["responses"]) == {"201", "default"}
        answer = operation["responses"]["201"]["content"]["application/json"]["schema"]
        assert answer == {"$ref": "#/components/schemas/RegionOut"}

    def test_draws_the_version_where_documents_are_edited(self, drawn):
        operations = drawn["paths"]["/api/v1/regions/{id}"]

        assert self.headers(operations["put"]) == {"Idempotency-Key": True, "If-Match": True}
        assert self.headers(operations["patch"]) == {"Idempotency-Key": True, "If-Match": False}
        assert set(operations["put"]["responses"]) == {"200", "default"}


SPITEFUL = [
    *(None, True, 0, -1, 2**63, 10**400, 1.5, "", "\0", "\ud800", "💥", "a" * 5000, "NaN"),
    *("1e400", "';--", [], {}, [[[]]], {"$ne": 1}, {"code": {}}, "true", "2025-02-30"),
]
leaves = some.one_of(
    some.sampled_from(SPITEFUL),
    some.text(some.characters(), max_size=20),
    some.integers(),
    some.floats(),
)
names = some.one_of(
    some.sampled_from([*RegionIn().fields, *LineIn().fields]), some.text(max_size=8)
)
trees = some.recursive(
    leaves,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(names, inner, max_size=5),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=some.one_of(trees, some.dictionaries(names, trees, max_size=6), some.binary()))
def test_whatever_comes_is_answered_or_refused(client, body):
    raw = body if isinstance(body, bytes) else json.dumps(body)

    answer = send(client, raw, key=f"fuzz-{abs(hash(raw))}")

    assert answer.status_code in {201, 400, 413, 422}, raw
    if answer.status_code != 201:
        assert answer["Content-Type"] == "application/problem+json"

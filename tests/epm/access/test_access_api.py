from datetime import timedelta

import pytest
from django.test import Client

from epm.access.models import ApiKey, Role
from epm.access.services import api_keys
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


class TestSigningIn:
    def refused(self, answer, *, status, code):
        assert answer.status_code == status
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == code

    def test_nobody_gets_nothing(self):
        answer = Client().get("/api/v1/stores")

        self.refused(answer, status=401, code="not-authenticated")
        assert answer["WWW-Authenticate"] == (
            'ApiKey realm="epm", header="apikey", Bearer realm="epm"'
        )

    def test_a_person_uses_the_session(self):
        chain.store(code="A")

        answer = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True)).get(
            "/api/v1/stores"
        )

        assert [one["code"] for one in answer.json()["results"]] == ["A"]

    def test_a_disabled_person_is_nobody(self):
        user = chain.person(Role.DIRECTOR, whole_chain=True)
        browser = chain.signed_in(user)
        user.is_active = False
        user.save()

        self.refused(browser.get("/api/v1/stores"), status=401, code="not-authenticated")

    @pytest.mark.parametrize("case", ["unknown", "malformed", "expired", "revoked"])
    def test_refuses_a_bad_key_and_changes_nothing(self, case, time_machine):
        time_machine.move_to(NOON)
        key, text = chain.api_key(expires_in=timedelta(hours=1))
        if case == "unknown":
            text = text[:8] + "0000000000" + text[18:]
        elif case == "malformed":
            text = "admin"
        elif case == "expired":
            time_machine.move_to(NOON + timedelta(hours=1))
        else:
            api_keys.revoke(key_id=key.pk, now=NOON)
        before = ApiKey.objects.values().get()

        answer = Client(headers={"apikey": text}).get("/api/v1/stores")

        self.refused(answer, status=401, code="invalid-credentials")
        assert answer["WWW-Authenticate"] == (
            'ApiKey realm="epm", header="apikey", Bearer realm="epm"'
        )
        assert ApiKey.objects.values().get() == before

    def test_a_bad_key_is_not_saved_by_a_session(self):
        browser = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        answer = browser.get("/api/v1/stores", headers={"apikey": "rk_live_x"})

        self.refused(answer, status=401, code="invalid-credentials")

    @pytest.mark.parametrize("query", ["apikey={}", "key={}", "APIKEY=x", "api_key=x"])
    def test_refuses_a_key_in_the_url(self, query):
        _key, text = chain.api_key()

        answer = Client(headers={"apikey": text}).get(f"/api/v1/stores?{query.format(text)}")

        self.refused(answer, status=400, code="api-key-in-query")
        assert text not in answer.content.decode()
        assert ApiKey.objects.get().last_used_on is None

    def test_writing_is_not_offered(self):
        answer = chain.api_client().post(
            "/api/v1/stores", {"code": "X"}, content_type="application/json"
        )

        self.refused(answer, status=405, code="method-not-allowed")


class TestRights:
    @pytest.mark.parametrize(
        ("scope", "allowed"),
        [
            (
                "read",
                {"regions", "stores", "categories", "products", "sales", "targets", "imports"},
            ),
            ("organization:read", {"regions", "stores"}),
            ("catalogue:read", {"categories", "products"}),
            ("sales:read", {"sales"}),
            ("targets:read", {"targets"}),
            ("imports:read", {"imports"}),
            ("kpis:read", set()),
            ("costs:read", set()),
        ],
    )
    def test_a_key_reads_what_its_scopes_say(self, scope, allowed):
        client = chain.api_client(scopes=[scope])
        doors = {"regions", "stores", "categories", "products", "sales", "targets", "imports"}

        answers = {door: client.get(f"/api/v1/{door}").status_code for door in doors}

        assert answers == {door: 200 if door in allowed else 403 for door in doors}

    @pytest.mark.parametrize(
        ("role", "refused"),
        [
            (Role.DIRECTOR, set()),
            (Role.REGIONAL, set()),
            (Role.MANAGER, set()),
            (Role.ANALYST, {"imports"}),
            (Role.CASHIER, {"regions", "stores", "targets", "imports"}),
        ],
    )
    def test_a_person_reads_what_the_role_says(self, role, refused):
        browser = chain.signed_in(chain.person(role, whole_chain=True))
        doors = {"regions", "stores", "categories", "products", "sales", "targets", "imports"}

        answers = {door: browser.get(f"/api/v1/{door}").status_code for door in doors}

        assert answers == {door: 403 if door in refused else 200 for door in doors}

    def test_who_has_no_role_reads_nothing(self):
        browser = chain.signed_in(chain.person("", whole_chain=True))

        assert browser.get("/api/v1/stores").status_code == 403


class TestRegionsAndStores:
    def test_shows_a_store_in_full(self, django_assert_num_queries):
        north = chain.region(code="N")
        paris = chain.store(
            code="P1",
            name="Paris",
            region=north,
            floor_area_m2="1200.50",
            latitude="48.85",
            longitude="2.35",
        )
        client = chain.api_client()
        client.get("/api/v1/stores")

        with django_assert_num_queries(3):  # the key, the state of the data, the store
            answer = client.get(f"/api/v1/stores/{paris.pk}")

        assert answer.json() == {
            "id": paris.pk,
            "code": "P1",
            "name": "Paris",
            "kind": "shop",
            "region": "N",
            "timezone": "Europe/Paris",
            "day_cutoff_hour": 0,
            "currency": "EUR",
            "vat_regime": "none",
            "opened_on": None,
            "closed_on": None,
            "floor_area_m2": "1200.50",
            "address": "",
            "postal_code": "",
            "city": "",
            "country": "",
            "latitude": "48.85",
            "longitude": "2.35",
            "is_placeholder": False,
        }

    def test_narrows_stores(self):
        north, south = chain.region(code="N"), chain.region(code="S")
        chain.store(code="A", region=north)
        chain.store(code="B", region=south, kind="web")
        chain.store(code="C")
        client = chain.api_client()

        def codes(query):
            return [one["code"] for one in client.get(f"/api/v1/stores?{query}").json()["results"]]

        assert codes("") == ["A", "B", "C"]
        assert codes("ordering=-code") == ["C", "B", "A"]
        assert codes("region=n&region=S") == ["A", "B"]
        assert codes("store=c&store=A") == ["A", "C"]
        assert codes("kind=web") == ["B"]
        assert codes("is_placeholder=true") == []

    def test_shows_regions_with_a_store_in_scope(self):
        north, south = chain.region(code="N"), chain.region(code="S")
        mine, _foreign = chain.store(region=north), chain.store(region=south)
        client = chain.api_client(stores=[mine])

        assert client.get("/api/v1/regions").json() == {
            "next": None,
            "previous": None,
            "results": [{"id": north.pk, "code": "N", "name": north.name}],
        }
        assert client.get(f"/api/v1/regions/{north.pk}").json()["code"] == "N"
        assert client.get(f"/api/v1/regions/{south.pk}").status_code == 404

"""Signed tokens: short, rotated, and dead with their session."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from allauth.headless.tokens.strategies.jwt import internal
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from epm.access.models import RefreshToken, Role, User
from epm.access.services import sessions
from epm.access.tokens import RotatingTokens
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def store():
    return chain.store(code="MINE")


@pytest.fixture
def person(store):
    chain.store(code="FOREIGN")
    user = chain.person(Role.MANAGER, stores=[store])
    user.set_password(PASSWORD)
    user.save()
    return user


def post(path, body=None, **headers):
    return Client().post(
        f"/api/auth/{path}", json.dumps(body or {}), content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )  # fmt: skip


def sign_in(user, password=PASSWORD):
    return post("login", {"username": user.username, "password": password})


def refresh(token):
    return post("refresh", {"refresh_token": token})


def stores(token, **headers):
    bearer = {"authorization": f"Bearer {token}"}
    return Client().get("/api/v1/stores", headers={**bearer, **headers})


def refused(answer, code="invalid-credentials", status=401):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["code"] == code
    assert status != 401 or "Bearer" in answer["WWW-Authenticate"]
    return body


def dead(pair):
    refused(stores(pair["access_token"]))
    refused(refresh(pair["refresh_token"]))
    return True


class TestAPair:
    def test_is_given_for_a_password(self, person):
        pair = sign_in(person).json()

        assert list(pair) == ["access_token", "refresh_token", "token_type", "expires_in"]
        assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 300)
        header = jwt.get_unverified_header(pair["access_token"])
        assert header["alg"] == "RS256"
        claims = jwt.decode(pair["access_token"], options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == 300
        assert claims["sub"] == str(person.pk)
        assert set(claims) == {"iat", "exp", "sid", "jti", "token_use", "sub"}

    def test_is_kept_by_no_cache_and_sets_no_cookie(self, person):
        answer = sign_in(person)

        assert "no-store" in answer["Cache-Control"]
        assert not answer.cookies

    def test_does_not_tell_the_session(self, person):
        answer = sign_in(person)

        key = Session.objects.get().session_key
        assert key not in answer.content.decode()
        claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
        assert key not in str(claims)

    def test_sees_what_the_person_sees(self, person):
        answer = stores(sign_in(person).json()["access_token"])

        assert [row["code"] for row in answer.json()["results"]] == ["MINE"]

    def test_may_what_the_role_may(self, store):
        cashier = chain.person(Role.CASHIER, stores=[store])
        cashier.set_password(PASSWORD)
        cashier.save()

        refused(stores(sign_in(cashier).json()["access_token"]), "permission-denied", 403)

    def test_is_in_the_list_of_sessions(self, person):
        sign_in(person)

        assert UserSession.objects.get().user == person

    def test_is_renewed_once(self, person):
        first = sign_in(person).json()
        second = refresh(first["refresh_token"]).json()

        assert stores(second["access_token"]).status_code == 200
        assert second["refresh_token"] != first["refresh_token"]
        assert RefreshToken.objects.filter(used_at=None).count() == 1


class TestASecondUse:
    def test_of_a_refresh_token_kills_the_family(self, person):
        first = sign_in(person).json()
        second = refresh(first["refresh_token"]).json()

        refused(refresh(first["refresh_token"]))

        assert dead(second)
        assert dead(first)
        assert not RefreshToken.objects.exists()
        assert not UserSession.objects.exists()

    def test_long_after_kills_the_family_too(self, person):
        first = sign_in(person).json()
        latest = first
        for _time in range(3):
            latest = refresh(latest["refresh_token"]).json()

        refused(refresh(first["refresh_token"]))

        assert dead(latest)

    def test_leaves_other_sessions_alone(self, person):
        mine, other = sign_in(person).json(), sign_in(person).json()
        refresh(mine["refresh_token"])
        refresh(mine["refresh_token"])

        assert stores(other["access_token"]).status_code == 200
        assert refresh(other["refresh_token"]).status_code == 200

    @pytest.mark.django_db(transaction=True)
    def test_at_the_same_moment_lets_one_through(self, person):
        token = sign_in(person).json()["refresh_token"]

        def use(_number):
            try:
                return RotatingTokens().refresh_token(token)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(use, range(4)))

        given = [pair for pair in made if pair]
        assert len(given) <= 1
        for access_token, refresh_token in given:
            assert dead({"access_token": access_token, "refresh_token": refresh_token})


class TestTheEnd:
    @pytest.fixture
    def pair(self, person):
        pair = sign_in(person).json()
        assert stores(pair["access_token"]).status_code == 200
        return pair

    def test_comes_with_logging_out(self, pair):
        answer = post("logout", authorization=f"Bearer {pair['access_token']}")

        assert (answer.status_code, answer.content) == (204, b"")
        assert dead(pair)

    def test_comes_when_she_is_disabled(self, pair, person):
        User.objects.filter(pk=person.pk).update(is_active=False)

        assert dead(pair)

    def test_comes_with_a_new_password(self, pair, person):
        person.set_password("another long secret")
        person.save()

        assert dead(pair)

    def test_comes_when_a_director_ends_her_sessions(self, pair, person):
        sessions.end_all(user=person, by=chain.person(Role.DIRECTOR))

        assert dead(pair)

    def test_comes_when_the_session_ends(self, pair, person):
        assert sessions.end_one(user=person, session_id=UserSession.objects.get().pk)

        assert dead(pair)

    def test_comes_when_her_role_needs_a_second_factor(self, pair, person, settings):
        settings.EPM_MFA_REQUIRED = frozenset({"manager"})

        assert dead(pair)

    def test_comes_after_five_minutes_and_twelve_hours(self, pair, time_machine):
        time_machine.shift(timedelta(seconds=301))
        refused(stores(pair["access_token"]))
        assert refresh(pair["refresh_token"]).status_code == 200

    def test_is_final_after_twelve_hours_however_often_renewed(self, pair, time_machine):
        for _hours in range(2):
            time_machine.shift(timedelta(hours=5))
            pair = refresh(pair["refresh_token"]).json()
        time_machine.shift(timedelta(hours=2, seconds=1))
        cache.clear()  # where a session stays no longer than five minutes of real time

        assert dead(pair)


class TestWhatIsNoToken:
    @pytest.fixture
    def claims(self, person):
        pair = sign_in(person).json()
        return pair, jwt.decode(pair["access_token"], options={"verify_signature": False})

    def test_is_refused(self, claims):
        pair, said = claims
        public = internal._get_jwt_config().verifying_key.public_numbers()
        head, body, signature = pair["access_token"].split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
        forged = [
            "",
            "garbage",
            "a.b.c",
            f"{none}.{body}.",
            f"{head}.{body}.",
            f"{head}.{body}.{signature[::-1]}",
            jwt.encode(said, str(public.n), algorithm="HS256"),
            jwt.encode(said, django_settings.SECRET_KEY, algorithm="HS256"),
            jwt.encode(said, "x" * 40, algorithm="HS256", headers={"kid": "../../etc/passwd"}),
            pair["refresh_token"],
            internal.create_token("access", sub=said["sub"], sid="AAAA", expires_in=300)[0],
            internal.create_token("access", sub="0", sid=said["sid"], expires_in=300)[0],
            internal.create_token("access", sub=said["sub"], sid=said["sid"], expires_in=-1)[0],
            internal.create_token("id", sub=said["sub"], sid=said["sid"], expires_in=300)[0],
        ]

        for token in forged:
            refused(stores(token))
        assert stores(pair["access_token"]).status_code == 200

    def test_nor_does_a_session_fill_in(self, claims, person):
        client = chain.signed_in(person)

        answer = client.get("/api/v1/stores", headers={"authorization": "Bearer garbage"})

        refused(answer)

    def test_an_access_token_renews_nothing(self, claims):
        refused(refresh(claims[0]["access_token"]))

    def test_another_scheme_is_not_ours(self, person):
        basic = base64.b64encode(f"{person.username}:{PASSWORD}".encode()).decode()

        answer = Client().get("/api/v1/stores", headers={"authorization": f"Basic {basic}"})

        assert refused(answer, "not-authenticated")


class TestSigningIn:
    def test_says_the_same_of_a_stranger_and_a_wrong_password(self, person):
        wrong = refused(sign_in(person, "wrong"))
        stranger = refused(post("login", {"username": "nobody", "password": PASSWORD}))

        assert wrong == stranger
        assert not Session.objects.exists()

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": ""}])
    def test_is_not_for_who_may_not_come(self, person, change):
        User.objects.filter(pk=person.pk).update(**change)

        refused(sign_in(person))

    def test_counts_with_the_page(self, person):
        for _time in range(5):
            refused(sign_in(person, "wrong"))
        for _time in range(5):
            Client().post("/accounts/login/", {"login": person.username, "password": "wrong"})

        answer = sign_in(person)

        refused(answer, "rate-limited", 429)
        assert answer["Retry-After"] == "900"

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ('{"username": "a"}', 422, "validation-error"),
            ('{"username": ["a"], "password": {}}', 422, "validation-error"),
            ('{"username": "a\\u0000", "password": "b"}', 400, "malformed-json"),
            ("[]", 422, "validation-error"),
            ("{", 400, "malformed-json"),
            ('"x"', 422, "validation-error"),
        ],
    )
    @pytest.mark.parametrize("path", ["login", "second-factor", "refresh"])
    def test_bad_bodies_are_problems(self, path, body, status, code):
        answer = Client().post(f"/api/auth/{path}", body, content_type="application/json")

        refused(answer, code, status)

    @pytest.mark.parametrize("path", ["login", "second-factor", "refresh"])
    def test_is_by_post_alone(self, path):
        refused(Client().get(f"/api/auth/{path}"), "method-not-allowed", 405)

    def test_logging_out_takes_a_token(self, person):
        assert post("logout").status_code == 401
        assert chain.signed_in(person).post("/api/auth/logout").status_code == 401


class TestASecondFactor:
    @pytest.fixture
    def guarded(self, person):
        TOTP.activate(person, SECRET)
        return person

    def code(self, steps=0):
        return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + steps))

    def half(self, user):
        body = refused(sign_in(user), "second-factor-needed")
        return body["session_token"], body["types"]

    def test_is_asked_for(self, guarded):
        token, types = self.half(guarded)
        assert types == ["totp"]

        answer = post("second-factor", {"code": self.code()}, X_Session_Token=token)

        assert stores(answer.json()["access_token"]).status_code == 200

    def test_half_a_sign_in_opens_nothing(self, guarded):
        token, _types = self.half(guarded)

        assert Client().get("/api/v1/stores", headers={"x-session-token": token}).status_code == 401
        client = Client()
        client.cookies["epm_session"] = token
        assert client.get("/api/v1/stores").status_code == 401
        refused(stores(token))
        assert not RefreshToken.objects.exists()

    def test_a_wrong_code_opens_nothing(self, guarded):
        token, _types = self.half(guarded)

        refused(post("second-factor", {"code": "000000"}, X_Session_Token=token))

        assert not RefreshToken.objects.exists()

    def test_a_code_is_used_once(self, guarded):
        code = self.code()
        first, _types = self.half(guarded)
        assert post("second-factor", {"code": code}, X_Session_Token=first).status_code == 200

        second, _types = self.half(guarded)
        refused(post("second-factor", {"code": code}, X_Session_Token=second))

    def test_codes_are_guessed_ten_times(self, guarded):
        token, _types = self.half(guarded)
        for _time in range(10):
            refused(post("second-factor", {"code": "000000"}, X_Session_Token=token))

        answer = post("second-factor", {"code": self.code()}, X_Session_Token=token)

        refused(answer, "rate-limited", 429)

    def test_a_recovery_code_stands_in_once(self, guarded):
        codes = RecoveryCodes.activate(guarded).generate_codes()
        first, types = self.half(guarded)
        assert types == ["recovery_codes", "totp"]
        assert post("second-factor", {"code": codes[0]}, X_Session_Token=first).status_code == 200

        second, _types = self.half(guarded)
        refused(post("second-factor", {"code": codes[0]}, X_Session_Token=second))
        assert post("second-factor", {"code": codes[1]}, X_Session_Token=second).status_code == 200

    @pytest.mark.parametrize("token", ["", "nonsense", "x" * 32])
    def test_takes_the_first_half(self, token):
        refused(post("second-factor", {"code": "123456"}, X_Session_Token=token))

    def test_has_to_be_there_where_the_role_needs_one(self, person, settings):
        settings.EPM_MFA_REQUIRED = frozenset({"manager"})

        refused(sign_in(person), "second-factor-required", 403)

        assert not RefreshToken.objects.exists()
        TOTP.activate(person, SECRET)
        token, _types = self.half(person)
        pair = post("second-factor", {"code": self.code()}, X_Session_Token=token).json()
        assert stores(pair["access_token"]).status_code == 200
        assert refresh(pair["refresh_token"]).status_code == 200


def test_a_token_costs_no_more_than_a_session(person):
    token, client = sign_in(person).json()["access_token"], chain.signed_in(person)
    stores(token)
    client.get("/api/v1/stores")

    with CaptureQueriesContext(connection) as by_token:
        stores(token)
    with CaptureQueriesContext(connection) as by_session:
        client.get("/api/v1/stores")

    assert len(by_token) <= len(by_session)


def test_expired_tokens_are_forgotten(person, time_machine):
    old = sign_in(person).json()
    time_machine.shift(timedelta(hours=13))
    fresh = sign_in(person).json()
    assert RefreshToken.objects.count() == 2

    refresh(fresh["refresh_token"])

    assert old
    assert RefreshToken.objects.filter(expires_at__lte=timezone.now()).count() == 0
    assert RefreshToken.objects.count() == 2

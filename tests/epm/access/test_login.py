"""Signing in with a name and a password; failures count by name and by address."""

from datetime import timedelta

import pytest
from allauth.core.internal import ratelimit
from allauth.mfa.totp.internal import auth as totp
from django.core import signing
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.urls import reverse

from epm.access import login_limits
from epm.access.counting import Counters, UsedCodes
from epm.access.models import Role, User
from epm.platform.content_security import OUR_OWN, policy
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"
WRONG = "do not belong together"
LOGIN = "/accounts/login/"


@pytest.fixture
def person(time_machine):
    time_machine.move_to(NOON, tick=False)
    return with_password(chain.person(Role.MANAGER, stores=[chain.store()]))


def with_password(user):
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(name, password=PASSWORD, *, client=None, address="192.0.2.1", to=""):
    client = client or Client()
    return client.post(
        LOGIN + (f"?next={to}" if to else ""),
        {"login": name, "password": password, **({"next": to} if to else {})},
        REMOTE_ADDR=address,
    )


def is_in(client):
    return "_auth_user_id" in client.session


def counters():
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, jsonb_array_length(value) FROM platform_kept ORDER BY key")
        return cursor.fetchall()


class TestTheDoor:
    def test_lets_in_who_knows_the_password(self, person):
        client = Client()

        answer = sign_in(person.username, client=client, to="/dashboards/?from=2025-03-01")

        assert (answer.status_code, answer["Location"]) == (302, "/dashboards/?from=2025-03-01")
        assert client.session["_auth_user_id"] == str(person.pk)
        assert client.cookies["epm_session"]["max-age"] == 12 * 3600

    def test_sends_nobody_to_another_site(self, person):
        assert sign_in(person.username, to="https://evil.example/")["Location"] == "/"
        assert sign_in(person.username, to="//evil.example/")["Location"] == "/"

    def test_is_the_only_one(self):
        assert Client().get("/admin/login/?next=/admin/")["Location"] == f"{LOGIN}?next=%2Fadmin%2F"
        assert Client().get("/admin/")["Location"] == "/admin/login/?next=/admin/"
        assert Client().get("/dashboards/")["Location"] == f"{LOGIN}?next=/dashboards/"
        assert Client().post("/admin/login/", {"username": "a", "password": "b"})["Location"] == (
            f"{LOGIN}?next=%2Fadmin%2Flogin%2F"
        )

    def test_does_not_let_through_who_may_not_see_the_administration(self, person):
        User.objects.filter(pk=person.pk).update(is_staff=False)
        client = Client()
        sign_in(person.username, client=client)

        assert client.get("/admin/login/").status_code == 403

    def test_closes_behind_whoever_logs_out(self, person):
        client = Client()
        sign_in(person.username, client=client)
        key = client.session.session_key

        assert client.post("/accounts/logout/")["Location"] == LOGIN

        assert not is_in(client)
        assert not client.session.exists(key)

    def test_gives_a_new_session_key(self, person):
        client = Client()
        client.get(LOGIN)
        session = client.session
        session["before"] = "1"
        session.save()
        client.cookies["epm_session"] = session.session_key

        sign_in(person.username, client=client)

        assert client.session.session_key != session.session_key
        assert not client.session.exists(session.session_key)


class TestWhoIsNotLetIn:
    """The same page with the same words, whatever is wrong."""

    @pytest.fixture
    def page(self, person):
        def body(name, password):
            answer = sign_in(name, password)
            assert answer.status_code == 200
            text = answer.content.decode()
            assert WRONG in text
            return text.replace(name, "NAME").replace(csrf_of(text), "")

        return body

    def test_a_stranger_looks_like_a_wrong_password(self, page, person):
        assert page("nobody-knows-her", PASSWORD) == page(person.username, "wrong password")

    @pytest.mark.parametrize("change", [{"is_active": False}, {"role": ""}])
    def test_nor_whoever_may_not_come(self, page, person, change):
        wrong = page(person.username, "wrong password")
        User.objects.filter(pk=person.pk).update(**change)

        assert page(person.username, PASSWORD) == wrong

    def test_a_stranger_costs_one_hash_like_everybody(self, person, mocker_of_hash):
        sign_in("nobody-knows-her")
        stranger = mocker_of_hash()
        sign_in(person.username, "wrong password")

        assert stranger == mocker_of_hash() == 1

    @pytest.mark.parametrize("name", ["\0", "a\0b", "x" * 5000, "İ" * 150, " ", "💥"])
    def test_nothing_typed_is_an_error_of_ours(self, name):
        assert sign_in(name, "\0").status_code == 200


@pytest.fixture
def mocker_of_hash(monkeypatch):
    """How many passwords were hashed since it was last asked."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    made = []
    real = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher,
        "encode",
        lambda self, password, salt: made.append(1) or real(self, password, salt),
    )

    def since():
        count = len(made)
        made.clear()
        return count

    return since


def csrf_of(text):
    return text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


class TestLockout:
    def test_a_name_has_ten_failures_at_an_address_in_a_quarter_of_an_hour(
        self, person, time_machine
    ):
        answers = [sign_in(person.username, "wrong").status_code for _time in range(11)]

        assert answers == [200] * 10 + [429]
        locked = sign_in(person.username)
        assert (locked.status_code, locked["Retry-After"]) == (429, "900")
        assert "Too many tries" in locked.content.decode()
        assert sign_in(person.username, address="198.51.100.1").status_code == 302

        time_machine.move_to(NOON + timedelta(minutes=15, seconds=1), tick=False)
        assert sign_in(person.username).status_code == 302

    def test_a_name_has_fifty_everywhere(self, person):
        answers = [
            sign_in(person.username, "wrong", address=f"192.0.2.{number}").status_code
            for number in range(1, 52)
        ]

        assert answers == [200] * 50 + [429]
        assert sign_in(person.username, address="198.51.100.1").status_code == 429

    def test_a_stores_people_are_not_kept_out_by_one_of_them(self, person):
        """The store's network is one address: whoever sits in it fails for himself."""
        answers = [sign_in("nobody", "wrong").status_code for _time in range(200)]

        assert answers == [200] * 10 + [429] * 190
        assert sign_in(person.username).status_code == 302

    def test_an_address_has_a_hundred_whatever_the_names(self, person):
        answers = [sign_in(f"nobody{number}", "wrong").status_code for number in range(101)]

        assert answers == [200] * 100 + [429]
        assert sign_in(person.username).status_code == 429
        assert sign_in(person.username, address="192.0.2.2").status_code == 302

    def test_who_is_refused_for_the_address_has_failed_nowhere(self, person):
        for number in range(100):
            sign_in(f"nobody{number}", "wrong")
        before = counters()

        assert sign_in(person.username).status_code == 429

        assert [one for one in counters() if one[1]] == [one for one in before if one[1]]

    def test_an_ipv6_network_is_one_address(self):
        for number in range(100):
            sign_in(f"nobody{number}", "wrong", address=f"2001:db8::{number + 1:x}")

        assert sign_in("nobody", "wrong", address="2001:db8::ffff:1").status_code == 429
        assert sign_in("nobody", "wrong", address="2001:db8:0:1::1").status_code == 200

    def test_a_stranger_is_locked_out_like_anybody(self, person):
        answers = [sign_in("nobody", "wrong").status_code for _time in range(11)]

        assert answers == [200] * 10 + [429]

    def test_the_name_counts_in_any_case_and_under_any_host(self, person):
        for number in range(10):
            name = person.username.upper() if number % 2 else f" {person.username} "
            Client().post(
                LOGIN,
                {"login": name, "password": "wrong"},
                headers={"host": ["localhost", "127.0.0.1"][number % 2]},
            )

        assert sign_in(person.username, address="127.0.0.1").status_code == 429

    def test_success_costs_nothing_and_forgives_nothing(self, person, time_machine):
        time_machine.move_to(NOON, tick=True)  # a try is taken back by its moment
        for _time in range(9):
            sign_in(person.username, "wrong")
        for _time in range(5):
            assert sign_in(person.username).status_code == 302
        assert sorted(count for _key, count in counters() if "epm.access" in _key) == [9, 9, 9]

        assert sign_in(person.username, "wrong").status_code == 200
        assert sign_in(person.username).status_code == 429

    def test_an_address_cannot_be_made_up(self, person, settings):
        for number in range(101):
            Client().post(
                LOGIN,
                {"login": f"nobody{number}", "password": "wrong"},
                headers={"x-forwarded-for": f"203.0.113.{number}"},
            )

        assert (
            Client()
            .post(
                LOGIN,
                {"login": person.username, "password": PASSWORD},
                headers={"x-forwarded-for": "203.0.113.99"},
            )
            .status_code
            == 429
        )

    def test_behind_a_proxy_the_last_address_counts(self, person, settings):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
        for number in range(101):
            Client().post(
                LOGIN,
                {"login": f"nobody{number}", "password": "wrong"},
                headers={"x-forwarded-for": f"203.0.113.{number}, 198.51.100.7"},
            )

        def status(forwarded):
            data = {"login": person.username, "password": PASSWORD}
            return Client().post(LOGIN, data, headers={"x-forwarded-for": forwarded}).status_code

        assert status("203.0.113.99, 198.51.100.7") == 429
        assert status("203.0.113.99, 198.51.100.8") == 302

    @pytest.mark.parametrize("forwarded", ["", "garbage", "1.2.3.4.5, ,", "10.0.0.1"])
    def test_a_strange_header_is_no_error(self, person, settings, forwarded):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2

        answer = Client().post(
            LOGIN,
            {"login": person.username, "password": PASSWORD},
            headers={"x-forwarded-for": forwarded},
        )

        assert answer.status_code == 302


class TestAKnownBrowser:
    """She has signed in there before; a signed cookie says so."""

    @pytest.fixture
    def browser(self, person):
        client = Client()
        assert sign_in(person.username, client=client).status_code == 302
        client.post("/accounts/logout/")
        return client

    def test_is_not_locked_out_by_what_others_do(self, person, browser):
        for number in range(110):
            sign_in(f"nobody{number}", "wrong")
        for number in range(60):
            sign_in(person.username, "wrong", address=f"198.51.100.{number}")
        assert sign_in(person.username, address="203.0.113.1").status_code == 429

        assert sign_in(person.username.upper(), "wrong", client=browser).status_code == 200
        assert sign_in(person.username, client=browser).status_code == 302

    def test_has_ten_failures_of_its_own(self, person, browser):
        answers = [sign_in(person.username, "wrong", client=browser) for _time in range(11)]

        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert sign_in(person.username, client=browser).status_code == 429
        assert sign_in(person.username).status_code == 302

    def test_is_known_for_her_alone(self, person, browser):
        for number in range(100):
            sign_in(f"nobody{number}", "wrong")

        assert sign_in("somebody", client=browser).status_code == 429

    def test_may_be_shared_by_a_store(self, person, browser):
        other = with_password(chain.person(Role.CASHIER, stores=[chain.store()]))
        sign_in(other.username, client=browser)
        browser.post("/accounts/logout/")
        for number in range(100):
            sign_in(f"nobody{number}", "wrong")

        assert sign_in(person.username, client=browser).status_code == 302

    def test_is_forgotten_after_ninety_days(self, person, browser, time_machine):
        time_machine.move_to(NOON + timedelta(days=90, seconds=1), tick=False)
        for number in range(100):
            sign_in(f"nobody{number}", "wrong")

        assert sign_in(person.username, client=browser).status_code == 429

    @pytest.mark.parametrize("said", ["", "x", "a:b:c", "\0", "é" * 5000])
    def test_is_not_made_up(self, person, said):
        for number in range(100):
            sign_in(f"nobody{number}", "wrong")
        client = Client()
        client.cookies["epm_known"] = said

        assert sign_in(person.username, client=client).status_code == 429

    def test_says_nobodys_name(self, person, browser):
        cookie = browser.cookies["epm_known"]

        assert person.username not in str(signing.loads(cookie.value, salt=login_limits.SALT))
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (
            True,
            "Lax",
            90 * 86_400,
        )

    def test_keeps_its_cookie_to_https_where_there_is_https(self, person, settings):
        settings.SESSION_COOKIE_SECURE = True

        answer = sign_in(person.username)

        assert answer.cookies["__Host-epm_known"]["secure"]


class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def _no_redis(self, settings):
        settings.CACHES = settings.CACHES | {
            "default": {
                "BACKEND": "django_redis.cache.RedisCache",
                "LOCATION": "redis://127.0.0.1:1/0",
            },
        }

    def test_people_sign_in(self, person):
        client = Client()

        assert sign_in(person.username, client=client).status_code == 302
        assert is_in(client)

    def test_the_limits_hold(self, person):
        answers = [sign_in(person.username, "wrong").status_code for _time in range(11)]

        assert answers == [200] * 10 + [429]


def test_allauth_counts_where_it_was_told_to():
    assert isinstance(ratelimit.cache, Counters)
    assert isinstance(totp.cache, UsedCodes)


class TestWhatIsKept:
    @pytest.fixture
    def kept(self, time_machine):
        time_machine.move_to(NOON, tick=False)
        return caches["kept"]

    def test_is_added_once_until_it_expires(self, kept, time_machine):
        assert [kept.add("k", 1, 60), kept.add("k", 2, 60), kept.get("k")] == [True, False, 1]

        time_machine.move_to(NOON + timedelta(seconds=60), tick=False)

        assert [kept.get("k", "gone"), kept.add("k", 3, 60), kept.get("k")] == ["gone", True, 3]

    def test_is_set_and_deleted(self, kept):
        kept.set("k", [1.5, 2], 60)
        kept.set("k", [3], 60)

        assert kept.get("k") == [3]
        assert [kept.delete("k"), kept.delete("k"), kept.get("k")] == [True, False, None]

    def test_is_swept_when_it_has_expired(self, kept, time_machine):
        for number in range(3):
            kept.set(f"old{number}", 1, 60)
        time_machine.move_to(NOON + timedelta(minutes=2), tick=False)

        kept.set("new", 1, 60)

        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM platform_kept")
            assert cursor.fetchall() == [(":1:new",)]


class TestWhatIsClosed:
    @pytest.mark.parametrize(
        "path",
        [
            "signup/",
            "email/",
            "confirm-email/",
            "password/reset/",
            "password/set/",
            "inactive/",
            "login/code/",
            "social/signup/",
            "3rdparty/",
            "2fa/trust/",
        ],
    )
    def test_is_absent(self, path):
        assert Client().get(f"/accounts/{path}").status_code == 404
        assert Client().post(f"/accounts/{path}", {"username": "x"}).status_code == 404
        assert not User.objects.exists()


class TestThePassword:
    @pytest.fixture
    def client(self, person):
        client = Client()
        sign_in(person.username, client=client)
        return client

    def change(self, client, old, new):
        data = {"oldpassword": old, "password1": new, "password2": new}
        return client.post("/accounts/password/change/", data)

    @pytest.mark.parametrize(
        ("new", "said"),
        [
            ("too short 1", "too short"),
            ("123456789012345", "entirely numeric"),
            ("password12345", "too common"),
        ],
    )
    def test_is_refused_when_weak(self, client, person, new, said):
        answer = self.change(client, PASSWORD, new)

        assert said in answer.content.decode()
        person.refresh_from_db()
        assert person.check_password(PASSWORD)

    def test_is_refused_when_like_the_name(self, client, person):
        User.objects.filter(pk=person.pk).update(last_name="Vandenberghe")

        assert "similar" in self.change(client, PASSWORD, "vandenberghe1").content.decode()

    def test_takes_the_old_one(self, client, person):
        assert self.change(client, "wrong", "another long secret").status_code == 200
        person.refresh_from_db()
        assert person.check_password(PASSWORD)

    def test_when_changed_ends_the_other_sessions(self, client, person):
        other = Client()
        sign_in(person.username, client=other)

        assert self.change(client, PASSWORD, "another long secret").status_code == 302

        assert client.get("/accounts/sessions/").status_code == 200
        assert other.get("/accounts/sessions/").status_code == 302

    def test_has_one_page(self, client):
        assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"

    def test_is_hashed_with_argon2(self, settings):
        from epm.settings import people

        assert people.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")


@pytest.mark.parametrize("name", ["account_login", "account_logout", "account_change_password"])
def test_pages_are_held_to_their_own_files(person, name):
    client = Client()
    if name != "account_login":
        client = chain.signed_in(person)

    answer = client.get(reverse(name))

    text = answer.content.decode()
    assert answer.headers["Content-Security-Policy"] == policy(OUR_OWN)
    assert " style=" not in text
    assert "demo" not in text.lower().replace("epm retail", "")

"""TOTP, recovery codes and who needs them, at the pages people use."""

import json
import re
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from epm.access import secrets_at_rest
from epm.access.models import Role
from epm.platform.content_security import OUR_OWN, policy
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ASK = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON)


@pytest.fixture
def director():
    user = chain.person(Role.DIRECTOR, whole_chain=True)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def needed(settings):
    settings.EPM_MFA_REQUIRED = frozenset({"director"})


def code_of(secret=SECRET, steps=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(user, client=None, to=""):
    client = client or Client()
    data = {"login": user.username, "password": PASSWORD, **({"next": to} if to else {})}
    return client, client.post("/accounts/login/", data)


def sign_in_with_code(user):
    user.set_password(PASSWORD)
    user.save()
    client, _answer = sign_in(user)
    return client, client.post(ASK, {"code": code_of()})


def is_in(client):
    return "_auth_user_id" in client.session


def prove_it(client):
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302


def set_up(client):
    """As a person does: scan, type the code. Gives the secret."""
    prove_it(client)
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'class="secret">(\w+)<', page)[1]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    return secret


class TestAnApp:
    def test_is_set_up_with_a_code_of_its_own(self, director):
        client, _answer = sign_in(director)

        secret = set_up(client)

        kept = Authenticator.objects.get(user=director, type="totp")
        assert secret not in json.dumps(kept.data)
        assert secrets_at_rest.unseal(kept.data["secret"]) == secret

    def test_is_not_set_up_with_a_wrong_code(self, director):
        client, _answer = sign_in(director)
        prove_it(client)
        client.get("/accounts/2fa/totp/activate/")

        answer = client.post("/accounts/2fa/totp/activate/", {"code": "000000"})

        assert "Incorrect code" in answer.content.decode()
        assert not Authenticator.objects.exists()

    def test_is_not_set_up_without_the_password_again(self, director):
        client, _answer = sign_in(director)

        answer = client.get("/accounts/2fa/totp/activate/")

        assert answer["Location"].startswith("/accounts/reauthenticate/")

    def test_is_asked_after_the_password(self, director):
        TOTP.activate(director, SECRET)

        client, answer = sign_in(director, to="/dashboards/")

        assert answer["Location"] == ASK
        assert not is_in(client)
        assert client.get("/dashboards/")["Location"].startswith("/accounts/login/")
        assert client.get("/admin/")["Location"].startswith("/admin/login/")
        assert client.get("/api/v1/stores").status_code == 401
        assert client.post(ASK, {"code": code_of()})["Location"] == "/dashboards/"
        assert is_in(client)

    @pytest.mark.parametrize("wrong", ["000000", "", "abc", "\0", "1" * 500, "٠٠٠٠٠٠"])
    def test_takes_no_wrong_code(self, director, wrong):
        TOTP.activate(director, SECRET)
        client, _answer = sign_in(director)

        assert client.post(ASK, {"code": wrong}).status_code == 200
        assert not is_in(client)

    @pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (1, True), (2, False)])
    def test_forgives_a_clock_half_a_minute(self, director, steps, good):
        TOTP.activate(director, SECRET)
        client, _answer = sign_in(director)

        client.post(ASK, {"code": code_of(steps=steps)})

        assert is_in(client) is good

    def test_takes_a_code_once_as_long_as_it_is_good(self, director, time_machine):
        TOTP.activate(director, SECRET)
        code = code_of(steps=1)
        first, _answer = sign_in(director)
        first.post(ASK, {"code": code})
        assert is_in(first)

        time_machine.shift(50)
        assert code in {code_of(steps=steps) for steps in (-1, 0, 1)}
        second, _answer = sign_in(director)
        second.post(ASK, {"code": code})

        assert not is_in(second)

    def test_can_be_guessed_ten_times(self, director):
        TOTP.activate(director, SECRET)
        client, _answer = sign_in(director)
        for _time in range(10):
            assert "Incorrect code" in client.post(ASK, {"code": "000000"}).content.decode()

        answer = client.post(ASK, {"code": code_of()})

        assert "Too many failed" in answer.content.decode()
        assert not is_in(client)

    def test_forgives_the_address_nothing(self, director):
        TOTP.activate(director, SECRET)
        for number in range(99):
            data = {"login": f"nobody{number}", "password": "wrong"}
            assert Client().post("/accounts/login/", data).status_code == 200

        for steps in (-1, 0, 1):  # each is a right code, and takes back its own try only
            client, _answer = sign_in(director)
            client.post(ASK, {"code": code_of(steps=steps)})
            assert is_in(client)

        wrong = {"login": "nobody", "password": "wrong"}
        assert Client().post("/accounts/login/", wrong).status_code == 200
        assert Client().post("/accounts/login/", wrong).status_code == 429

    def test_trusts_no_browser(self, director):
        TOTP.activate(director, SECRET)
        client, _answer = sign_in(director)
        client.post(ASK, {"code": code_of()})
        client.post("/accounts/logout/")

        assert sign_in(director, client)[1]["Location"] == ASK

    def test_whose_secret_cannot_be_read_lets_nobody_in(self, director, settings):
        TOTP.activate(director, SECRET)
        settings.SECRET_KEY = "x" * 40
        client, _answer = sign_in(director)

        answer = client.post(ASK, {"code": code_of()})

        assert "cannot be read" in answer.content.decode()
        assert not is_in(client)

    def test_can_be_removed_again(self, director):
        client, _answer = sign_in(director)
        set_up(client)

        client.post("/accounts/2fa/totp/deactivate/")

        assert not Authenticator.objects.exists()


class TestRecoveryCodes:
    @pytest.fixture
    def codes(self, director):
        TOTP.activate(director, SECRET)
        return RecoveryCodes.activate(director).generate_codes()

    def test_are_shown_once(self, director):
        client, _answer = sign_in(director)
        set_up(client)
        codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).generate_codes()

        first = client.get("/accounts/2fa/recovery-codes/").content.decode()
        second = client.get("/accounts/2fa/recovery-codes/").content.decode()

        assert len(codes) == 10
        assert all(len(code) == 10 and code in first for code in codes)
        assert not any(code in second for code in codes)

    def test_work_once_each(self, director, codes):
        for code, good in [(codes[0], True), (codes[0], False), (codes[1], True)]:
            client, _answer = sign_in(director)
            client.post(ASK, {"code": code})

            assert is_in(client) is good

    def test_of_before_do_not_work_after_new_ones(self, director, codes):
        client, _answer = sign_in(director)
        client.post(ASK, {"code": code_of()})
        prove_it(client)
        assert client.post("/accounts/2fa/recovery-codes/generate/").status_code == 302
        other, _answer = sign_in(director)

        other.post(ASK, {"code": codes[0]})

        assert not is_in(other)

    def test_of_somebody_else_do_not_work(self, director, codes):
        other = chain.person(Role.REGIONAL)
        other.set_password(PASSWORD)
        other.save()
        TOTP.activate(other, SECRET[::-1])
        client, _answer = sign_in(other)

        client.post(ASK, {"code": codes[0]})

        assert not is_in(client)


@pytest.mark.usefixtures("needed")
class TestARoleThatNeedsOne:
    @pytest.mark.parametrize(
        "path", ["/dashboards/", "/admin/", "/", "/nowhere", "/admin/access/user/"]
    )
    def test_sees_no_page_before(self, director, path):
        client, _answer = sign_in(director)

        assert client.get(path)["Location"] == "/accounts/2fa/"

    def test_does_nothing_before(self, director):
        client, _answer = sign_in(director)

        assert (
            client.post("/admin/access/user/add/", {"username": "x"})["Location"]
            == "/accounts/2fa/"
        )
        assert client.post("/api/auth/logout").status_code == 403

    @pytest.mark.parametrize("path", ["/api/v1/stores", "/api/central", "/api/nowhere"])
    def test_is_refused_by_the_api_before(self, director, path):
        answer = sign_in(director)[0].get(path)

        assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-required")

    def test_goes_on_once_she_has_one(self, director):
        client, _answer = sign_in(director)
        set_up(client)

        assert client.get("/dashboards/").status_code == 200
        assert client.get("/api/v1/stores").status_code == 200
        again, _answer = sign_in(director)
        assert again.get("/dashboards/")["Location"].startswith("/accounts/login/")

    def test_who_was_in_before_shows_it_now(self, director):
        client = chain.signed_in(director)
        TOTP.activate(director, SECRET)

        sent = client.get("/dashboards/?from=2025-03-01")["Location"]

        assert sent == "/accounts/2fa/reauthenticate/?next=%2Fdashboards%2F%3Ffrom%3D2025-03-01"
        done = client.post(sent, {"code": code_of(), "next": "/dashboards/"})
        assert done["Location"] == "/dashboards/"
        assert client.get("/dashboards/").status_code == 200

    def test_cannot_remove_the_last(self, director):
        client, _answer = sign_in(director)
        set_up(client)

        answer = client.post("/accounts/2fa/totp/deactivate/")

        assert "add another first" in answer.content.decode()
        assert Authenticator.objects.filter(type="totp").exists()

    def test_can_log_out_and_change_the_language(self, director):
        client, _answer = sign_in(director)

        assert client.post("/i18n/setlang/", {"language": "fr"}).status_code == 302
        assert client.get("/accounts/password/change/").status_code == 200
        assert client.post("/accounts/logout/").status_code == 302
        assert not is_in(client)

    @pytest.mark.parametrize("path", ["", "totp/activate/", "webauthn/add/"])
    def test_sets_none_up_by_password_alone_after_three_days(self, director, time_machine, path):
        time_machine.shift(timedelta(hours=72))
        client, _answer = sign_in(director)
        prove_it(client)

        answers = [client.get(f"/accounts/2fa/{path}"), client.post(f"/accounts/2fa/{path}")]

        assert [answer.status_code for answer in answers] == [403, 403]
        assert "Ask a director first" in answers[0].content.decode()
        assert not Authenticator.objects.exists()

    def test_sets_one_up_within_three_days(self, director, time_machine):
        time_machine.shift(timedelta(hours=71, minutes=59))
        client, _answer = sign_in(director)

        set_up(client)

        assert client.get("/dashboards/").status_code == 200

    def test_who_has_one_shows_it_before_she_adds_another(self, director):
        client = chain.signed_in(director)
        TOTP.activate(director, SECRET)
        prove_it(client)

        answer = client.get("/accounts/2fa/webauthn/add/")

        assert answer["Location"].startswith("/accounts/2fa/reauthenticate/")

    def test_a_director_allows_it_anew(self, director, time_machine):
        admin = chain.person(Role.DIRECTOR, whole_chain=True)
        TOTP.activate(admin, SECRET)
        time_machine.shift(timedelta(days=4))
        chief, _answer = sign_in_with_code(admin)
        person = f"/admin/access/user/{director.pk}"
        assert ">none<" in chief.get(f"{person}/change/").content.decode()

        assert chief.get(f"{person}/allow-second-factor/").status_code == 200
        assert chief.post(f"{person}/allow-second-factor/").status_code == 302

        assert "may be set up until" in chief.get(f"{person}/change/").content.decode()
        client, _answer = sign_in(director)
        set_up(client)
        assert client.get("/dashboards/").status_code == 200
        assert ">set up<" in chief.get(f"{person}/change/").content.decode()

    @pytest.mark.parametrize("arguments", [["{name}"], ["--role", "director"]])
    def test_so_does_a_command_where_no_director_can(self, director, time_machine, arguments):
        time_machine.shift(timedelta(days=4))
        client, _answer = sign_in(director)
        assert client.get("/accounts/2fa/").status_code == 403

        call_command("allow_second_factor", *[a.format(name=director.username) for a in arguments])

        assert client.get("/accounts/2fa/").status_code == 200

    @pytest.mark.parametrize("arguments", [[], ["nobody"], ["x", "--role", "director"]])
    def test_the_command_refuses_what_it_does_not_know(self, director, arguments):
        with pytest.raises(CommandError):
            call_command("allow_second_factor", *arguments)

    def test_does_not_bother_the_others(self, director):
        manager = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))

        assert manager.get("/dashboards/").status_code == 200
        assert chain.api_client().get("/api/v1/stores").status_code == 200

    def test_costs_no_query(self, director, settings):
        client, _answer = sign_in(director)
        set_up(client)
        client.get("/api/v1/stores")

        with CaptureQueriesContext(connection) as with_it:
            client.get("/api/v1/stores")
        settings.EPM_MFA_REQUIRED = frozenset()
        with CaptureQueriesContext(connection) as without:
            client.get("/api/v1/stores")

        assert len(with_it) == len(without)


def test_nobody_needs_one_by_default(director, settings):
    assert frozenset() == settings.EPM_MFA_REQUIRED
    assert sign_in(director)[0].get("/dashboards/").status_code == 200


class TestSecretsAtRest:
    def test_are_read_with_an_older_key(self, settings):
        settings.EPM_MFA_KEYS = ["a" * 40]
        sealed = secrets_at_rest.seal("told")

        settings.EPM_MFA_KEYS = ["b" * 40, "a" * 40]
        assert secrets_at_rest.unseal(sealed) == "told"

        settings.EPM_MFA_KEYS = ["b" * 40]
        with pytest.raises(secrets_at_rest.Unreadable):
            secrets_at_rest.unseal(sealed)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "totp/activate/",
        "totp/deactivate/",
        "recovery-codes/",
        "recovery-codes/generate/",
        "webauthn/",
        "webauthn/add/",
        "reauthenticate/",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_hold_no_script_and_no_style(director, path, language):
    client, _answer = sign_in(director)
    prove_it(client)
    if path not in {"totp/activate/", ""}:
        set_up(client)
    client.cookies["django_language"] = language

    answer = client.get(f"/accounts/2fa/{path}")

    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == policy(OUR_OWN)
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
    assert [s for s in scripts if s[1].strip() and "application/json" not in s[0]] == []
    assert re.findall(r"\son\w+=| style=", text) == []

"""Whatever a person changes is put down to her, and to the door she came by."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP

from epm.access.models import Role
from epm.platform import actor
from epm.platform.models import Change
from tests.epm.access.test_second_factor import SECRET, prove_it, set_up, sign_in
from tests.factories import chain
from tests.factories.chain import NOON

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "a long enough secret"


def person(role=Role.MANAGER, **places):
    user = chain.person(role, **places)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def marie(db, time_machine):
    time_machine.move_to(NOON)
    return person()


def noted(since):
    """What was noted after that many changes: what, which, by whom, through which door."""
    rows = Change.objects.order_by("pk")[since:]
    return [(row.subject, row.verb, row.actor, row.door) for row in rows]


class TestOnesOwnAccount:
    def test_a_new_password(self, marie):
        client, _answer = sign_in(marie)
        since = Change.objects.count()
        new = "another long secret"

        client.post(
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": new, "password2": new},
        )

        assert ("access_user", "changed", marie.username, "account") in noted(since)
        assert {row[2:] for row in noted(since)} == {(marie.username, "account")}
        kept = Change.objects.filter(subject="access_user").latest("pk")
        assert kept.after == {"password": "***"}

    def test_a_second_factor_that_comes_and_goes(self, marie):
        client, _answer = sign_in(marie)
        since = Change.objects.count()

        set_up(client)
        prove_it(client)
        client.post("/accounts/2fa/totp/deactivate/")

        assert not Authenticator.objects.filter(type="totp").exists()
        factors = [row for row in noted(since) if row[0] == "mfa_authenticator"]
        assert {row[1] for row in factors} == {"created", "deleted"}
        assert {row[2:] for row in noted(since)} == {(marie.username, "account")}
        assert "data" not in Change.objects.filter(verb="deleted").latest("pk").before

    @pytest.mark.parametrize("which", ["one", "all"])
    def test_sessions_ended(self, marie, which):
        client, _answer = sign_in(marie)
        sign_in(marie)
        other = marie.usersession_set.earliest("pk")
        if other.session_key == client.session.session_key:
            other = marie.usersession_set.latest("pk")
        since = Change.objects.count()

        client.post("/accounts/sessions/", {"session": other.pk} if which == "one" else {})

        ended = ("usersessions_usersession", "deleted", marie.username, "account")
        assert [row for row in noted(since) if row[0] == ended[0]] == [ended]
        assert {row[2:] for row in noted(since)} == {(marie.username, "account")}
        before = Change.objects.filter(subject=ended[0]).latest("pk").before
        assert before.keys() == {"id", "user_id", "created_at"}

    def test_signing_in_and_out_is_no_change(self, marie):
        since = Change.objects.count()

        client, _answer = sign_in(marie)
        client.post("/accounts/logout/")

        assert noted(since) == []

    def test_is_told_on_her_page(self, marie):
        client, _answer = sign_in(marie)
        set_up(client)
        director = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        text = director.get(f"/admin/access/user/{marie.pk}/history/").content.decode()

        assert "Own account" in text
        assert "TOTP Authenticator" in text
        assert SECRET not in text


class TestADirectorAboutAnother:
    @pytest.fixture
    def director(self, marie):
        return chain.person(Role.DIRECTOR, whole_chain=True)

    @pytest.mark.parametrize("act", ["end-sessions", "remove-second-factor", "password"])
    def test_is_put_down_to_the_director(self, marie, director, act):
        TOTP.activate(marie, SECRET)
        new = "another long secret"
        since = Change.objects.count()

        answer = chain.signed_in(director).post(
            f"/admin/access/user/{marie.pk}/{act}/",
            {"password1": new, "password2": new, "usable_password": "true"},
        )

        assert answer.status_code == 302
        assert noted(since)
        assert {row[2:] for row in noted(since)} == {(director.username, "admin")}


class TestACommand:
    def noted_by(self, *words):
        """What a connection of that command would be known by."""
        code = (
            "from django.db import connection as c; k = c.cursor();"
            "k.execute(\"SELECT current_setting('epm.actor'), current_setting('epm.door')\");"
            "print(*k.fetchone(), sep='|')"
        )
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", *words, "-c", code],
            cwd=ROOT, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.stdout.strip()

    def test_is_put_down_to_whom_it_names(self):
        assert self.noted_by("--as", r"Ann \ of O'Hare") == r"Ann \ of O'Hare|command"

    def test_else_to_the_user_of_the_machine(self, monkeypatch):
        monkeypatch.setattr(actor, "_of_this_process", {})
        monkeypatch.setattr(os, "getuid", lambda: 4_000_000)

        assert actor.at_the_command_line(["manage.py", "doctor"]) == ["manage.py", "doctor"]
        assert actor.connection_options() == r" -c epm.actor=uid\ 4000000 -c epm.door=command"

    @pytest.mark.parametrize("words", [["--as"], ["--as", "a\nb"], ["--as=" + "x" * 151]])
    def test_is_refused_a_name_that_is_none(self, monkeypatch, words):
        monkeypatch.setattr(actor, "_of_this_process", {})

        with pytest.raises(actor.NoSuchNameError):
            actor.at_the_command_line(["manage.py", "doctor", *words])

        assert actor.connection_options() == ""

"""Where one is signed in, and the end of it: by oneself, or by a director."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from epm.access.models import Role, User
from epm.access.services import sessions
from epm.access.tasks import forget_sessions
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough secret"
PAGE = "/accounts/sessions/"


def person(role=Role.MANAGER, **places):
    user = chain.person(role, **places)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(user, agent="Firefox"):
    client = Client(headers={"user-agent": agent})
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert is_in(client)
    return client


def is_in(client):
    return client.get(PAGE).status_code == 200


@pytest.fixture
def marie():
    return person()


class TestTheList:
    def test_holds_ones_own(self, marie):
        mine = sign_in(marie)
        sign_in(marie, agent="Till <script>")
        sign_in(person(), agent="Somebody else's")

        text = mine.get(PAGE).content.decode()

        assert "Firefox" in text
        assert "Till &lt;script&gt;" in text
        assert "Somebody else" not in text
        assert text.count('name="session"') == 1
        assert text.count("this one") == 1

    def test_never_shows_a_session_key(self, marie):
        client = sign_in(marie)

        assert client.session.session_key not in client.get(PAGE).content.decode()

    def test_is_for_who_is_signed_in(self):
        assert Client().get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
        assert Client().post(PAGE).status_code == 302

    def test_forgets_sessions_that_are_over(self, marie):
        mine, other = sign_in(marie), sign_in(marie)
        other.post("/accounts/logout/")

        assert 'name="session"' not in mine.get(PAGE).content.decode()
        assert UserSession.objects.count() == 1


class TestEnding:
    def test_one_leaves_the_others(self, marie):
        mine, second, third = sign_in(marie), sign_in(marie), sign_in(marie)
        chosen = UserSession.objects.get(session_key=second.session.session_key)

        mine.post(PAGE, {"session": chosen.pk})

        assert [is_in(client) for client in (mine, second, third)] == [True, False, True]
        assert not Session.objects.filter(session_key=chosen.session_key).exists()

    @pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 40, "1.5", ""])
    def test_one_that_is_none_is_absent(self, marie, number):
        assert sign_in(marie).post(PAGE, {"session": number}).status_code == 404

    def test_one_of_somebody_else_is_absent(self, marie):
        theirs = sign_in(person())
        foreign = UserSession.objects.get()

        assert sign_in(marie).post(PAGE, {"session": foreign.pk}).status_code == 404
        assert is_in(theirs)

    def test_all_others_keeps_this_one_under_a_new_key(self, marie):
        mine, second = sign_in(marie), sign_in(marie)
        unlisted = chain.signed_in(marie)
        before = mine.session.session_key

        mine.post(PAGE)

        assert [is_in(client) for client in (mine, second, unlisted)] == [True, False, False]
        assert mine.session.session_key != before
        assert UserSession.objects.get().session_key == mine.session.session_key

    def test_counts_though_the_cache_still_has_the_session(self, marie, monkeypatch):
        """A cache that did not answer when it should have forgotten."""
        mine, second = sign_in(marie), sign_in(marie)
        session = second.session
        stale = {session.cache_key: cache.get(session.cache_key)}
        mine.post(PAGE)
        cache.set_many(stale)

        assert not is_in(second)

    def test_takes_the_token_of_the_form(self, marie):
        client = sign_in(marie)
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = client.cookies

        assert strict.post(PAGE).status_code == 403
        assert strict.post("/accounts/logout/").status_code == 403
        assert is_in(client)


class TestADirector:
    @pytest.fixture
    def director(self):
        return chain.person(Role.DIRECTOR, whole_chain=True)

    def address(self, user, what="end-sessions"):
        return f"/admin/access/user/{user.pk}/{what}"

    def page(self, client, user, what="end-sessions"):
        return client.get(self.address(user, what), follow=True)

    def test_ends_all_sessions_of_somebody(self, director, marie):
        listed, unlisted = sign_in(marie), chain.signed_in(marie)
        client = chain.signed_in(director)

        asked = self.page(client, marie)
        assert asked.status_code == 200
        assert is_in(listed)

        done = client.post(asked.request["PATH_INFO"])

        assert done.status_code == 302
        assert [is_in(one) for one in (listed, unlisted)] == [False, False]
        assert is_in(client)

    def test_removes_a_second_factor(self, director, marie):
        signed_in = sign_in(marie)
        TOTP.activate(marie, "JBSWY3DPEHPK3PXP")
        client = chain.signed_in(director)

        client.post(self.page(client, marie, "remove-second-factor").request["PATH_INFO"])

        assert not Authenticator.objects.exists()
        assert not is_in(signed_in)

    def test_finds_both_on_the_page_of_the_person(self, director, marie):
        text = chain.signed_in(director).get(f"/admin/access/user/{marie.pk}/change/")

        assert "end-sessions" in text.content.decode()
        assert "remove-second-factor" in text.content.decode()

    @pytest.mark.parametrize(
        "what", ["end-sessions", "remove-second-factor", "allow-second-factor"]
    )
    @pytest.mark.parametrize("role", [Role.REGIONAL, Role.MANAGER, Role.ANALYST, Role.CASHIER])
    def test_alone_may(self, marie, role, what, director):
        path = self.page(chain.signed_in(director), marie, what).request["PATH_INFO"]
        TOTP.activate(marie, "JBSWY3DPEHPK3PXP")
        other = chain.signed_in(chain.person(role, stores=[chain.store()]))

        assert other.get(path).status_code in {403, 404}
        assert other.post(path).status_code in {403, 404}
        marie.refresh_from_db()
        assert marie.session_epoch == 0
        assert Authenticator.objects.exists()

    def test_does_not_touch_a_superuser(self, director, marie):
        path = self.page(chain.signed_in(director), marie).request["PATH_INFO"]
        root = User.objects.create(username="root", is_superuser=True, is_staff=True)

        path = path.replace(f"/{marie.pk}/", f"/{root.pk}/")
        assert chain.signed_in(director).post(path).status_code == 403
        root.refresh_from_db()
        assert root.session_epoch == 0


def test_the_epoch_alone_ends_a_session(marie):
    client = chain.signed_in(marie)

    sessions.end_all(user=marie, by=chain.person(Role.DIRECTOR))

    assert not is_in(client)
    assert User.objects.get(pk=marie.pk).session_epoch == 1


def test_a_page_costs_what_it_cost(marie, django_assert_max_num_queries):
    """Nobody notes the last visit: that would be two statements more on every page."""
    client = sign_in(marie)
    client.get("/accounts/password/change/")

    with django_assert_max_num_queries(1):
        client.get("/accounts/password/change/")


def test_expired_sessions_are_forgotten_and_living_ones_kept(time_machine):
    time_machine.move_to(NOON, tick=False)
    old, new = person(), person()
    sign_in(old)
    time_machine.move_to(NOON + timedelta(hours=11), tick=False)
    sign_in(new)
    time_machine.move_to(NOON + timedelta(hours=13), tick=False)

    forget_sessions()

    (living,) = Session.objects.all()
    assert living.get_decoded()["_auth_user_id"] == str(new.pk)
    assert list(UserSession.objects.values_list("user", flat=True)) == [new.pk]

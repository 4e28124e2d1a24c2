"""A director looks with another's eyes: everything she would see, and nothing is written."""

from datetime import timedelta

import pytest
import structlog
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.db import InternalError, connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import include, path

from epm.access.models import Ending, Role, User, ViewAsSession
from epm.access.services import view_as
from tests.factories import chain
from tests.factories import house as building
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
BANNER = "data-view-as"


def looks():
    """Those of the test; the house has some without an address."""
    return ViewAsSession.objects.filter(ip__isnull=False)


def writes(_request):
    return HttpResponse(User.objects.update(first_name="changed"))


def writes_late(_request):
    return StreamingHttpResponse(str(User.objects.update(email="x@y.fr")) for _number in range(1))


urlpatterns = [
    path("writes", writes),
    path("writes-late", writes_late),
    path("access/", include("epm.access.urls")),
    path("admin/", admin.site.urls),
    path("", include("reporting.urls")),
]


@pytest.fixture
def house(time_machine):
    time_machine.move_to(NOON, tick=False)
    return building.house()


@pytest.fixture
def manager(house):
    return house["mine"]["person"]


@pytest.fixture
def director(house):
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def browser(director):
    return chain.signed_in(director)


@pytest.fixture
def looking(browser, manager):
    answer = browser.post("/access/view-as", {"user": manager.pk}, REMOTE_ADDR="10.1.2.3")
    assert (answer.status_code, answer.url) == (302, "/")
    return browser


def text(answer):
    return (b"".join(answer) if answer.streaming else answer.content).decode()


class TestStart:
    def test_is_written_down(self, looking, director, manager):
        look = looks().get()

        assert (look.viewer, look.viewed) == (director, manager)
        assert (look.started_at, look.until) == (NOON, NOON + timedelta(minutes=60))
        assert (look.ending, look.ip) == (Ending.OPEN, "10.1.2.3")

    def test_the_banner_stands_outside_the_attributes_of_the_body(self, looking):
        before_it = text(looking.get("/admin/")).partition("<body")[2].partition(BANNER)[0]

        assert (
            "=>" in before_it
        )  # a script's arrow in an attribute, which has been taken for its end
        assert before_it.count('"') % 2 == 0

    def test_the_page_offers_everyone_below(self, browser, manager):
        other = chain.person(Role.DIRECTOR, whole_chain=True)

        page = text(browser.get("/access/view-as"))

        assert f"View as {manager.username}" in page
        assert f"View as {other.username}" not in page

    def test_the_search_narrows(self, browser, manager):
        chain.person(Role.CASHIER, first_name="Zoé")

        page = text(browser.get("/access/view-as?q=zoé"))

        assert "View as cashier" in page
        assert manager.username not in page

    def test_the_users_page_has_a_button(self, browser, manager):
        page = text(browser.get(f"/admin/access/user/{manager.pk}/change/"))
        button = f"/admin/access/user/{manager.pk}/view-as/"

        assert button in page
        assert browser.get(button).url == f"/access/view-as?user={manager.pk}"

    @pytest.mark.parametrize("who", ["director", "superuser", "inactive", "herself", "nobody"])
    def test_not_as_somebody_who_may_as_much(self, browser, director, who):
        others = {
            "director": lambda: chain.person(Role.DIRECTOR, whole_chain=True).pk,
            "superuser": lambda: chain.person(Role.CASHIER, is_superuser=True).pk,
            "inactive": lambda: chain.person(Role.CASHIER, is_active=False).pk,
            "herself": lambda: director.pk,
            "nobody": lambda: "9" * 18,
        }

        answer = browser.post("/access/view-as", {"user": others[who]()})

        assert answer.status_code == 404
        assert not looks().exists()
        assert BANNER not in text(browser.get("/dashboards/"))

    @pytest.mark.parametrize("role", [Role.REGIONAL, Role.MANAGER, Role.CASHIER, Role.ANALYST])
    def test_not_for_other_roles(self, manager, role):
        browser = chain.signed_in(chain.person(role, whole_chain=True))

        assert browser.get("/access/view-as").status_code == 403
        assert browser.post("/access/view-as", {"user": manager.pk}).status_code == 403
        assert not looks().exists()

    def test_not_for_a_director_of_one_store(self, house, manager):
        browser = chain.signed_in(chain.person(Role.DIRECTOR, stores=[house["mine"]["store"]]))

        assert browser.post("/access/view-as", {"user": manager.pk}).status_code == 403
        assert not looks().exists()

    def test_the_service_refuses_by_itself(self, manager):
        with pytest.raises(view_as.MayNotViewAs):
            view_as.start(viewer=manager, viewed_id=manager.pk, now=NOON, ip=None)

        assert not looks().exists()


class TestSees:
    @pytest.mark.parametrize(
        "path",
        ["/dashboards/", "/admin/", "/admin/organization/store/", "/api/v1/stores",
         "/api/v1/sales", "/admin/imports/importrun/", "/admin/sales/sale/"],
    )  # fmt: skip
    def test_what_the_other_sees(self, looking, manager, path):
        page = text(looking.get(path))

        assert "FOREIGN" not in page
        assert (BANNER in page) == (not path.startswith("/api/"))

    def test_the_same_rows_as_her_own_sign_in(self, looking, manager):
        herself = chain.signed_in(manager)

        for page in ("/api/v1/stores", "/api/v1/sales", "/api/v1/imports", "/api/v1/targets"):
            assert looking.get(page).content == herself.get(page).content

    def test_a_file_of_hers(self, house, looking):
        name = "api-quarantine-file"

        assert "MINE" in text(looking.get(house["mine"]["paths"][name]))
        assert looking.get(house["foreign"]["paths"][name]).status_code == 404

    def test_refused_where_she_is_refused(self, looking):
        assert looking.get("/admin/access/user/").status_code == 403
        assert looking.get("/access/view-as").status_code == 403
        assert looking.get("/access/permissions").status_code == 403

    def test_the_banner_names_both(self, looking, director, manager):
        page = text(looking.get("/dashboards/"))

        assert "You see what MINE-manager MINE-manager sees" in page
        assert f"{director.username}, this ends at 15:00 CEST." in page
        assert 'action="/access/view-as/stop"' in page

    def test_error_pages_have_it_too(self, looking):
        assert BANNER in text(looking.get("/admin/access/user/"))
        assert BANNER in text(looking.get("/nowhere"))

    def test_no_cache_keeps_a_page(self, looking):
        answer = looking.get("/dashboards/", headers={"if-none-match": "*"})

        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "ETag" not in answer.headers

    def test_a_key_stays_a_key(self, house, looking):
        _row, key = chain.api_key()

        assert "FOREIGN" in text(looking.get("/api/v1/stores", headers={"apikey": key}))

    def test_both_people_are_in_the_logs(self, looking, director, manager, monkeypatch):
        bound = {}
        monkeypatch.setattr(structlog.contextvars, "bind_contextvars", bound.update)

        looking.get("/dashboards/")

        assert (bound["viewer_id"], bound["viewed_id"]) == (director.pk, manager.pk)


DIGEST = """SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM "{}" t"""


def everything():
    """All that may not change; sessions apart."""
    tables = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names()) - {Session._meta.db_table}:
            cursor.execute(DIGEST.format(table))
            tables[table] = cursor.fetchone()[0]
    return tables


class TestWritesNothing:
    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
    @pytest.mark.parametrize(
        "path",
        ["/admin/sales/storetarget/add/", "/api/v1/stores", "/access/view-as",
         "/admin/access/user/", "/accounts/password/change/", "/nowhere"],
    )  # fmt: skip
    def test_unsafe_methods_are_refused(self, looking, method, path):
        before = everything()

        answer = getattr(looking, method)(path, {"user": 1})

        assert answer.status_code == 403
        assert everything() == before

    @pytest.mark.parametrize("header", ["Basic eA==", "Digest x", "", "bearerx y"])
    def test_no_other_header_makes_a_browser_a_machine(self, looking, header):
        before = everything()

        answer = looking.post("/api/v1/imports", headers={"authorization": header})

        assert answer.status_code == 403
        assert answer.json()["code"] == "access/view-as-read-only"
        assert everything() == before

    def test_language_and_theme_are_the_browsers_own(self, looking):
        before = everything()

        assert looking.post("/i18n/setlang/", {"language": "fr"}).status_code == 302
        assert looking.post("/theme", {"theme": "dark"}).status_code == 302

        assert looking.cookies["django_language"].value == "fr"
        assert looking.cookies["epm_theme"].value == "dark"
        assert everything() == before

    def test_the_api_says_so_as_a_problem(self, looking):
        answer = looking.post("/api/v1/stores")

        assert answer.json() == {
            "type": "/problems/access/view-as-read-only",
            "title": "Nothing changes while you look with another's eyes",
            "status": 403,
            "code": "access/view-as-read-only",
        }

    @pytest.mark.parametrize(
        "path", ["/accounts/", "/accounts/sessions/", "/admin/password_change/"]
    )
    def test_pages_of_ones_own_account_stay_closed(self, looking, path):
        assert looking.get(path).status_code == 403

    def test_a_page_that_writes_is_refused_and_undone(self, looking, settings):
        settings.ROOT_URLCONF = __name__
        before = everything()

        answer = looking.get("/writes")

        assert answer.status_code == 403
        assert BANNER in text(answer)
        assert everything() == before

    def test_a_file_that_writes_is_cut_off(self, looking, settings):
        settings.ROOT_URLCONF = __name__
        before = everything()

        with pytest.raises(InternalError):
            text(looking.get("/writes-late"))

        assert everything() == before


class TestEnd:
    def test_stop(self, looking, time_machine):
        time_machine.move_to(NOON + timedelta(minutes=5), tick=False)

        answer = looking.post("/access/view-as/stop")

        look = looks().get()
        assert (answer.status_code, answer.url) == (302, "/access/view-as")
        assert (look.ending, look.until) == (Ending.STOPPED, NOON + timedelta(minutes=5))
        assert "FOREIGN" in text(looking.get("/api/v1/stores"))
        assert BANNER not in text(looking.get("/dashboards/"))

    def test_stop_without_a_look(self, browser):
        assert browser.post("/access/view-as/stop").url == "/access/view-as"
        assert Client().post("/access/view-as/stop").url == "/"

    def test_log_out(self, looking, director):
        looking.post("/admin/logout/")

        assert looks().get().ending == Ending.LOGGED_OUT
        assert looking.get("/dashboards/").status_code == 302
        looking.force_login(director)
        assert BANNER not in text(looking.get("/dashboards/"))

    @pytest.mark.parametrize(("_case", "change"), [
        ("deactivated", {"is_active": False}),
        ("promoted", {"role": Role.DIRECTOR}),
        ("made superuser", {"is_superuser": True}),
    ])  # fmt: skip
    def test_when_the_viewed_changes(self, looking, manager, _case, change):
        User.objects.filter(pk=manager.pk).update(**change)

        assert BANNER not in text(looking.get("/dashboards/"))
        assert looks().get().ending == Ending.NOT_ALLOWED

    def test_when_the_viewer_is_deactivated(self, looking, director):
        User.objects.filter(pk=director.pk).update(is_active=False)

        assert looking.get("/dashboards/").status_code == 302
        assert looks().get().ending == Ending.NOT_ALLOWED

    def test_when_the_viewer_is_director_no_more(self, looking, director):
        User.objects.filter(pk=director.pk).update(role=Role.ANALYST)

        assert BANNER not in text(looking.get("/dashboards/"))
        assert looks().get().ending == Ending.NOT_ALLOWED

    def test_after_an_hour(self, looking, time_machine):
        time_machine.move_to(NOON + timedelta(minutes=60), tick=False)

        assert BANNER not in text(looking.get("/dashboards/"))
        look = looks().get()
        assert (look.ending, look.until) == (Ending.EXPIRED, NOON + timedelta(minutes=60))

    def test_a_form_opened_before_the_end_is_not_sent_in_the_viewers_name(
        self, looking, time_machine
    ):
        time_machine.move_to(NOON + timedelta(minutes=61), tick=False)
        before = User.objects.count()

        assert looking.post("/admin/access/user/add/", {"username": "x"}).status_code == 403
        assert User.objects.count() == before


class TestAudit:
    def test_directors_read_it_and_nobody_edits_it(self, looking, browser, director, manager):
        looking.post("/access/view-as/stop")
        look = looks().get()

        page = text(browser.get("/admin/access/viewassession/"))

        assert director.username in page
        assert manager.username in page
        assert browser.post(f"/admin/access/viewassession/{look.pk}/delete/").status_code == 403
        assert looks().count() == 1

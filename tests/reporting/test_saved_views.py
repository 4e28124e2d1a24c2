"""A dashboard is saved as it stands, by its owner and for nobody else."""

import re

import pytest
from django.db import IntegrityError, transaction

from epm.access.models import Role
from reporting.models import SavedView
from reporting.selectors.saved_views import saved_views_visible_to
from reporting.services import saved_views
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

PATH = "/dashboards/"
WEEK = "period=week&on=2025-03-31&store=PAR"


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def browser(director):
    return chain.signed_in(director)


@pytest.fixture
def trade():
    chain.sale(
        store=chain.store(code="PAR"),
        at=NOON,
        lines=[{"product": chain.product(), "net_ttc": "12.00"}],
    )


def keep(browser, name="Mondays", path=PATH, query=WEEK, **more):
    return browser.post("/dashboards/saved", {"name": name, "path": path, "query": query, **more})


def said(browser):
    text = browser.get("/dashboards/saved").content.decode()
    found = re.search(r'<ul class="messages".*?</ul>', text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[0]).strip() if found else ""


class TestSaving:
    def test_keeps_the_page_as_it_stands_and_goes_back_to_it(self, browser, director):
        answer = keep(browser)

        assert answer.headers["Location"] == f"{PATH}?{WEEK}"
        kept = SavedView.objects.get()
        assert (kept.user, kept.name, kept.path, kept.query, kept.is_default) == (
            director, "Mondays", PATH, WEEK, False,
        )  # fmt: skip

    def test_can_follow_the_last_day_with_sales(self, browser):
        keep(browser, query="period=week&on=2025-03-31&store=PAR&page=3", follow="1")

        assert SavedView.objects.get().query == "period=week&store=PAR"

    @pytest.mark.usefixtures("trade")
    @pytest.mark.parametrize(("on", "follows"), [("2025-03-31", True), ("2025-03-10", False)])
    def test_follows_by_itself_only_from_the_last_day(self, browser, on, follows):
        """Whoever looks at another week wants that week kept."""
        text = browser.get(f"{PATH}?period=week&on={on}").content.decode()

        box = re.search(r'<input type="checkbox" name="follow" value="1"( checked)?>', text)
        assert box
        assert bool(box[1]) is follows

    @pytest.mark.usefixtures("trade")
    def test_is_offered_on_the_page_with_its_whole_state(self, browser):
        text = browser.get(f"{PATH}?from=2025-03-25&to=2025-03-31&vs=last_year").content.decode()

        assert 'name="query" value="from=2025-03-25&amp;to=2025-03-31&amp;vs=last_year"' in text

    @pytest.mark.parametrize(
        ("_case", "name", "path"),
        [
            ("no name", "  ", PATH),
            ("a long name", "x" * 81, PATH),
            ("elsewhere", "Mondays", "https://example.org/dashboards/"),
            ("no scheme", "Mondays", "//example.org/dashboards/"),
            ("the administration", "Mondays", "/admin/"),
            ("out and up", "Mondays", "/dashboards/../admin/"),
            ("a line of its own", "Mondays", "/dashboards/\r\nX: 1"),
        ],
    )
    def test_refuses_what_is_no_dashboard_or_has_no_name(self, browser, _case, name, path):
        answer = keep(browser, name=name, path=path)

        assert answer.status_code == 302
        assert answer.headers["Location"] in {"/dashboards/saved", f"{PATH}?{WEEK}"}
        assert said(browser) != ""
        assert not SavedView.objects.exists()

    def test_refuses_a_name_twice_whatever_its_case(self, browser):
        keep(browser)
        said(browser)

        answer = keep(browser, name="MONDAYS", query="period=day")

        assert answer.headers["Location"] == f"{PATH}?period=day"
        assert said(browser) == "You have a view called “MONDAYS” already."
        assert SavedView.objects.get().query == WEEK

    def test_stops_at_a_hundred(self, director, browser):
        SavedView.objects.bulk_create(
            SavedView(user=director, name=f"View {n}", path=PATH) for n in range(saved_views.MOST)
        )

        keep(browser)

        assert said(browser) == "You have 100 saved views: delete one first."
        assert SavedView.objects.count() == 100

    def test_needs_a_token(self, director):
        strict = chain.Client(enforce_csrf_checks=True)
        strict.force_login(director)

        assert keep(strict).status_code == 403
        assert not SavedView.objects.exists()

    def test_is_for_those_who_see_dashboards(self):
        assert keep(chain.signed_in(chain.person(Role.CASHIER))).status_code == 403
        assert not SavedView.objects.exists()


class TestTheList:
    @pytest.fixture
    def mondays(self, director):
        return saved_views.save(user=director, name="Mondays", path=PATH, query=WEEK)

    def test_leads_to_the_views_by_name(self, browser, director, mondays):
        saved_views.save(user=director, name="all", path=PATH, query="")

        text = browser.get("/dashboards/saved").content.decode()

        assert re.findall(r'<th scope="row"><a href="([^"]+)">(\w+)</a>', text) == [
            (PATH, "all"),
            (f"{PATH}?{WEEK.replace('&', '&amp;')}", "Mondays"),
        ]

    def test_renames(self, browser, mondays):
        browser.post(f"/dashboards/saved/{mondays.pk}", {"do": "rename", "name": " The  week "})

        mondays.refresh_from_db()
        assert mondays.name == "The week"

    def test_deletes(self, browser, mondays):
        browser.post(f"/dashboards/saved/{mondays.pk}", {"do": "delete"})

        assert not SavedView.objects.exists()

    def test_lets_one_open_first_until_it_no_longer_does(self, browser, director, mondays):
        other = saved_views.save(user=director, name="Other", path=PATH, query="period=day")
        assert browser.get("/").headers["Location"] == PATH

        browser.post(f"/dashboards/saved/{mondays.pk}", {"do": "first"})
        assert browser.get("/").headers["Location"] == f"{PATH}?{WEEK}"

        browser.post(f"/dashboards/saved/{other.pk}", {"do": "first"})
        assert browser.get("/").headers["Location"] == f"{PATH}?period=day"
        assert SavedView.objects.filter(is_default=True).count() == 1

        browser.post(f"/dashboards/saved/{other.pk}", {"do": "not-first"})
        assert browser.get("/").headers["Location"] == PATH


class TestAnothers:
    @pytest.fixture
    def secret(self):
        other = chain.person(Role.DIRECTOR, whole_chain=True)
        view = saved_views.save(user=other, name="Secret", path=PATH, query=WEEK)
        saved_views.open_first(user=other, view_id=view.pk)
        return view

    def test_are_not_shown_nor_opened(self, browser, director, secret):
        assert "Secret" not in browser.get("/dashboards/saved").content.decode()
        assert browser.get("/").headers["Location"] == PATH
        assert list(saved_views_visible_to(director)) == []

    @pytest.mark.parametrize("do", ["rename", "delete", "first"])
    def test_are_as_absent_and_stay_as_they_are(self, browser, secret, do):
        foreign = browser.post(f"/dashboards/saved/{secret.pk}", {"do": do, "name": "Mine"})
        absent = browser.post("/dashboards/saved/999999", {"do": do, "name": "Mine"})

        assert foreign.status_code == absent.status_code == 404
        assert foreign.content == absent.content
        secret.refresh_from_db()
        assert (secret.name, secret.is_default) == ("Secret", True)

    def test_may_have_the_same_name(self, browser, secret):
        keep(browser, name="Secret")

        assert SavedView.objects.filter(name="Secret").count() == 2


@pytest.mark.parametrize(
    ("fields", "law"),
    [
        ({"name": ""}, "saved_view_has_a_name"),
        ({"path": "/admin/"}, "saved_view_is_of_a_dashboard"),
        ({"name": "FIRST"}, "saved_view_name_once_per_user"),
        ({"is_default": True}, "saved_view_one_default_per_user"),
    ],
)
def test_the_database_holds_the_laws_too(director, fields, law):
    SavedView.objects.create(user=director, name="First", path=PATH, is_default=True)

    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        SavedView.objects.create(**{"user": director, "name": "Second", "path": PATH, **fields})

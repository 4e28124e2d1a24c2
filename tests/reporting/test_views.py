"""The overview says what the registry says, to whom it may, in two languages."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from epm.access.models import Role
from epm.platform.content_security import OUR_OWN, policy
from reporting.kpis.registry import REGISTRY
from reporting.selectors import kpis
from reporting.views import words
from reporting.views.tiles import PLANS
from sales.models import StoreTarget
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

PERIOD = "from=2025-03-25&to=2025-03-31"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def paris():
    return chain.store(code="PAR", name="Paris", region=chain.region(code="IDF", name="Capital"))


@pytest.fixture
def lyon():
    return chain.store(code="LYO", name="Lyon", region=chain.region(code="ARA", name="Alps"))


@pytest.fixture
def trade(paris, lyon):
    """A week, the week before and the two 364 days before them; a target for Paris."""
    bread = chain.product()
    for store, each in ((paris, "1234.56"), (lyon, "60.00")):
        for days, times in ((0, 3), (7, 2), (364, 1), (371, 1)):
            for _ in range(times):
                chain.sale(
                    store=store,
                    at=NOON - timedelta(days=days),
                    lines=[
                        {"product": bread, "quantity": 2, "net_ttc": each, "unit_cost": Decimal(5)}
                    ],
                )
    StoreTarget.objects.create(store=paris, month="2025-03-01", amount=31000)


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def page(user, query=PERIOD, *, language="en", status=200):
    client = chain.signed_in(user)
    client.cookies["django_language"] = language
    answer = client.get(f"/dashboards/?{query}")
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def tile(text, code):
    """The words of one tile, without its contract."""
    html = re.search(rf'data-kpi="{code}">(.*?)<details', text, re.DOTALL)[1]
    html = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


def ranked(text):
    """The rows of the store ranking: the store, then what each column says of it."""
    body = re.search(r'<table class="figures">.*?<tbody>(.*?)</tbody>', text, re.DOTALL)[1]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row[1:]] for row in cells]


def data(text, name):
    found = re.search(rf'<script id="{name}-data" type="application/json">(.*?)</script>', text)
    return json.loads(found[1])


@pytest.mark.usefixtures("trade")
class TestFigures:
    def test_are_those_of_the_report(self, director):
        said = kpis.report(
            principal=director, start=date(2025, 3, 25), end=date(2025, 3, 31), by="store"
        )

        text = page(director)

        assert (said.total["net_sales"], said.total["transactions"]) == ("3236.40", "6")
        assert tile(text, "net_sales") == (
            "Net sales excl. tax €3,236 €3,884 incl. tax"
            " vs target ▼ −55.9% vs previous ▲ +50.0% vs last year ▲ +200.0%"
        )
        assert tile(text, "transactions").startswith("Transactions 6 ")
        assert tile(text, "atv").startswith("Average basket excl. tax €539.40 ")
        assert tile(text, "attainment").startswith("Target attainment 44.1% of €7,000 excl. tax ")
        assert {row.label: row.kpis["net_sales"] for row in said.rows} == {
            "Paris": "3086.40",
            "Lyon": "150.00",
        }
        assert [row[:5] for row in ranked(text)] == [
            ["Paris", "€3,086", "+50.0%", "+200.0%", "3"],
            ["Lyon", "€150", "+50.0%", "+200.0%", "3"],
        ]

    def test_by_day_are_those_of_the_report(self, director):
        said = kpis.report(
            principal=director, start=date(2025, 3, 25), end=date(2025, 3, 31), by="day"
        )

        drawn = data(page(director), "trend")

        known = {row.key: row.kpis for row in said.rows}
        days = [f"2025-03-{day}" for day in range(25, 32)]
        assert drawn["series"]["now"] == [known.get(d, {}).get("net_sales", "0") for d in days]
        assert drawn["series"]["target"] == [known.get(d, {}).get("target") for d in days]
        assert drawn["series"]["then"] == [*["0"] * 6, "2157.60"]

    def test_read_as_the_french_write_them(self, director):
        text = page(director, language="fr")

        assert tile(text, "net_sales").replace(NBSP, "_").startswith("CA net HT 3_236_€ ")
        assert "Panier moyen HT" in text
        assert f"539,40{NBSP}€" in text
        assert f"44,1{NBSP}%" in text
        assert "25 mars 2025" in text

    def test_not_known_are_not_zero(self, director):
        text = page(director, "from=2025-01-01&to=2025-01-07")

        assert "n/a because there was no ticket" in tile(text, "atv")
        assert "n/a because no target is set" in tile(text, "attainment")

    def test_without_anything_to_compare_with_grow_by_nothing(self, director):
        """The ledger begins within the period a year ago: no tile pretends to compare."""
        text = page(director, "from=2025-03-01&to=2025-03-31")

        assert tile(text, "net_sales").endswith("vs last year n/a")
        assert tile(text, "transactions").endswith("vs last year n/a")
        assert tile(text, "return_rate").endswith("vs last year n/a")

    def test_come_with_their_contract(self, director):
        text = page(director)

        for code in ("net_sales", "margin_rate"):
            assert f"<dd>{code}</dd>" in text
        assert text.count('<details class="contract">') == len(PLANS)

    def test_of_a_long_period_are_drawn_by_month(self, director):
        drawn = data(page(director, "from=2024-01-01&to=2025-03-31"), "trend")

        assert len(drawn["labels"]) == 15
        assert drawn["series"]["now"][-1] == "5394.00"

    def test_default_to_the_28_days_up_to_the_last_sale(self, director):
        text = page(director, "")

        assert 'value="2025-03-04"' in text
        assert 'value="2025-03-31"' in text
        assert '<option value="rolling_28" selected>' in text

    @pytest.mark.parametrize(
        ("sort", "order"),
        [
            ("", ["Paris", "Lyon"]),
            ("-net_sales", ["Paris", "Lyon"]),
            ("net_sales", ["Lyon", "Paris"]),
            ("name", ["Lyon", "Paris"]),
            ("-name", ["Paris", "Lyon"]),
            ("attainment", ["Paris", "Lyon"]),  # Lyon has no target: last either way
            ("-attainment", ["Paris", "Lyon"]),
        ],
    )
    def test_are_sorted_as_asked(self, director, sort, order):
        text = page(director, f"{PERIOD}&sort={sort}")

        assert [row[0] for row in ranked(text)] == order

    def test_cost_few_queries(self, director, django_assert_max_num_queries):
        client = chain.signed_in(director)

        with django_assert_max_num_queries(25) as queries:
            text = client.get("/dashboards/").content.decode()

        told = re.search(r"this page: \d+ ms, (\d+) queries, data as of", text)
        # A cache that is slow to answer costs one more, before the page is made: the session's.
        sessions = [q for q in queries.captured_queries if "django_session" in q["sql"]]
        assert int(told[1]) + len(sessions) >= len(queries.captured_queries) >= int(told[1])


@pytest.mark.usefixtures("trade")
class TestSeveralCurrencies:
    @pytest.fixture(autouse=True)
    def geneva(self):
        swiss = chain.store(
            code="GEN", name="Geneva", currency="CHF", region=chain.region(code="CH", name="Leman")
        )
        line = {"product": chain.product(), "quantity": 1, "net_ttc": "10.00"}
        chain.sale(store=swiss, at=NOON, lines=[line])

    def test_are_told_as_what_keeps_amounts_unknown(self, director):
        text = page(director)

        why = "n/a because the stores shown sell in several currencies"
        of_money = (
            "net_sales", "attainment", "atv", "margin_rate", "discount_rate", "return_rate",
        )  # fmt: skip
        assert [code for code in of_money if why not in tile(text, code)] == []
        assert tile(text, "transactions").startswith("Transactions 7 ")
        assert tile(text, "upt").startswith("Units per transaction 1.86 ")
        assert "nothing was sold" not in text
        assert text.index("sell in several currencies: CHF, EUR") < text.index("data-kpi")
        assert "Choose stores or a region of one currency" in text

    def test_leave_nothing_to_draw(self, director):
        text = page(director)

        assert "<canvas" not in text
        drawn = "Nothing to draw, because the stores shown sell in several currencies."
        assert text.count(drawn) == 2
        assert 'class="sub">excl. tax</p>' in text

    def test_leave_each_store_its_amounts_but_no_order(self, director):
        rows = {row[0]: row[1] for row in ranked(page(director))}

        assert rows["Geneva"] == "8\u00a0CHF"
        assert rows["Paris"].startswith("€")
        assert list(rows) == sorted(rows)

    @pytest.mark.parametrize("query", ["region=IDF", "store=PAR&store=lyo"])
    def test_are_no_matter_when_those_shown_have_one(self, director, query):
        text = page(director, f"{PERIOD}&{query}")

        assert tile(text, "net_sales").startswith("Net sales excl. tax €3,")
        assert "several currencies" not in text

    def test_are_not_blamed_where_no_store_is_left(self, director):
        text = page(director, f"{PERIOD}&region=IDF&store=GEN")

        assert "several currencies" not in text
        assert "n/a because nothing was sold" in tile(text, "return_rate")

    def test_are_told_in_french(self, director):
        text = page(director, language="fr")

        assert f"vendent en plusieurs devises{NBSP}: CHF, EUR" in text


@pytest.mark.usefixtures("trade")
class TestScope:
    def test_of_a_manager_is_his_store_without_a_trace_of_others(self, paris):
        text = page(chain.person(Role.MANAGER, stores=[paris]))

        assert [row[0] for row in ranked(text)] == ["Paris"]
        assert [word for word in ("Lyon", "LYO", "Alps", "ARA") if word in text] == []
        assert tile(text, "net_sales").startswith("Net sales excl. tax €3,086 ")

    def test_of_a_region_is_its_stores(self, lyon):
        text = page(chain.person(Role.REGIONAL, regions=[lyon.region]))

        assert [row[0] for row in ranked(text)] == ["Lyon"]
        assert "Paris" not in text

    @pytest.mark.parametrize("query", ["store=LYO", "store=NOWHERE", "region=ARA"])
    def test_is_not_widened_by_the_url(self, paris, query):
        text = page(chain.person(Role.MANAGER, stores=[paris]), f"{PERIOD}&{query}", status=400)

        assert "This cannot be shown" in text
        assert "Lyon" not in text

    def test_is_narrowed_by_the_url(self, director):
        text = page(director, f"{PERIOD}&region=IDF")

        assert [row[0] for row in ranked(text)] == ["Paris"]
        assert "<h1>Capital</h1>" in text

    def test_without_a_store_shows_what_to_do(self):
        assert "No store is yours to see" in page(chain.person(Role.MANAGER))

    def test_is_closed_to_cashiers_who_go_to_the_administration(self, paris):
        client = chain.signed_in(chain.person(Role.CASHIER, stores=[paris]))

        assert client.get("/dashboards/").status_code == 403
        assert client.get("/").headers["Location"] == "/admin/"
        assert 'href="/dashboards/"' not in client.get("/admin/").content.decode()

    def test_is_closed_to_strangers(self, client):
        assert (
            client.get("/dashboards/").headers["Location"] == "/accounts/login/?next=/dashboards/"
        )
        assert client.get("/").headers["Location"] == "/accounts/login/?next=/"

    def test_leads_the_rest_from_the_root_to_the_dashboards(self, director):
        assert chain.signed_in(director).get("/").headers["Location"] == "/dashboards/"


@pytest.mark.usefixtures("trade")
class TestABadPeriod:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("from=2025-02-30&to=2025-03-31", "“2025-02-30” is not a day"),
            ("from=2025-03-31&to=2025-03-01", "ends before it begins"),
            ("from=1900-01-01&to=2025-03-01", "“1900-01-01” is not a day"),
            ("from=2001-01-01&to=2025-03-01", "longer than ten years"),
            ("from=<script>&to=2025-03-01", "“&lt;script&gt;” is not a day"),
        ],
    )
    def test_is_told_and_nothing_is_lost(self, director, query, said):
        text = page(director, f"{query}&store=PAR&last_year=date", status=400)

        assert said in text
        assert 'value="PAR" checked' in text
        assert '<option value="last_year_date" selected>' in text
        assert 'value="2025-03-' in text
        assert "data-kpi" not in text
        assert "<script>&" not in text


class TestNoSales:
    def test_says_what_to_do(self, director):
        chain.store()

        text = page(director, "")

        assert "No sales yet" in text
        assert "import_data sales FILE" in text


@pytest.mark.usefixtures("trade")
class TestWhatAPageLoads:
    @pytest.mark.parametrize("path", ["/dashboards/", "/dashboards/?from=x", "/accounts/login/"])
    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_comes_from_ourselves_and_holds_no_script(self, director, path, language):
        client = chain.signed_in(director) if "login" not in path else chain.Client()
        client.cookies["django_language"] = language

        text = client.get(path).content.decode()

        scripts = re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL)
        assert scripts
        assert [s for s in scripts if s[1].strip() and "application/json" not in s[0]] == []
        loaded = re.findall(r'(?:src|action)="([^"]+)"|<link[^>]*href="([^"]+)"', text)
        assert {url for pair in loaded for url in pair if url and not url.startswith("/")} == set()
        assert re.findall(r"\son\w+=", text) == []

    def test_is_held_to_it_by_the_browser(self, director):
        answer = chain.signed_in(director).get("/dashboards/")

        assert answer.headers["Content-Security-Policy"] == policy(OUR_OWN)
        assert " style=" not in answer.content.decode()

    def test_in_the_administration_may_evaluate_but_not_inline(self, director):
        header = chain.signed_in(director).get("/admin/").headers["Content-Security-Policy"]

        assert "script-src 'self' 'unsafe-eval';" in header


def test_every_word_of_the_registry_is_in_the_catalogue():
    used = {
        text
        for kpi in REGISTRY.values()
        for text in (kpi.unit.value, kpi.tax_basis.value, *kpi.sources)
    }

    assert used == set(words.TEXTS)

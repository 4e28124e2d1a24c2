"""The API tells what the registry says, to whom it may be told."""

from datetime import date
from decimal import Decimal

import pytest

from epm.access.models import Role
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import OF_SALES, REGISTRY
from reporting.selectors import kpis
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db

MARCH = "from=2025-03-01&to=2025-03-31"
COSTS = {"cost", "gross_margin", "margin_rate", "cost_coverage"}


@pytest.fixture
def paris(time_machine):
    time_machine.move_to(NOON)
    store = chain.store(code="PAR", name="Paris", region=chain.region(code="N"))
    bread = chain.product(category=chain.category(code="FOOD"))
    chain.sale(
        store=store,
        lines=[{"product": bread, "quantity": 2, "net_ttc": "24.00", "unit_cost": Decimal(4)}],
    )
    return store


@pytest.fixture
def lyon(paris):
    store = chain.store(code="LYO", name="Lyon")
    chain.sale(store=store, lines=[{"product": chain.product(), "net_ttc": "6.00"}])
    return store


def told(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()


def without_clock(report):
    return {name: value for name, value in report.items() if name != "as_of"}


@pytest.mark.parametrize("by", list(Dimension))
def test_is_the_report_of_the_registry(paris, lyon, by):
    director = chain.person(Role.DIRECTOR, whole_chain=True)

    answer = told(chain.signed_in(director).get(f"/api/v1/kpis?{MARCH}&by={by}"))

    report = kpis.report(
        principal=director,
        start=date(2025, 3, 1),
        end=date(2025, 3, 31),
        by=by,
        kpis=OF_SALES,
    ).as_json()
    assert without_clock(answer) == without_clock(report)
    assert answer["rows"]


def test_figures_to_the_cent(paris, lyon):
    answer = told(chain.api_client().get(f"/api/v1/kpis?{MARCH}&by=store&kpi=net_sales&kpi=vat"))

    assert without_clock(answer) == {
        "from": "2025-03-01",
        "to": "2025-03-31",
        "by": "store",
        "currency": "EUR",
        "rows": [
            {
                "key": "LYO",
                "label": "Lyon",
                "currency": "EUR",
                "kpis": {"net_sales": "5.00", "vat": "1.00"},
            },
            {
                "key": "PAR",
                "label": "Paris",
                "currency": "EUR",
                "kpis": {"net_sales": "20.00", "vat": "4.00"},
            },
        ],
        "total": {"net_sales": "25.00", "vat": "5.00"},
    }


def test_central_is_the_total_with_its_period(paris, lyon):
    answer = told(chain.api_client().get(f"/api/central?{MARCH}&kpi=net_sales"))

    assert without_clock(answer) == {
        "from": "2025-03-01",
        "to": "2025-03-31",
        "currency": "EUR",
        "total": {"net_sales": "25.00"},
    }
    assert answer["as_of"]
    assert chain.api_client().get("/api/central?by=store").json()["errors"][0]["pointer"] == "/by"


def test_consolide_is_by_store_unless_told_otherwise(paris, lyon):
    client = chain.api_client()

    by_store = told(client.get(f"/api/consolide?{MARCH}&kpi=net_sales"))
    by_day = told(client.get(f"/api/consolide?{MARCH}&kpi=net_sales&by=day"))

    assert (by_store["by"], [row["key"] for row in by_store["rows"]]) == ("store", ["LYO", "PAR"])
    assert by_day["by"] == "day"


def test_places_narrow_it(paris, lyon):
    client = chain.api_client()

    def total(query):
        return told(client.get(f"/api/central?{MARCH}&kpi=net_sales&{query}"))["total"]["net_sales"]

    assert total("store=lyo") == "5.00"
    assert total("store=PAR&store=LYO") == "25.00"
    assert total("region=N") == "20.00"
    assert total("category=food") == "20.00"


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ("", ("2025-03-01", "2025-03-31")),
        ("to=2025-02-10", ("2025-02-01", "2025-02-10")),
        ("from=2025-01-05", ("2025-01-05", "2025-03-31")),
        ("period=week", ("2025-03-31", "2025-04-06")),
        ("period=week&on=2025-03-30", ("2025-03-24", "2025-03-30")),
        ("period=retail_month&on=2025-03-30", ("2025-03-30", "2025-05-03")),
        ("period=year_to_date&on=2025-03-30", ("2025-01-01", "2025-03-30")),
    ],
)
@pytest.mark.parametrize("path", ["/api/central", "/api/consolide", "/api/v1/kpis"])
def test_the_month_to_date_unless_told_otherwise(paris, path, query, period):
    answer = told(chain.api_client().get(f"{path}?{query}"))

    assert (answer["from"], answer["to"]) == period


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2025-03-31&to=2025-03-01", 422),
        ("from=0001-01-01&to=9999-12-31", 422),
        ("by=weather", 400),
        ("kpi=happiness", 422),
        ("category=NOPE", 404),
        ("store=NOPE", 404),
        ("region=NOPE", 404),
        ("last_year=never", 400),
        ("from=2025-3", 400),
        ("page_size=5", 400),
        ("period=fortnight", 400),
        ("period=free&on=2025-03-30", 400),
        ("on=2025-03-30", 422),
        ("period=week&on=2025-03-30&to=2025-03-30", 422),
        ("period=week&from=2025-03-30", 422),
        ("period=week&on=9999-12-31", 422),
        ("period=rolling_364&on=2000-01-01", 422),
    ],
)
def test_a_bad_question_is_a_problem(paris, query, status):
    answer = chain.api_client().get(f"/api/v1/kpis?{query}")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_one_store_is_all_a_manager_consolidates(paris, lyon):
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[lyon]))

    answer = told(manager.get(f"/api/consolide?{MARCH}&kpi=net_sales"))

    assert [row["key"] for row in answer["rows"]] == ["LYO"]
    assert answer["total"] == {"net_sales": "5.00"}
    assert manager.get("/api/central?store=PAR").status_code == 404


def test_costs_are_told_to_who_may_see_them(paris):
    blind = chain.api_client(scopes=["kpis:read"])
    seeing = chain.api_client(scopes=["kpis:read", "costs:read"])

    assert not COSTS & told(blind.get(f"/api/central?{MARCH}"))["total"].keys()
    assert told(seeing.get(f"/api/central?{MARCH}&kpi=cost"))["total"] == {"cost": "8.00"}
    assert blind.get("/api/central?kpi=cost").json()["code"] == "permission-denied"


def test_a_cashier_is_told_no_figures(paris):
    cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[paris]))

    for path in ("/api/central", "/api/consolide", "/api/v1/kpis", "/api/v1/kpis/registry"):
        assert cashier.get(path).status_code == 403


def test_the_registry_says_what_each_figure_means():
    rows = told(chain.api_client().get("/api/v1/kpis/registry"))

    assert [row["code"] for row in rows] == list(REGISTRY)
    net = next(row for row in rows if row["code"] == "net_sales")
    assert net == {
        "code": "net_sales",
        "version": 1,
        "name": "Net sales excl. tax",
        "formula": "gross_sales − discounts − returns",
        "unit": "money",
        "tax_basis": "HT",
        "rounding": "half up to the currency's smallest unit",
        "sources": ["sales ledger"],
        "dimensions": [
            "category", "day", "month", "product", "quarter", "region", "retail_month", "store",
            "week",
        ],
        "on_request": False,
    }  # fmt: skip
